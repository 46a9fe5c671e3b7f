import { expect, test } from 'vitest';
import { createStreamLimits } from '../../src/egress/stream-limits.ts';

const createRig = () => {
  const told: number[] = [];
  return { told, limits: createStreamLimits({ perServer: 3, perToken: 2, onOpen: (open) => told.push(open) }) };
};

test('A token has so many streams, and a place again for each that it leaves', () => {
  const { limits } = createRig();
  const leave = limits.enter('a');
  limits.enter('a');
  expect(() => limits.enter('a')).toThrow(
    expect.objectContaining({ code: 'RESOURCE_EXHAUSTED', message: 'Too many open streams of this token' }),
  );
  leave();
  limits.enter('a');
});

test('A server has so many streams, whoever has them', () => {
  const { limits } = createRig();
  limits.enter('a');
  limits.enter('a');
  const leave = limits.enter('b');
  expect(() => limits.enter('c')).toThrow(
    expect.objectContaining({ code: 'RESOURCE_EXHAUSTED', message: 'Too many open streams of this server' }),
  );
  leave();
  limits.enter('c');
});

test('A place that is left twice is one place, and who is refused takes none', () => {
  const { limits, told } = createRig();
  const leave = limits.enter('a');
  limits.enter('a');
  expect(() => limits.enter('a')).toThrow();
  leave();
  leave();
  expect(told).toEqual([1, 2, 1]);
});
