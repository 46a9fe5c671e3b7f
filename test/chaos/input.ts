import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ServerProcess, startProcess } from '../../src/ops/dev/process.ts';
import type { InputRow } from './checker.ts';

export interface InputOptions {
  /** Class path of an installed Kafka's jars. */
  readonly classPath: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Keys 0, 1, 2 … are used in turn. */
  readonly keys: number;
  readonly recordsPerSecond: number;
  readonly dataDir: string;
  readonly logDir: string;
}

/** What the producer was told of its records. */
export interface Acknowledged {
  readonly rows: readonly InputRow[];
  /** Records it was told were not stored, which may not be true. */
  readonly errors: number;
}

export interface Input {
  /** Sends nothing until it is let go on: so that it does not run away from workers that are hurt. */
  hold(): void;
  goOn(): void;
  /** Sends no more, waits for what is under way. */
  stop(): Promise<Acknowledged>;
  /** Resolves when it has ended, asked or not. */
  readonly exited: ServerProcess['exited'];
}

/**
 * Rather than give a record up, it waits until the cluster is well again. Idempotence keeps a partition's order; it does
 * not keep repeats out for certain: after time-outs the Java client goes on with a new epoch, and stores again what was
 * in flight. The buffer is small, because what is in it when the producer is asked to end is still sent.
 */
const settings = `buffer.memory=1048576
enable.idempotence=true
acks=all
retries=2147483647
delivery.timeout.ms=600000
max.block.ms=600000
request.timeout.ms=5000
`;

const memory = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const read = async (file: string): Promise<Acknowledged> => {
  const rows: InputRow[] = [];
  let errors = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.startsWith('{')) continue;
    const said = JSON.parse(line) as Record<string, unknown>;
    if (said['name'] === 'producer_send_error') errors += 1;
    if (said['name'] !== 'producer_send_success') continue;
    const [partition, offset] = [Number(said['partition']), Number(said['offset'])];
    rows.push({ partition, offset, key: String(said['key']), value: Number(said['value']) });
  }
  return { rows, errors };
};

/**
 * Feeds the topic with Kafka's own verifiable producer: the numbers 0, 1, 2 …, keys in turn, and a line for each record
 * that a broker has acknowledged, with the place it was given.
 */
export const startInput = async (options: InputOptions): Promise<Input> => {
  const file = join(options.logDir, 'input.log');
  const config = join(options.dataDir, 'input.properties');
  const log4j = join(options.dataDir, 'input-log4j2.properties');
  await writeFile(config, settings);
  await writeFile(log4j, 'status = off\nrootLogger.level = off\n');
  const producer = await startProcess({
    name: 'The producer of the input',
    command: 'java',
    args: [
      ...memory,
      ...[`-Dlog4j2.configurationFile=${log4j}`, '-cp', options.classPath],
      ...['org.apache.kafka.tools.VerifiableProducer', '--bootstrap-server', options.brokers.join(',')],
      ...['--topic', options.topic, '--acks', '-1', '--producer.config', config],
      ...['--repeating-keys', String(options.keys), '--throughput', String(options.recordsPerSecond)],
    ],
    logFile: file,
    graceSeconds: 60,
  });
  // Frozen, it could not hear that it is to end.
  let isEnding = false;
  return {
    exited: producer.exited,
    hold: () => {
      if (!isEnding) producer.kill('SIGSTOP');
    },
    goOn: () => {
      producer.kill('SIGCONT');
    },
    stop: async () => {
      isEnding = true;
      producer.kill('SIGCONT');
      await producer.stop();
      return read(file);
    },
  };
};
