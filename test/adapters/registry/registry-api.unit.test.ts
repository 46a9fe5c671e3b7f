import { describe, expect, it } from 'vitest';
import { createRegistryApi } from '../../../src/adapters/registry/registry-api.ts';
import { type Answer, answeringServer, away, cut, empty, html, json, never } from './answering-server.ts';

const apiOf = async (answers: Record<string, Answer>) =>
  createRegistryApi((await answeringServer(answers)).url, { timeoutMs: 300 });

describe('the text of a version', () => {
  it('is what the registry keeps', async () => {
    const api = await apiOf({ 'GET /subjects/a%2Fb-value/versions/3': json(200, { schema: '"long"', version: 3 }) });
    expect(await api.version('a/b-value', 3)).toBe('"long"');
  });

  it.each([
    ['all that answers is in front of the registry and finds nothing', html(404)],
    ['a page comes instead', html(200)],
    ['the answer is empty', empty],
    ['the answer is another one', json(200, { schema: 12 })],
    ['the answer is cut short', cut],
    ['nothing comes: a registry that hangs', never],
    ['it is refused for now', json(401, { message: 'Who are you' })],
  ])('is one to wait for where %s', async (_what, answer) => {
    const api = await apiOf({ 'GET /subjects/a/versions/1': answer });
    await expect(api.version('a', 1)).rejects.toMatchObject(away);
  });
});

describe('the versions of a subject', () => {
  it('are none where there is no such subject', async () => {
    const api = await apiOf({ 'GET /subjects/a/versions': json(200, [1, 3]) });
    expect(await api.versions('a')).toEqual([1, 3]);
    expect(await api.versions('b')).toEqual([]);
  });
});

describe('what a subject promises', () => {
  it('is unknown where nothing was said about it', async () => {
    expect(await (await apiOf({})).compatibility('a')).toBeUndefined();
  });

  it('is set also where another instance sets it at the same moment', async () => {
    const api = await apiOf({ 'PUT /config/a': json(409, {}), 'PUT /config/b': json(200, {}) });
    await api.setCompatibility('a', 'BACKWARD_TRANSITIVE');
    await api.setCompatibility('b', 'BACKWARD_TRANSITIVE');
    await expect(api.setCompatibility('c', 'BACKWARD_TRANSITIVE')).rejects.toMatchObject(away);
  });
});
