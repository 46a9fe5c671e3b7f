import type { PlainProducer, StreamAdmin } from '../streams/ports.ts';

/** Reads topics: committed records, as a member of no group. */
export type RecordSource = Pick<StreamAdmin, 'read'>;

/** Stores copies; resolves once all in-sync replicas hold them, perhaps more than once. */
export type CopyTarget = Pick<PlainProducer, 'send'>;

/** How far a run has come on a partition of its source, kept where a killed process cannot lose it. */
export interface RunProgress {
  readonly partition: number;
  /** The next record to copy. */
  readonly offset: number;
  /** Text that is kept beside it. */
  readonly metadata: string;
}

/** Keeps a run's progress. @throws DependencyUnavailableError */
export interface ProgressKeeper {
  keep(progress: readonly RunProgress[]): Promise<void>;
}
