import { expect, test } from 'vitest';
import { limitInFlight } from '../../src/common/in-flight.ts';

test('So many calls are under way at once, the others begin in the order they came', async () => {
  const limit = limitInFlight(3);
  const begun: number[] = [];
  const gates = Array.from({ length: 8 }, () => Promise.withResolvers<null>());
  const calls = gates.map((gate, index) =>
    limit(async () => {
      begun.push(index);
      await gate.promise;
      return index;
    }),
  );
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1, 2]);
  gates[1]?.resolve(null);
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const gate of gates) gate.resolve(null);
  expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('A call that fails makes room, whether it throws or rejects, and its failure is its own', async () => {
  const limit = limitInFlight(1);
  const calls = [
    limit(() => Promise.reject(new TypeError('first'))),
    limit(() => {
      throw new TypeError('second');
    }),
    limit(() => Promise.resolve('third')),
  ];
  expect(await Promise.allSettled(calls)).toMatchObject([
    { status: 'rejected', reason: { message: 'first' } },
    { status: 'rejected', reason: { message: 'second' } },
    { status: 'fulfilled', value: 'third' },
  ]);
});

test('Who comes just as a place is handed over does not take it too', async () => {
  const limit = limitInFlight(1);
  let underWay = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
  };
  const first = limit(work);
  const second = limit(work);
  await Promise.all([first.then(() => limit(work)), second, limit(work)]);
  expect(most).toBe(1);
});
