import type { LogFields, Logger } from '../../src/common/logger.ts';
import { PointsError } from '../../src/common/errors.ts';
import type { ConsumedRecord, Headers, Topology } from '../../src/streams/index.ts';
import { Graph } from '../../src/streams/runtime/graph.ts';
import { noOutputTopics, SinkWriter } from '../../src/streams/runtime/sink-writer.ts';
import type { LocalState, StoreDefinition } from '../../src/streams/state/store.ts';

/** An error that may pass, as of a dependency that is away. */
export class AwayError extends PointsError {
  readonly code = 'AWAY';
  override readonly retryable = true;
}

/** An error that will not pass. */
export class BadError extends PointsError {
  readonly code = 'BAD';
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
}

/** A logger that keeps its lines. */
export const recordingLogger = (): Logger & { readonly lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, fields, message });
    };
  const logger: Logger & { readonly lines: LogLine[] } = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
};

/** A record as it lies in a topic; the value is JSON, or bytes as they are. */
export const consumed = (
  value: unknown,
  options: {
    readonly topic?: string;
    readonly offset?: number;
    readonly key?: string | null;
    readonly timestamp?: number;
    readonly headers?: Headers;
  } = {},
): ConsumedRecord => {
  const { topic = 'in', offset = 0, key = 'k', timestamp = offset, headers = {} } = options;
  return {
    topic,
    partition: 0,
    offset,
    key: key === null ? null : Buffer.from(key),
    value: value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)),
    timestamp,
    headers,
  };
};

/** What a produced record holds, for expectations. */
export const jsonOf = (record: { readonly value: Buffer | null }): unknown =>
  record.value === null ? null : JSON.parse(record.value.toString());

const noGlobalStore = ({ name }: StoreDefinition): never => {
  throw new Error(`There is no global store ${name}`);
};

/** A topology ready for the first partition, at time 0, with nobody to send to. */
export const graphOf = (topology: Topology, local: LocalState, logger: Logger = recordingLogger()): Graph =>
  new Graph({
    ...{ topology, taskId: '0_0', partition: 0, logger, local, globalStore: noGlobalStore },
    writer: new SinkWriter(noOutputTopics, 0, 1_000_000),
    time: { streamTime: 0, streamTimeBefore: 0, wallClock: 0 },
  });
