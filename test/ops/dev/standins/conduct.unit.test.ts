import { describe, expect, test } from 'vitest';
import { createConduct } from '../../../../src/ops/dev/standins/conduct.ts';
import { until } from '../../../support/until.ts';

const never = new AbortController().signal;
const quiet = (): Promise<void> => Promise.resolve();

describe('a stand-in that answers calls', () => {
  test('answers as it was told last', async () => {
    const conduct = createConduct();
    expect(await conduct.answer()).toBe('ok');
    conduct.set({ mode: 'wrong', delayMs: 0 });
    expect(await conduct.answer()).toBe('wrong');
    conduct.set({ mode: 'away', delayMs: 0 });
    expect(await conduct.answer()).toBe('away');
  });

  test('answers rightly, but only after its delay, while it is slow', async () => {
    const conduct = createConduct();
    conduct.set({ mode: 'slow', delayMs: 40 });
    const startedMs = performance.now();
    expect(await conduct.answer()).toBe('ok');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(38);
  });
});

describe('a stand-in that works through records', () => {
  test('takes none up while it is away, shows that it lives, and goes on when it is back', async () => {
    const conduct = createConduct(5);
    conduct.set({ mode: 'away', delayMs: 0 });
    let signs = 0;
    let took = '';
    const turn = conduct.turn(never, () => {
      signs += 1;
      return Promise.resolve();
    });
    void turn.then((mode) => (took = mode));
    await until('it has shown three times that it lives', () => signs >= 3, 5_000);
    expect(took).toBe('');
    conduct.set({ mode: 'wrong', delayMs: 0 });
    expect(await turn).toBe('wrong');
  });

  test('takes its delay for each while it is slow, and none of it once it is told to be quick', async () => {
    const conduct = createConduct(5);
    conduct.set({ mode: 'slow', delayMs: 40 });
    const startedMs = performance.now();
    expect(await conduct.turn(never, quiet)).toBe('ok');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(38);
    conduct.set({ mode: 'slow', delayMs: 600_000 });
    const turn = conduct.turn(never, quiet);
    conduct.set({ mode: 'ok', delayMs: 0 });
    expect(await turn).toBe('ok');
  });

  test('waits for no turn any more when it is stopped', async () => {
    const conduct = createConduct();
    conduct.set({ mode: 'away', delayMs: 0 });
    const stopping = new AbortController();
    const turn = conduct.turn(stopping.signal, quiet);
    stopping.abort();
    await expect(turn).rejects.toThrow('aborted');
  });
});
