import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';
import { verdictOf } from './summary.ts';

test('a run is green without findings, invalid where only too little was done, and red otherwise', () => {
  expect(verdictOf([])).toBe('green');
  expect(verdictOf([{ kind: 'invalid-run' }])).toBe('invalid');
  expect(verdictOf([{ kind: 'invalid-run' }, { kind: 'conduct' }])).toBe('red');
  expect(verdictOf([{ kind: 'lost' }])).toBe('red');
});

test('options are short or long, and wrong ones are refused', () => {
  expect(parseOptions(['--short', '--seed', '7'])).toMatchObject({ form: 'short', seed: 7, recordsWanted: 200_000 });
  expect(parseOptions(['--minutes', '3'])).toMatchObject({ form: 'long', minutes: 3 });
  expect(() => parseOptions(['--seed', 'x'])).toThrow('--seed must be a whole number');
  expect(() => parseOptions(['--sort'])).toThrow('--sort');
});
