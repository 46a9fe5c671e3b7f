import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AbortedTransaction,
  committedOnly,
  type FetchedMessage,
} from '../../../src/adapters/kafka/committed-only.ts';

const markerKey = (type: 'abort' | 'commit'): Buffer => Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);

/** A partition as producers write it: records by the way, and at the end of each transaction its marker. */
class Log {
  readonly messages: FetchedMessage[] = [];
  /** As the broker keeps it: in the order of the markers. */
  readonly aborted: AbortedTransaction[] = [];
  /** What must be seen. */
  readonly committed: string[] = [];
  readonly #open = new Map<string, string[]>();

  #append(producerId: string, key: Buffer | null, isControlRecord: boolean, inTransaction: boolean): string {
    const offset = String(this.messages.length);
    this.messages.push({ offset, key, isControlRecord, batchContext: { producerId, inTransaction } });
    return offset;
  }

  plain(producerId: string): void {
    this.committed.push(this.#append(producerId, null, false, false));
  }

  write(producerId: string, key: Buffer | null = Buffer.from('key')): void {
    const offsets = this.#open.get(producerId) ?? [];
    offsets.push(this.#append(producerId, key, false, true));
    this.#open.set(producerId, offsets);
  }

  end(producerId: string, how: 'abort' | 'commit'): void {
    const offsets = this.#open.get(producerId);
    const firstOffset = offsets?.[0];
    if (offsets === undefined || firstOffset === undefined) return;
    this.#open.delete(producerId);
    this.#append(producerId, markerKey(how), true, true);
    if (how === 'abort') this.aborted.push({ producerId, firstOffset });
    else this.committed.push(...offsets);
  }

  /** As a broker answers a fetch: from an offset on, with what was aborted there or later. */
  fetch(from: number): {
    readonly messages: readonly FetchedMessage[];
    readonly aborted: readonly AbortedTransaction[];
  } {
    const endOf = ({ producerId, firstOffset }: AbortedTransaction): number =>
      this.messages.findIndex(
        ({ offset, isControlRecord, batchContext }) =>
          Number(offset) > Number(firstOffset) && isControlRecord === true && batchContext?.producerId === producerId,
      );
    return { messages: this.messages.slice(from), aborted: this.aborted.filter((each) => endOf(each) >= from) };
  }

  seen(from = 0): readonly string[] {
    const { messages, aborted } = this.fetch(from);
    return committedOnly(messages, aborted)
      .filter(({ isControlRecord }) => isControlRecord !== true)
      .map(({ offset }) => offset);
  }
}

const logOf = (...steps: readonly (readonly ['write' | 'abort' | 'commit', string])[]): Log => {
  const log = new Log();
  for (const [what, producer] of steps) {
    if (what === 'write') log.write(producer);
    else log.end(producer, what);
  }
  return log;
};

describe('what read_committed shows', () => {
  it('is everything where nothing was aborted', () => {
    const log = logOf(['write', 'a'], ['commit', 'a'], ['write', 'b'], ['commit', 'b']);
    expect(log.seen()).toEqual(['0', '2']);
  });

  it('is nothing of two aborted transactions of which the one that began later ended first', () => {
    const log = logOf(['write', 'a'], ['write', 'b'], ['abort', 'b'], ['write', 'a'], ['abort', 'a']);
    expect(log.aborted.map(({ producerId }) => producerId)).toEqual(['b', 'a']);
    expect(log.seen()).toEqual([]);
  });

  it('is what a producer commits after it aborted, while another aborts', () => {
    const log = logOf(['write', 'b'], ['write', 'a'], ['abort', 'a'], ['write', 'a'], ['commit', 'a'], ['abort', 'b']);
    expect(log.seen()).toEqual(['3']);
  });

  it('does not depend on keys: a record may have that of a marker', () => {
    const log = new Log();
    log.write('a', markerKey('abort'));
    log.write('a');
    log.end('a', 'abort');
    log.write('b', markerKey('abort'));
    log.end('b', 'commit');
    expect(log.seen()).toEqual(['3']);
  });

  it('has records without a transaction, also of a producer that has aborted one', () => {
    const log = logOf(['write', 'a'], ['write', 'a']);
    log.plain('a');
    log.end('a', 'abort');
    expect(log.seen()).toEqual(['2']);
  });

  it('begins anywhere: within a transaction that is aborted later, and on its marker', () => {
    const log = logOf(['write', 'a'], ['write', 'a'], ['abort', 'a'], ['write', 'a'], ['commit', 'a']);
    expect([0, 1, 2, 3].map((from) => log.seen(from))).toEqual([['3'], ['3'], ['3'], ['3']]);
  });

  it('is what was committed, whatever producers do beside each other, and wherever reading begins', () => {
    const producer = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      { arbitrary: fc.tuple(fc.constant('write' as const), producer, fc.boolean()), weight: 4 },
      { arbitrary: fc.tuple(fc.constantFrom('abort' as const, 'commit' as const), producer), weight: 2 },
      fc.tuple(fc.constant('plain' as const), producer),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, start) => {
        const log = new Log();
        for (const [what, id, hasMarkersKey] of steps) {
          if (what === 'write') log.write(id, hasMarkersKey ? markerKey('abort') : null);
          else if (what === 'plain') log.plain(id);
          else log.end(id, what);
        }
        // What is still open is not sent by a broker: it stands behind the last stable offset.
        for (const id of ['a', 'b', 'c']) log.end(id, 'abort');
        const wanted = log.committed.map(Number).filter((offset) => offset >= start);
        expect(log.seen(start).map(Number)).toEqual(wanted.sort((a, b) => a - b));
      }),
      { numRuns: 2_000 },
    );
  });
});
