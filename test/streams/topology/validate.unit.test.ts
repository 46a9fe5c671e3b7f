import { describe, expect, it } from 'vitest';
import {
  Consumed,
  jsonSerde,
  named,
  Produced,
  processBatch,
  StreamsBuilder,
  TopologyError,
} from '../../../src/streams/index.ts';
import type { StoreDefinition, Topology } from '../../../src/streams/index.ts';
import type { TopologyNode } from '../../../src/streams/topology/nodes.ts';
import { faultsOf } from '../../../src/streams/topology/validate.ts';

const serde = jsonSerde<number>();
const from = Consumed.with(serde);
const into = Produced.with(serde);

const faultsWhen = (declare: (builder: StreamsBuilder) => void): readonly string[] => {
  const builder = new StreamsBuilder('orders');
  declare(builder);
  try {
    builder.build();
    return [];
  } catch (error) {
    return (error as TopologyError).faults;
  }
};

const using = (name: string, ...stores: StoreDefinition<number>[]) =>
  processBatch<string, number, string, number>(name, { stores, create: () => (records) => Promise.resolve(records) });

describe('the faults of a topology', () => {
  it('has none when it is well declared', () => {
    expect(faultsWhen((builder) => builder.stream<string, number>('a', from).to('b', into))).toEqual([]);
  });

  it('names that there is no source', () => {
    expect(faultsWhen(() => undefined)).toEqual(['there is no source']);
  });

  it('names two nodes of one name', () => {
    expect(
      faultsWhen((builder) => {
        builder
          .stream<string, number>('a', from)
          .filter(() => true, 'same')
          .filter(() => true, 'same');
      }),
    ).toContain('the name same stands more than once');
  });

  it('names a topic that two sources read', () => {
    expect(
      faultsWhen((builder) => {
        builder.stream<string, number>('a', from);
        builder.stream<string, number>(['b', 'a'], from);
      }),
    ).toEqual(['topic a is read by more than one source']);
  });

  it('names a source without a topic', () => {
    expect(faultsWhen((builder) => builder.stream<string, number>([], { ...from, name: 'empty' }))).toEqual([
      'source empty has no topic',
    ]);
  });

  it('names a parent that does not exist, or stands behind its child', () => {
    const source: TopologyNode = { kind: 'source', name: 's', topics: ['a'], keySerde: serde, valueSerde: serde };
    const child: TopologyNode = {
      kind: 'processor',
      name: 'p',
      parents: ['s', 'nobody'],
      processor: named('p', (records) => records),
    };
    expect(faultsOf({ name: 'orders', nodes: [source, child], deadLetterTopic: null })).toEqual([
      'p has an unknown parent nobody',
    ]);
    expect(faultsOf({ name: 'orders', nodes: [{ ...child, parents: ['s'] }, source], deadLetterTopic: null })).toEqual([
      'p has an unknown parent s',
    ]);
  });

  it('names a sink that writes to what the topology reads', () => {
    expect(
      faultsWhen((builder) => builder.stream<string, number>('a', from).to('a', { ...into, name: 'back' })),
    ).toEqual(['sink back writes to a, which the topology reads']);
  });

  it('names dead letters that would be read again', () => {
    expect(faultsWhen((builder) => builder.deadLettersTo('a').stream<string, number>('a', from))).toEqual([
      'the dead letters go to a, which the topology reads',
    ]);
  });

  it('names two stores of one name', () => {
    expect(
      faultsWhen((builder) => {
        builder
          .stream<string, number>('a', from)
          .pipe(
            using('one', { name: 'counts', valueSerde: serde }),
            using('two', { name: 'counts', valueSerde: serde }),
          );
      }),
    ).toEqual(['two stores have the name counts']);
  });

  it('takes one store that two nodes share', () => {
    const counts = { name: 'counts', valueSerde: serde };
    const faults = faultsWhen((builder) => {
      builder.stream<string, number>('a', from).pipe(using('one', counts), using('two', counts));
    });
    expect(faults).toEqual([]);
  });

  it('names a store whose name no topic can have', () => {
    expect(
      faultsWhen((builder) => {
        builder.stream<string, number>('a', from).pipe(using('one', { name: 'seen!events', valueSerde: serde }));
      }),
    ).toEqual(['store name seen!events has characters a topic name cannot have']);
  });

  it('tells all of them at once, in one error that names the topology', () => {
    const build = (): Topology => {
      const builder = new StreamsBuilder('orders').deadLettersTo('a');
      builder.stream<string, number>('a', from).to('a', { ...into, name: 'back' });
      return builder.build();
    };
    expect(build).toThrow(TopologyError);
    expect(build).toThrow(
      'Topology orders is not valid: sink back writes to a, which the topology reads; the dead letters go to a, which the topology reads',
    );
  });
});
