import { outsideKafka, type OutsideRecord } from '../support/kafka-outside.ts';
import type { Observed } from './checker.ts';
import type { Cluster } from './cluster.ts';
import { readTransactions } from './log-segments.ts';

export interface ObservedRun extends Observed {
  /** Transactions that wrote to the output, by their marks. */
  readonly transactions: { readonly committed: number; readonly aborted: number };
  /** Records of the output that lie in given up transactions. */
  readonly abortedRecords: number;
}

/** Longer on a machine that is so busy that the readers take that long to begin. */
const silencesMs = [8_000, 30_000, 60_000];

/** Kafka's readers end when nothing has come for a while. One that was not at the end then says so and reads again. */
const readToTheEnd = async (
  cluster: Cluster,
  topics: readonly string[],
  say: (line: string) => void,
): Promise<readonly (readonly OutsideRecord[])[]> => {
  for (const [attempt, silenceMs] of silencesMs.entries()) {
    try {
      return await outsideKafka(cluster.classPath, cluster.direct, silenceMs).readAll(topics);
    } catch (error) {
      say(`reading after ${String(silenceMs / 1_000)} s of silence: ${String(error).slice(0, 300)}`);
      if (attempt === silencesMs.length - 1) throw error;
    }
  }
  return [];
};

const valueOf = ({ value }: OutsideRecord): unknown => JSON.parse(value.toString());

/** Reads topics and groups by Kafka's own programs, and the output's transactions from a broker's files. */
export const observe = async (
  cluster: Cluster,
  topics: { readonly in: string; readonly out: string; readonly dead: string; readonly changelog: string },
  partitions: number,
  say: (line: string) => void,
): Promise<ObservedRun> => {
  const [inputs = [], outputs = [], entries = [], dead = []] = await readToTheEnd(
    cluster,
    [...[topics.in, topics.out, topics.changelog, topics.dead]],
    say,
  );
  say('the topics are read');
  const input = inputs.map(({ partition, offset, key, value }) => ({
    ...{ partition, offset, key },
    value: Number(value.toString()),
  }));
  const output = outputs.map((record) => {
    const { partition, offset, key } = record;
    const { value, count } = valueOf(record) as { readonly value: number; readonly count: number };
    return { partition, offset, key, value, count };
  });
  const changelog = entries.map((record) => {
    const { partition, offset, key } = record;
    return { partition, offset, key, count: Number(valueOf(record)) };
  });
  const groups = (await outsideKafka(cluster.classPath, cluster.direct).committed()).filter(
    ({ topic }) => topic === topics.in,
  );
  const logs = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => readTransactions(cluster.logDirOf(0), topics.out, partition)),
  );
  const aborted = logs.flatMap(({ ranges }) => ranges);
  return {
    ...{ input, output, changelog, deadLetters: dead.length, groups, aborted },
    transactions: {
      committed: logs.reduce((sum, log) => sum + log.committed, 0),
      aborted: logs.reduce((sum, log) => sum + log.aborted, 0),
    },
    abortedRecords: aborted.reduce((sum, { from, to }) => sum + to - from + 1, 0),
  };
};
