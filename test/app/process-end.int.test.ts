import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';

const lifecycle = new URL('../../src/app/lifecycle.ts', import.meta.url).href;
const logger = new URL('../../src/common/logger.ts', import.meta.url).href;

/** A process that ends as the roles do; `body` has `life`, a lifecycle of 600 ms. It says `up` when it runs. */
const start = (body: string): ChildProcess => {
  const code = `
    import { createLifecycle, endWithProcess } from '${lifecycle}';
    import { createLogger } from '${logger}';
    const log = createLogger({ level: 'info', role: 'test' });
    const life = createLifecycle({ logger: log, timeoutMs: 600 });
    endWithProcess(life, log);
    setInterval(() => undefined, 1_000);
    ${body}
    log.info({}, 'up');`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const whenUp = async (child: ChildProcess): Promise<void> => {
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    if (String(chunk).includes('"msg":"up"')) return;
  }
};

describe('SIGTERM', () => {
  test('stops the parts, and the process ends with 0', async () => {
    const child = start("life.add('part', () => log.info({}, 'part stopped'));");
    await whenUp(child);
    const rest = text(child.stdout!);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await rest).toContain('"msg":"part stopped"');
  });

  test('ends with 1 a process of which a part hangs, in its time', async () => {
    const child = start("life.add('part', () => new Promise(() => undefined));");
    await whenUp(child);
    const rest = text(child.stdout!);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await rest).toContain('"part":"part","waited_ms":300,"msg":"A part did not stop in time"');
  });

  test('the second time ends it at once', async () => {
    const child = start("life.add('part', () => { log.info({}, 'up'); return new Promise(() => undefined); });");
    await whenUp(child);
    child.kill('SIGTERM');
    await whenUp(child);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});

test.each([
  ['unhandledRejection', "setTimeout(() => void Promise.reject(new TypeError('nobody caught this')), 50);"],
  ['uncaughtException', "setTimeout(() => { throw new TypeError('nobody caught this'); }, 50);"],
])('An error nobody caught (%s) is logged with its stack and ends the process with 1', async (origin, body) => {
  const child = start(body);
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  expect(exit).toEqual([1, null]);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    level: 'error',
    origin,
    fatal: true,
    err: { type: 'TypeError', message: 'nobody caught this', stack: expect.stringContaining('at ') },
  });
});
