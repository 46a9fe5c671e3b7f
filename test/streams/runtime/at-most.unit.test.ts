import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atMost } from '../../../src/streams/runtime/at-most.ts';

describe('waiting at most so long', () => {
  it('ends with the work', async () => {
    await expect(atMost(60_000, Promise.resolve('done'))).resolves.toBeUndefined();
  });

  it('ends without work that hangs', async () => {
    await expect(atMost(5, new Promise(() => undefined))).resolves.toBeUndefined();
  });

  it('tells what the work failed with in time', async () => {
    await expect(atMost(60_000, Promise.reject(new TypeError('broken')))).rejects.toThrow('broken');
  });

  it('lets work that fails too late be', async () => {
    const { promise, reject } = Promise.withResolvers<null>();
    await atMost(5, promise);
    // A rejection that nobody caught would fail this run.
    reject(new TypeError('broken'));
    await sleep(0);
  });
});
