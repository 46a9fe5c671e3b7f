import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AvroSerde, type WriterSchemas } from '../../../src/adapters/registry/avro-serde.ts';
import { standaloneSchema, typeOf } from '../../../src/adapters/registry/schemas.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { DeserializationError } from '../../../src/streams/index.ts';

const schemaOf = (...fields: object[]) => ({ type: 'record', name: 'Account', namespace: 'points', fields });
const balance = { name: 'balance', type: 'long' };
const sequence = { name: 'sequence', type: 'long', default: 0 };
const note = { name: 'note', type: ['null', 'string'], default: null };

interface Account {
  readonly balance: number;
  readonly sequence?: number;
  readonly note?: string | null;
}

/** A registry in memory; each version has its id. */
const registryOf = (schemas: Readonly<Record<number, object>>) => {
  const asked: number[] = [];
  const state = { isAway: false };
  const writers: WriterSchemas = {
    fetch: (id) => {
      asked.push(id);
      if (state.isAway) return Promise.reject(new DependencyUnavailableError('The schema registry'));
      const schema = schemas[id];
      return Promise.resolve(schema === undefined ? undefined : typeOf(schema));
    },
  };
  const serde = (id: number): AvroSerde<Account> =>
    new AvroSerde<Account>('accounts', id, typeOf(schemas[id]), writers);
  return { asked, serde, state };
};

const versions = { 1: schemaOf(balance), 2: schemaOf(balance, sequence), 3: schemaOf(balance, sequence, note) };

describe('a value of a topic that is only read', () => {
  it('is read whatever schema its owner wrote it with, as far as ours goes, and is never written', async () => {
    const { serde, asked } = registryOf(versions);
    const writers: WriterSchemas = {
      fetch: (id) => {
        asked.push(id);
        return Promise.resolve(typeOf(versions[3]));
      },
    };
    const reader = new AvroSerde<Account>('theirs', null, typeOf(versions[1]), writers);
    const bytes = serde(3).serialize({ balance: 7, sequence: 2, note: 'n' });
    await reader.prepare([bytes]);
    expect(reader.deserialize(bytes)).toEqual({ balance: 7 });
    expect(asked).toEqual([3]);
    expect(() => reader.serialize({ balance: 1 })).toThrow('theirs is only read');
  });
});

describe('a value in Avro', () => {
  it('begins with a zero and the schema id in four bytes', () => {
    expect(registryOf({ 258: versions[1] }).serde(258).serialize({ balance: 3 })).toEqual(
      Buffer.from([0, 0, 0, 1, 2, 6]),
    );
  });

  it('comes back as it was, without asking anybody', () => {
    const { serde, asked } = registryOf(versions);
    const account = { balance: 2 ** 53 - 2, sequence: 7 };
    expect(serde(2).deserialize(serde(2).serialize(account))).toEqual(account);
    expect(asked).toEqual([]);
  });

  it('is as long as it likes, and the next one is none the worse', () => {
    const { serde } = registryOf({ 1: schemaOf(note) });
    const writer = serde(1) as unknown as AvroSerde<{ readonly note: string }>;
    for (const length of [1, 1_000, 1_017, 1_018, 1_019, 100_000, 3]) {
      const value = { note: 'ü'.repeat(length) };
      const bytes = writer.serialize(value);
      expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 1]));
      expect(writer.deserialize(bytes)).toEqual(value);
    }
  });

  it('keeps its bytes when the next one is written', () => {
    const writer = registryOf(versions).serde(1);
    const first = writer.serialize({ balance: 1 });
    writer.serialize({ balance: 2 });
    expect(writer.deserialize(first)).toEqual({ balance: 1 });
  });

  it('that is not what the schema says is refused when it is written', () => {
    const { serde } = registryOf(versions);
    expect(() => serde(1).serialize({ balance: 1.5 })).toThrow();
    expect(() => serde(1).serialize({} as Account)).toThrow();
  });
});

describe('a value written with another version', () => {
  it('that is older gets the defaults of what it lacks', async () => {
    const { serde } = registryOf(versions);
    const old = serde(1).serialize({ balance: 40 });
    const reader = serde(3);
    await reader.prepare([old]);
    expect(reader.deserialize(old)).toEqual({ balance: 40, sequence: 0, note: null });
  });

  it('that is newer loses what we do not know', async () => {
    const { serde } = registryOf(versions);
    const newer = serde(3).serialize({ balance: 40, sequence: 2, note: 'x' });
    const reader = serde(1);
    await reader.prepare([newer]);
    expect(reader.deserialize(newer)).toEqual({ balance: 40 });
  });

  it('that cannot be read as ours fails by itself', async () => {
    const { serde } = registryOf({ 1: schemaOf(balance), 9: schemaOf({ name: 'name', type: 'string' }) });
    const foreign = Buffer.from([0, 0, 0, 0, 9, 2, 65]);
    const reader = serde(1);
    await reader.prepare([foreign]);
    expect(() => reader.deserialize(foreign)).toThrow(DeserializationError);
    expect(reader.deserialize(reader.serialize({ balance: 1 }))).toEqual({ balance: 1 });
  });

  it('is asked for once for a batch, and never again', async () => {
    const { serde, asked } = registryOf(versions);
    const old = serde(1).serialize({ balance: 1 });
    const reader = serde(2);
    await reader.prepare([old, old, null, reader.serialize({ balance: 1, sequence: 1 })]);
    await reader.prepare([old]);
    expect(asked).toEqual([1]);
  });

  it('waits while the registry is away, and what is known goes on', async () => {
    const { serde, state } = registryOf(versions);
    const reader = serde(2);
    const known = reader.serialize({ balance: 1, sequence: 1 });
    const old = serde(1).serialize({ balance: 7 });
    state.isAway = true;
    await reader.prepare([known]);
    await expect(reader.prepare([known, old])).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: true,
    });
    state.isAway = false;
    await reader.prepare([known, old]);
    expect(reader.deserialize(old)).toEqual({ balance: 7, sequence: 0 });
  });
});

describe('a value of a newer schema with more kinds of a thing', () => {
  const kind = (...symbols: string[]) => ({ type: 'enum', name: 'Kind', symbols });
  const order = { type: 'record', name: 'Order', fields: [{ name: 'kind', type: kind('earn', 'spend') }] };
  const newerOrder = { ...order, fields: [{ name: 'kind', type: kind('earn', 'spend', 'gift') }, note] };
  const tier = {
    ...{ type: 'record', name: 'Tier' },
    fields: [
      { name: 'kind', type: 'Kind' },
      { name: 'tier', type: 'string' },
    ],
  };
  const later = { name: 'later', type: ['null', 'string'], default: null };
  const older = schemaOf({ name: 'command', type: [order] }, { name: 'again', type: 'Kind' });
  const newer = schemaOf({ name: 'command', type: [newerOrder, tier] }, { name: 'again', type: 'Kind' }, later);
  interface Told {
    readonly command: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly again: string;
    readonly later?: string | null;
  }
  const ofOrder = (is: string, again = 'earn') => ({ command: { 'points.Order': { kind: is } }, again });

  const setUp = async () => {
    const { serde } = registryOf({ 1: older, 2: newer });
    const [reader, writer] = [serde(1), serde(2)].map((one) => one as unknown as AvroSerde<Told>);
    if (reader === undefined || writer === undefined) throw new TypeError('no serdes');
    const read = async (value: Told): Promise<Told> => {
      const bytes = writer.serialize(value);
      await reader.prepare([bytes]);
      return reader.deserialize(bytes);
    };
    return { read, reader, writer };
  };

  it('is read as long as it is one of those we know', async () => {
    const { read } = await setUp();
    expect(await read({ ...ofOrder('spend'), later: 'x' })).toEqual(ofOrder('spend'));
  });

  it.each([
    ['branch', { command: { 'points.Tier': { kind: 'earn', tier: 'gold' } }, again: 'earn' }, 'command'],
    ['symbol deep in a branch', ofOrder('gift'), 'command.points.Order.kind'],
    ['symbol', ofOrder('earn', 'gift'), 'again'],
  ])('fails by itself where it uses a new %s, naming the field', async (_what, value, field) => {
    const { read } = await setUp();
    const refused = read(value);
    await expect(refused).rejects.toThrow(DeserializationError);
    await expect(refused).rejects.toThrow(`The value uses what our schema does not have: ${field}`);
    expect(await read(ofOrder('earn'))).toEqual(ofOrder('earn'));
  });

  it('reads what we have written, once it is the reader', async () => {
    const { reader, writer } = await setUp();
    const bytes = reader.serialize(ofOrder('spend'));
    await writer.prepare([bytes]);
    expect(writer.deserialize(bytes)).toEqual({
      ...{ command: { 'points.Order': { kind: 'spend', note: null } }, again: 'earn', later: null },
    });
  });
});

describe('a value that cannot be read', () => {
  it('of a schema that changed a field says so, with the field', async () => {
    const { serde } = registryOf({ 1: schemaOf(balance), 2: schemaOf({ name: 'balance', type: 'string' }) });
    const bytes = Buffer.from([0, 0, 0, 0, 2, 2, 65]);
    const reader = serde(1);
    await reader.prepare([bytes]);
    expect(() => reader.deserialize(bytes)).toThrow(
      'The schema of the value cannot be read as ours: Account.balance was string and is long',
    );
  });

  it('is a DeserializationError whatever the bytes are, or it is a value', () => {
    const schema = standaloneSchema('IngestCommand');
    const reader = new AvroSerde<unknown>('points.ingest', 1, typeOf(schema), {
      fetch: () => Promise.resolve(undefined),
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (body, isFramed) => {
        const bytes = Buffer.concat(isFramed ? [Buffer.from([0, 0, 0, 0, 1]), body] : [body]);
        try {
          reader.deserialize(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DeserializationError);
          expect(error).toMatchObject({ retryable: false });
          refused += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(250);
  });

  it.each([
    ['is empty', Buffer.alloc(0), 'The value is not in the registry wire format'],
    ['is shorter than its head', Buffer.from([0, 0, 0, 0]), 'The value is not in the registry wire format'],
    ['is JSON', Buffer.from('{"balance":1}'), 'The value is not in the registry wire format'],
    ['is all head, of the greatest id', Buffer.from([0, 127, 255, 255, 255]), 'The schema of the value is not known'],
    [
      'is rubbish after the greatest id',
      Buffer.from([0, 127, 255, 255, 255, 1, 2]),
      'The schema of the value is not known',
    ],
    ['has an id below zero', Buffer.from([0, 255, 255, 255, 255, 2]), 'The schema of the value is not known'],
    ['has a schema nobody knows', Buffer.from([0, 0, 0, 3, 231, 2]), 'The schema of the value is not known'],
    ['is all head', Buffer.from([0, 0, 0, 0, 2]), 'The value does not fit its schema: it ends too early'],
    ['is cut off', Buffer.from([0, 0, 0, 0, 2, 2]), 'The value does not fit its schema: it ends too early'],
    ['is too long', Buffer.from([0, 0, 0, 0, 2, 2, 2, 2]), 'The value does not fit its schema: bytes are left over'],
    [
      'holds a number that JavaScript rounds',
      Buffer.from([0, 0, 0, 0, 2, 254, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0]),
      'The value does not fit its schema',
    ],
  ])('%s is a DeserializationError that will not pass', async (_what, bytes, message) => {
    const { serde } = registryOf(versions);
    const reader = serde(2);
    await reader.prepare([bytes]);
    const read = (): unknown => reader.deserialize(bytes);
    expect(read).toThrow(DeserializationError);
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ retryable: false, facts: expect.objectContaining({ topic: 'accounts' }) }),
    );
  });

  it('because its id is unknown is asked for again: a registry that came back may not have read all of its schemas', async () => {
    const schemas: Record<number, object> = { 2: versions[2] };
    const { serde, asked } = registryOf(schemas);
    const reader = serde(2);
    const old = Buffer.from([0, 0, 0, 0, 1, 8]);
    await reader.prepare([old]);
    expect(() => reader.deserialize(old)).toThrow('The schema of the value is not known');
    schemas[1] = versions[1];
    await reader.prepare([old]);
    expect(reader.deserialize(old)).toEqual({ balance: 4, sequence: 0 });
    expect(asked).toEqual([1, 1]);
  });
});
