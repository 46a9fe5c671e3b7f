import type { Logger } from '../../common/logger.ts';
import { TopologyError } from '../errors.ts';
import type { ConsumedRecord, StreamRecord } from '../record.ts';
import type { BatchView } from '../state/batch-view.ts';
import type { KeyValueStore, ReadonlyStore, StoreDefinition } from '../state/store.ts';
import type { Cancellable, ProcessorContext, ProcessorNode, PunctuationType, Punctuator } from '../topology/nodes.ts';
import type { TaskTime } from './punctuations.ts';
import type { RecordTimes } from './record-times.ts';

/** The time of a micro-batch. */
export interface BatchTime extends TaskTime {
  readonly streamTimeBefore: number;
  /** Absent before the first batch. */
  readonly recordTimes?: RecordTimes;
}

export interface OperatorContextParts {
  readonly topology: string;
  readonly node: ProcessorNode;
  readonly taskId: string;
  readonly partition: number;
  readonly logger: Logger;
  readonly stores: ReadonlyMap<string, BatchView<unknown>>;
  readonly globalStore: (definition: StoreDefinition) => ReadonlyStore<unknown>;
  readonly time: () => BatchTime;
  readonly onFailure: (source: ConsumedRecord, error: unknown) => void;
  readonly isLeftOut: (source: ConsumedRecord) => boolean;
  readonly schedule: (
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator<unknown, unknown>,
  ) => Cancellable;
}

/** What one operator of one task is given; see `ProcessorContext`. */
export class OperatorContext implements ProcessorContext {
  readonly #parts: OperatorContextParts;
  readonly #once = new Map<string, Promise<unknown>>();
  readonly #perPass = new Map<string, unknown>();
  readonly #afterCommit: (() => void)[] = [];
  readonly #onClose: (() => void)[] = [];

  constructor(parts: OperatorContextParts) {
    this.#parts = parts;
  }

  get taskId(): string {
    return this.#parts.taskId;
  }

  get partition(): number {
    return this.#parts.partition;
  }

  get logger(): Logger {
    return this.#parts.logger;
  }

  streamTime(): number {
    return this.#parts.time().streamTime;
  }

  streamTimeBefore(): number {
    return this.#parts.time().streamTimeBefore;
  }

  streamTimeAt({ source }: StreamRecord<unknown, unknown>): number {
    const { recordTimes, streamTime } = this.#parts.time();
    return recordTimes?.at(source) ?? streamTime;
  }

  currentSystemTimeMs(): number {
    return this.#parts.time().wallClock;
  }

  store<S>(definition: StoreDefinition<S>): KeyValueStore<S> {
    const { stores, node } = this.#parts;
    const store = stores.get(definition.name);
    if (store === undefined || !node.processor.stores.some(({ name }) => name === definition.name)) {
      throw this.#undeclared('store', definition);
    }
    return store as unknown as KeyValueStore<S>;
  }

  globalStore<S>(definition: StoreDefinition<S>): ReadonlyStore<S> {
    const { node, globalStore } = this.#parts;
    const declared = node.processor.globalStores ?? [];
    if (!declared.some(({ name }) => name === definition.name)) throw this.#undeclared('global store', definition);
    return globalStore(definition) as ReadonlyStore<S>;
  }

  fail({ source }: Pick<StreamRecord<unknown, unknown>, 'source'>, error: unknown): void {
    this.#parts.onFailure(source, error);
  }

  isLeftOut(source: ConsumedRecord): boolean {
    return this.#parts.isLeftOut(source);
  }

  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator<unknown, unknown>): Cancellable {
    return this.#parts.schedule(intervalMs, type, punctuator);
  }

  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#once.get(name);
    if (known !== undefined) return known as Promise<T>;
    const made = make();
    this.#once.set(name, made);
    made.catch(() => this.#once.delete(name));
    return made;
  }

  perPass<T>(name: string, make: () => T): T {
    if (this.#perPass.has(name)) return this.#perPass.get(name) as T;
    const made = make();
    this.#perPass.set(name, made);
    return made;
  }

  afterCommit(effect: () => void): void {
    this.#afterCommit.push(effect);
  }

  onClose(callback: () => void): void {
    this.#onClose.push(callback);
  }

  /** What the pass before did is undone. */
  beginPass(): void {
    this.#perPass.clear();
    this.#afterCommit.length = 0;
  }

  settle(): void {
    this.#once.clear();
  }

  /** What the last pass did is committed. */
  committed(): void {
    for (const effect of this.#afterCommit.splice(0)) effect();
  }

  close(): void {
    for (const callback of this.#onClose.splice(0)) callback();
  }

  #undeclared(what: string, { name }: StoreDefinition): TopologyError {
    return new TopologyError(this.#parts.topology, [`${this.#parts.node.name} uses ${what} ${name} undeclared`]);
  }
}
