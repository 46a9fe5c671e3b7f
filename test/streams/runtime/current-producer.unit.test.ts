import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { CurrentProducer } from '../../../src/streams/runtime/current-producer.ts';

/** Producers that say which of them is told what. */
const rig = (initOf: (number: number) => Promise<void> = () => Promise.resolve()) => {
  const calls: string[] = [];
  let made = 0;
  const current = new CurrentProducer(() => {
    made += 1;
    const number = made;
    return {
      init: () => initOf(number),
      commit: () => Promise.resolve([]),
      close: () => Promise.resolve(void calls.push(`close ${String(number)}`)),
    };
  }, silentLogger);
  return { current, calls };
};

describe('the producer of an instance', () => {
  it('is one for all who ask, until it is thrown away', async () => {
    const { current, calls } = rig();
    const first = await current.open();
    expect(await current.open()).toBe(first);
    await current.discard(first);
    expect(await current.open()).not.toBe(first);
    expect(calls).toEqual(['close 1']);
  });

  it('thrown away twice takes nothing from the one in its place', async () => {
    const { current, calls } = rig();
    const first = await current.open();
    await current.discard(first);
    const second = await current.open();
    await current.discard(first);
    expect(await current.open()).toBe(second);
    expect(calls).toEqual(['close 1']);
  });

  it('that could not begin is closed, and the next one is another', async () => {
    const { current, calls } = rig((number) =>
      number === 1 ? Promise.reject(new RangeError('away')) : Promise.resolve(),
    );
    await expect(current.open()).rejects.toThrow('away');
    await current.open();
    expect(calls).toEqual(['close 1']);
  });

  it('is closed also where it has only begun to be initialized', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { current, calls } = rig(() => promise);
    void current.open();
    const closing = current.close();
    resolve(undefined);
    await closing;
    expect(calls).toEqual(['close 1']);
  });
});
