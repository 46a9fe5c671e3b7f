import { createHash } from 'node:crypto';
import type { LocalState, StoreChange } from '../../../src/streams/state/store.ts';

const keys = 60;
const digest = (value: Buffer): string =>
  `${value.toString('latin1', 0, 4)} ${createHash('md5').update(value).digest('hex')}`;

/** The n-th write, to be written with checkpoint n: what a state must hold follows from its checkpoint. */
export const changesOf = (n: number, valueBytes: number): readonly StoreChange[] => [
  {
    store: 'numbers',
    key: `key-${String(n % keys)}`,
    value: n % 7 === 0 ? null : Buffer.from(String(n).padEnd(valueBytes)),
    expiresAt: null,
  },
  { store: 'last', key: 'n', value: Buffer.from(String(n)), expiresAt: null },
];

/** What the first n writes leave: a digest of the value by key. 0 is an empty state. */
export const contentAt = (n: number, valueBytes: number): ReadonlyMap<string, string> => {
  const content = new Map<string, string>();
  for (let write = 1; write <= n; write += 1) {
    for (const { store, key, value } of changesOf(write, valueBytes)) {
      if (value === null) content.delete(`${store} ${key}`);
      else content.set(`${store} ${key}`, digest(value));
    }
  }
  return content;
};

export const contentOf = async (state: LocalState): Promise<ReadonlyMap<string, string>> => {
  const content = new Map<string, string>();
  for (const store of ['numbers', 'last']) {
    for (const [key, value] of await state.range(store, {})) content.set(`${store} ${key}`, digest(value));
  }
  return content;
};
