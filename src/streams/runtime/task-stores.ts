import type { Clock } from '../../common/clock.ts';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { StreamAdmin } from '../ports.ts';
import type { LocalState } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { StreamsListener } from './options.ts';
import { changelogTopic, restoreStore } from './restore.ts';

export interface TaskStoresParts {
  readonly applicationId: string;
  readonly taskId: string;
  readonly partition: number;
  readonly topology: Topology;
  readonly admin: StreamAdmin;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener: StreamsListener;
  /** Ends a restoring early. */
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
  /** `rebuild` sets aside what is there. */
  readonly openState: (rebuild: boolean) => Promise<LocalState>;
}

/** The local copies of a task's stores. They are disposable: the changelogs hold all that is in them. */
export class TaskStores {
  readonly #parts: TaskStoresParts;
  #local: LocalState | null = null;
  #mustRebuild = false;

  constructor(parts: TaskStoresParts) {
    this.#parts = parts;
  }

  /** Opens what is there, or empty stores after `distrust`. */
  async open(): Promise<LocalState> {
    this.#local ??= await this.#parts.openState(this.#mustRebuild);
    this.#mustRebuild = false;
    return this.#local;
  }

  /** As they are now; null while they are not open. */
  current(): LocalState | null {
    return this.#local;
  }

  /** Brings every store to the end of its changelog. The committed offset must have been read. */
  async restore(): Promise<void> {
    const { applicationId, topology, partition, taskId, admin, clock, logger, listener, signal, onProgress } =
      this.#parts;
    const local = await this.open();
    for (const store of topology.stores()) {
      const changelog = { topic: changelogTopic(applicationId, topology.name, store.name), partition };
      const began = clock.now();
      const report = (position: number, end: number): void => {
        onProgress();
        listener.onRestoreProgress?.(topology.name, taskId, store.name, position, end);
      };
      const records = await restoreStore({ admin, local, store, changelog, logger, signal, onProgress: report });
      if (records === undefined) {
        logger.warn({ store: store.name }, 'The local store is ahead of its changelog: set aside and rebuilt');
        await this.distrust();
        await this.restore();
        return;
      }
      listener.onRestored?.(topology.name, taskId, store.name, records, (clock.now() - began) / 1_000);
    }
  }

  /** Lets go of the stores; the next `open` begins with empty ones. */
  async distrust(): Promise<void> {
    this.#mustRebuild = true;
    await this.close().catch((error: unknown) => {
      this.#parts.logger.warn({ err: toError(error) }, 'A store that failed could not be closed');
    });
  }

  async close(): Promise<void> {
    const local = this.#local;
    this.#local = null;
    await local?.close();
  }
}
