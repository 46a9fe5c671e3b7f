export { Consumed, StreamsBuilder } from './builder.ts';
export {
  CommitFailedError,
  DeserializationError,
  OffsetBeyondEndError,
  OffsetGapError,
  ProducerFencedError,
  RecordRefusedError,
  StateStoreError,
  StoreKeyNotLoadedError,
  StreamsStateError,
  TopologyError,
} from './errors.ts';
export { KStream, named, Produced, type Step } from './kstream.ts';
export { dedupe, type DedupeOptions } from './operators/dedupe.ts';
export { perRecord } from './operators/per-record.ts';
export { type BatchStep, processBatch, type ProcessBatchOptions } from './operators/process-batch.ts';
export { type ConsumedRecord, type Headers, type StreamRecord, withValue } from './record.ts';
export {
  continueWithDeadLetter,
  type ExceptionHandler,
  failFast,
  type HandlerResponse,
  type RecordFailure,
} from './runtime/failures.ts';
export { KafkaStreams, type StreamsState, type StreamsStatus } from './runtime/kafka-streams.ts';
export type { ProcessingGuarantee, RetryPolicy, StreamsListener, StreamsOptions } from './runtime/options.ts';
export { changelogTopic } from './runtime/restore.ts';
export { Semaphore } from './runtime/semaphore.ts';
export type { TaskStatus } from './runtime/stream-task.ts';
export { jsonSerde, type Serde, stringSerde } from './serde.ts';
export type { Expiry, KeyValueStore, StoreDefinition } from './state/store.ts';
export {
  type OutputRecord,
  TopologyTestDriver,
  type TopologyTestDriverOptions,
} from './testing/topology-test-driver.ts';
export type { Processor, ProcessorContext } from './topology/nodes.ts';
export type { Topology } from './topology/topology.ts';
