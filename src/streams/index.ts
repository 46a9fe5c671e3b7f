export { StreamsBuilder } from './builder.ts';
export { Consumed, Grouped, Joined, Produced, type Repartitioned } from './consumed.ts';
export {
  CommitFailedError,
  DeserializationError,
  MembershipLostError,
  OffsetBeyondEndError,
  OffsetGapError,
  ProducerFencedError,
  RecordRefusedError,
  RecordTooLargeError,
  StateStoreError,
  StoreKeyNotLoadedError,
  StoreNotAvailableError,
  StreamsStateError,
  TopologyError,
} from './errors.ts';
export type { ValueJoiner } from './join/value-joiner.ts';
export { type Branches, KStream, named, type Step } from './kstream.ts';
export { dedupe, type DedupeOptions } from './operators/dedupe.ts';
export { perRecord } from './operators/per-record.ts';
export { process, type ProcessOptions, type RecordStep } from './operators/process.ts';
export { type BatchStep, processBatch, type ProcessBatchOptions } from './operators/process-batch.ts';
export type { RateLimit } from './operators/rate-limit/batch-tokens.ts';
export { type Deferral, deferralStore } from './operators/rate-limit/deferral.ts';
export { LocalTokenBuckets } from './operators/rate-limit/local-token-buckets.ts';
export {
  rateLimit,
  type RateLimitOptions,
  type Remembered,
  type RememberedOfTask,
} from './operators/rate-limit/rate-limit.ts';
export { waitingKeys } from './operators/rate-limit/waiting-keys.ts';
export type { RateLimitHooks } from './operators/rate-limit/rate-limiter.ts';
export type { TokenBuckets, TokenRequest } from './operators/rate-limit/token-buckets.ts';
export { type LocalFallbackOptions, withLocalFallback } from './operators/rate-limit/with-local-fallback.ts';
export type { KeyMetadata, StreamsMetadata } from './query/instances.ts';
export type {
  ReadonlyTable,
  ReadonlyWindowStore,
  StoreName,
  StoreQuery,
  TableRange,
} from './query/local-stores.ts';
export type { StoreSize } from './query/store-sizes.ts';
export { type ConsumedRecord, type Headers, type NewRecord, type StreamRecord, withValue } from './record.ts';
export {
  type DeserializationExceptionHandler,
  type ExceptionHandler,
  type HandlerResponse,
  LogAndContinueExceptionHandler,
  LogAndFailExceptionHandler,
  type ProcessingExceptionHandler,
  type ProductionExceptionHandler,
  type RecordFailure,
} from './runtime/failures.ts';
export type { GlobalTableStatus } from './runtime/global-table.ts';
export type { ConsumedBatch, InterceptedBatch, StreamsInterceptor } from './runtime/interceptor.ts';
export { KafkaStreams, type StreamsState, type StreamsStatus } from './runtime/kafka-streams.ts';
export type { ProcessingGuarantee, RetryPolicy, StreamsListener, StreamsOptions } from './runtime/options.ts';
export { changelogTopic } from './runtime/restore.ts';
export type { TaskStatus } from './runtime/stream-task.ts';
export type { TaskCounts } from './runtime/task-counts.ts';
export { jsonSerde, longSerde, type Serde, stringSerde } from './serde.ts';
export type { Expiry, KeyRange, KeyValueStore, ReadonlyStore, StoreDefinition } from './state/store.ts';
export type { Aggregator, Initializer, Reducer } from './table/aggregation.ts';
export type { KGroupedStream } from './table/kgrouped-stream.ts';
export type { KTable } from './table/ktable.ts';
export { Materialized } from './table/materialized.ts';
export { GlobalKTable, type GlobalMaterialized } from './table/global-ktable.ts';
export { TestInputTopic, TestOutputTopic } from './testing/test-topics.ts';
export {
  type InputRecord,
  type OutputRecord,
  TopologyTestDriver,
  type TopologyTestDriverOptions,
} from './testing/topology-test-driver.ts';
export type {
  Cancellable,
  Partitioning,
  Processor,
  ProcessorContext,
  PunctuationType,
  Punctuator,
} from './topology/nodes.ts';
export type { Topology } from './topology/topology.ts';
export type { LateRecordHook } from './window/late-records.ts';
export { Suppressed } from './window/suppressed.ts';
export { TimeWindows, type Window, type Windowed } from './window/time-windows.ts';
export type { TimeWindowedKStream, WindowMaterialized, WindowOptions } from './window/time-windowed-kstream.ts';
export { windowedSerde } from './window/windowed-serde.ts';
