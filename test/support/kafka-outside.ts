/**
 * Reads Kafka as somebody else would: with Kafka's own Java programs, so that a fault of our client library cannot hide
 * in what it tells about itself.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One committed record. */
export interface OutsideRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
}

/** A consumer group's place on one partition. */
export interface CommittedOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** What it reads next; null where it never committed. */
  readonly offset: number | null;
  /** The end of the partition, behind the marks of transactions. */
  readonly end: number;
}

export interface OutsideKafka {
  /**
   * Everything in a topic that a `read_committed` reader sees, in the order of each partition.
   * @throws when it did not come to the end: of a topic that is still written to, or has an open transaction
   */
  read(topic: string): Promise<readonly OutsideRecord[]>;
  /** The same for several topics, read side by side; in the order asked for. */
  readAll(topics: readonly string[]): Promise<readonly (readonly OutsideRecord[])[]>;
  /** Where every group stands that has committed anything; readers of ours are left out. */
  committed(): Promise<readonly CommittedOffset[]>;
}

/** Long and odd enough to stand in no value. */
const fieldEnd = '@@points-field-c41f7d@@';
const recordEnd = '@@points-record-c41f7d@@';
const readers = 'points-outside-';

const java = async (classPath: string, main: string, args: readonly string[]): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'points-outside-'));
  const log4j = join(folder, 'log4j2.properties');
  await writeFile(log4j, 'status = off\nrootLogger.level = off\n');
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${log4j}`];
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const child = spawn('java', [...jvm, '-cp', classPath, main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const out: Buffer[] = [];
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(out));
        else reject(new Error(`${main} exited with ${code}: ${said.slice(-2_000)}`));
      });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Splits bytes, because a value is no text; what follows the last separator is dropped. */
function* split(bytes: Buffer, separator: string): Generator<Buffer> {
  let from = 0;
  for (let at = bytes.indexOf(separator); at !== -1; at = bytes.indexOf(separator, from)) {
    yield bytes.subarray(from, at);
    from = at + separator.length;
  }
}

const parseRecord = (bytes: Buffer): OutsideRecord => {
  const [partition, offset, key] = split(bytes, fieldEnd);
  const value = bytes.subarray(bytes.lastIndexOf(fieldEnd) + fieldEnd.length);
  const number = (field: Buffer | undefined): number => Number(field?.toString().split(':')[1]);
  return { partition: number(partition), offset: number(offset), key: key?.toString() ?? '', value };
};

const parseCommitted = (table: string): readonly CommittedOffset[] =>
  table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells.length > 5 && /^\d+$/.test(cells[2] ?? ''))
    .map(([group = '', topic = '', partition, offset, end]) => ({
      group,
      topic,
      partition: Number(partition),
      offset: offset === '-' ? null : Number(offset),
      end: Number(end),
    }));

/**
 * @param classPath of an installed Kafka's jars
 * @param silenceMs a reader ends when nothing has come for so long; whether it was at the end then is asked afterwards
 */
export const outsideKafka = (classPath: string, brokers: readonly string[], silenceMs = 8_000): OutsideKafka => {
  const server = ['--bootstrap-server', brokers.join(',')];
  const describe = async (...groups: readonly string[]): Promise<readonly CommittedOffset[]> => {
    const main = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
    const output = await java(classPath, main, [...server, '--describe', ...groups, '--offsets']);
    return parseCommitted(output.toString());
  };

  /** Leaves its position behind as it ends: past the marks of transactions, which no record shows. */
  const readAs = async (group: string, topic: string): Promise<readonly OutsideRecord[]> => {
    const output = await java(classPath, 'org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...server,
      ...['--topic', topic, '--group', group, '--from-beginning', '--isolation-level', 'read_committed'],
      ...['--timeout-ms', String(silenceMs)],
      ...['--property', 'print.partition=true', '--property', 'print.offset=true', '--property', 'print.key=true'],
      ...['--property', `key.separator=${fieldEnd}`, '--property', `line.separator=${recordEnd}`],
    ]);
    return [...split(output, recordEnd)].map(parseRecord);
  };
  const readAll: OutsideKafka['readAll'] = async (topics) => {
    const readings = topics.map((topic) => ({ topic, group: `${readers}${topic}-${randomUUID()}` }));
    const found = await Promise.all(readings.map(({ group, topic }) => readAs(group, topic)));
    const places = await describe(...readings.flatMap(({ group }) => ['--group', group]));
    for (const { topic, group } of readings) {
      const own = places.filter((place) => place.group === group);
      const isAtEnd = own.length > 0 && own.every(({ offset, end }) => offset === end);
      if (!isAtEnd) throw new Error(`${topic} was not read to its end: ${JSON.stringify(own)}`);
    }
    return found;
  };

  return {
    readAll,
    read: async (topic) => {
      const [found = []] = await readAll([topic]);
      return found;
    },
    committed: async () => (await describe('--all-groups')).filter(({ group }) => !group.startsWith(readers)),
  };
};
