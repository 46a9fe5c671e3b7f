import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { instanceId } from '../../../src/streams/runtime/instance-file.ts';
import { randomId } from '../../../src/common/new-id.ts';
import { recordingLogger } from '../harness.ts';

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'points-instance-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

it('an instance calls itself the same after a restart, and two instances do not', async () => {
  const logger = recordingLogger();
  const file = join(await folder(), 'new', 'instance');
  const first = await instanceId(file, randomId, logger);
  expect(await instanceId(file, randomId, logger)).toBe(first);
  expect(await instanceId(join(await folder(), 'instance'), randomId, logger)).not.toBe(first);
  expect(logger.lines).toEqual([]);
});

it('what a crash left of the file is replaced', async () => {
  const file = join(await folder(), 'instance');
  await writeFile(file, '0f3a-half');
  const id = await instanceId(file, randomId, recordingLogger());
  expect(await readFile(file, 'utf8')).toBe(id);
});

it('a file that cannot be written is told and hinders nobody', async () => {
  const path = await folder();
  await writeFile(join(path, 'plain'), '');
  const logger = recordingLogger();
  expect(await instanceId(join(path, 'plain', 'instance'), randomId, logger)).toMatch(/^[0-9a-f-]{36}$/);
  expect(logger.lines).toMatchObject([{ level: 'warn', message: 'The id of the instance was not remembered' }]);
});
