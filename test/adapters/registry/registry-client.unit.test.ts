import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createRegistryApi } from '../../../src/adapters/registry/registry-api.ts';
import { createRegistryClient } from '../../../src/adapters/registry/registry-client.ts';
import { type Answer, answeringServer, away, cut, empty, html, json, never } from './answering-server.ts';

const timeoutMs = 300;

const setUp = async (answers: Record<string, Answer>) => {
  const server = await answeringServer(answers);
  const client = createRegistryClient(server.url, createRegistryApi(server.url, { timeoutMs }), { timeoutMs });
  return { ...server, client };
};

const seen = { type: 'record', name: 'Seen', namespace: 'points', fields: [{ name: 'at', type: 'long' }] };
const registered = (schema: unknown, more: object = {}): Answer =>
  json(200, { schema: typeof schema === 'string' ? schema : JSON.stringify(schema), ...more });
const schema7 = 'GET /schemas/ids/7';
const notFound = json(404, { error_code: 40403, message: 'Schema not found' });
const atWork = { 'GET /subjects': json(200, []) };

describe('a writer’s schema', () => {
  it('is fetched once, however many ask at the same time or later', async () => {
    const { client, asked } = await setUp({ [schema7]: registered(seen) });
    const [first, second] = await Promise.all([client.fetch(7), client.fetch(7)]);
    const third = await client.fetch(7);
    expect([first?.name, second?.name, third?.name]).toEqual(['points.Seen', 'points.Seen', 'points.Seen']);
    expect(asked).toEqual([schema7]);
  });

  it('is asked for again when the registry was away, or did not have it', async () => {
    const { client, asked, answers } = await setUp({ ...atWork, [schema7]: empty });
    await expect(client.fetch(7)).rejects.toThrow('The schema registry is not available');
    answers[schema7] = notFound;
    expect(await client.fetch(7)).toBeUndefined();
    answers[schema7] = registered(seen);
    expect((await client.fetch(7))?.name).toBe('points.Seen');
    expect(asked).toEqual([schema7, schema7, 'GET /subjects', schema7]);
  });

  it.each([0, -1, -(2 ** 31)])('of id %d is not asked for: registries count from 1', async (id) => {
    const { client, asked } = await setUp({});
    expect(await client.fetch(id)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('may name what other subjects hold', async () => {
    const money = { type: 'record', name: 'Money', namespace: 'points', fields: [{ name: 'minor', type: 'long' }] };
    const price = { ...seen, name: 'Price', fields: [{ name: 'of', type: 'points.Money' }] };
    const sale = {
      ...{ ...seen, name: 'Sale' },
      fields: [
        { name: 'price', type: 'points.Price' },
        { name: 'tax', type: 'points.Money' },
      ],
    };
    const toMoney = { name: 'points.Money', subject: 'money', version: 1 };
    const toPrice = { name: 'points.Price', subject: 'price', version: 3 };
    const { client, asked } = await setUp({
      [schema7]: registered(sale, { references: [toPrice, toMoney] }),
      'GET /subjects/price/versions/3': registered(price, { references: [toMoney] }),
      'GET /subjects/money/versions/1': registered(money),
    });
    const type = await client.fetch(7);
    expect(type?.isValid({ price: { of: { minor: 1 } }, tax: { minor: 2 } })).toBe(true);
    expect(asked).toEqual([schema7, 'GET /subjects/price/versions/3', 'GET /subjects/money/versions/1']);
  });

  it('names the branch of a union of records, also while it has only one', async () => {
    const { client } = await setUp({ [schema7]: registered({ ...seen, fields: [{ name: 'what', type: [seen] }] }) });
    const { client: other } = await setUp({
      [schema7]: registered({ ...seen, name: 'Box', fields: [{ name: 'what', type: [seen] }] }),
    });
    // A record that defines its own name once more is no schema.
    expect(await client.fetch(7)).toBeUndefined();
    expect((await other.fetch(7))?.isValid({ what: { 'points.Seen': { at: 1 } } })).toBe(true);
  });

  it.each([
    ['another format', registered('syntax = "proto3";', { schemaType: 'PROTOBUF' })],
    ['another format that compiles', registered('{"type":"object"}', { schemaType: 'JSON' })],
    ['a format that nobody knows', registered('<thrift>', { schemaType: 'THRIFT' })],
    ['no schema', registered('{"type":"record"}')],
    ['no JSON', registered('<html>')],
    ['a name that nobody defines', registered({ ...seen, fields: [{ name: 'at', type: 'points.Nobody' }] })],
  ])('that is %s is none of ours, and nothing to wait for', async (_what, answer) => {
    const { client } = await setUp({ [schema7]: answer });
    expect(await client.fetch(7)).toBeUndefined();
  });

  it.each([
    ['all that answers is in front of the registry and finds nothing', html(404)],
    ['a page comes instead', html(200)],
    ['the answer is empty', empty],
    ['the answer is another one', json(200, { schema: 12 })],
    ['the answer is nothing', json(200, null)],
    ['the answer is cut short', cut],
    ['nothing comes: a registry that hangs', never],
    ['it is refused for now', json(401, { message: 'Who are you' })],
    ['it names one that cannot be had', registered(seen, { references: [{ name: 'a', subject: 'a', version: 1 }] })],
  ])('is one to wait for where %s, and is there as soon as the registry is', async (_what, answer) => {
    const { client, answers } = await setUp({ [schema7]: answer });
    await expect(client.fetch(7)).rejects.toMatchObject(away);
    answers[schema7] = registered(seen);
    expect((await client.fetch(7))?.name).toBe('points.Seen');
  });

  it('is asked for over a connection that is given up with the call', async () => {
    const held = Promise.withResolvers<ServerResponse>();
    const { client } = await setUp({ [schema7]: held.resolve });
    const closed = held.promise.then((response) => once(response, 'close'));
    await expect(client.fetch(7)).rejects.toMatchObject(away);
    await closed;
  });
});

it('says nothing of a status where there was no answer', async () => {
  const nobody = 'http://127.0.0.1:9';
  const client = createRegistryClient(nobody, createRegistryApi(nobody), { timeoutMs });
  await expect(client.fetch(7)).rejects.toMatchObject({ ...away, facts: { dependency: 'The schema registry' } });
  await expect(client.fetch(7)).rejects.not.toHaveProperty('facts.status');
});

describe('registering', () => {
  const path = 'POST /subjects/a%2Fb-value/versions';
  const promised = { 'GET /config/a%2Fb-value': json(200, { compatibilityLevel: 'BACKWARD_TRANSITIVE' }) };
  const register = async (answers: Record<string, Answer>) => {
    const { client } = await setUp(answers);
    return client.register('a/b-value', JSON.stringify(seen), 'BACKWARD_TRANSITIVE');
  };

  it('gives the id', async () => {
    expect(await register({ ...promised, [path]: json(200, { id: 7 }) })).toEqual({ id: 7 });
  });

  it.each([409, 422])('tells the registry’s refusal, status %d, in its words', async (status) => {
    const refused = { ...promised, [path]: json(status, { error_code: status, message: 'Incompatible' }) };
    expect(await register(refused)).toEqual({ status, refusal: 'Incompatible' });
  });

  it.each([
    ['is not well', { ...promised, [path]: json(500, { message: 'Error in the backend' }) }, { status: 500 }],
    ['hangs', { ...promised, [path]: never }, {}],
    ['hangs before', { ...promised, 'GET /config/a%2Fb-value': never }, {}],
    ['answers something else', { ...promised, [path]: html(200) }, {}],
    ['is not what refuses', { ...promised, [path]: html(409) }, { status: 409 }],
    ['is not there', promised, { status: 404 }],
    [
      'has just been told another promise',
      { 'GET /config/a%2Fb-value': json(200, { compatibilityLevel: 'NONE' }) },
      {},
    ],
  ])('waits for a registry that %s', async (_what, answers, facts) => {
    await expect(register(answers as Record<string, Answer>)).rejects.toMatchObject({ ...away, facts });
  });
});
