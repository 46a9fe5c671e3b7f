import type { Clock } from '../common/clock.ts';
import { PointsError, toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { type ReplayJob, ReplayInvalidError } from '../replay/index.ts';
import type { Replayer } from './ports.ts';

export type RunState = 'running' | 'done' | 'stopped' | 'failed';

/** How far a replay is that was begun at this instance. */
export interface RunShown {
  readonly id: string;
  readonly state: RunState;
  readonly records: number;
  readonly copied: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Why it failed. */
  readonly error: string | null;
}

interface Run extends RunShown {
  state: RunState;
  copied: number;
  endedAt: number | null;
  error: string | null;
}

/** Somebody has ended a replay; what is left of it can be taken up again. */
class ReplayStoppedError extends PointsError {
  readonly code = 'REPLAY_STOPPED';
}

const remembered = 20;
/** One goes on while another is looked at; more at once would be a mistake. */
const atOnce = 2;

/** Replays that run at this instance: they go on when the page is closed, and end with the process. */
export class Replays {
  readonly #replayer: Replayer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #runs = new Map<string, { readonly run: Run; readonly stop: AbortController; ended: Promise<void> }>();

  constructor(parts: { readonly replayer: Replayer; readonly clock: Clock; readonly logger: Logger }) {
    this.#replayer = parts.replayer;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** Begins a job; once begun, the same again changes nothing. @throws ReplayInvalidError when too many run */
  begin(job: ReplayJob, records: number, ratePerSecond: number): RunShown {
    const known = this.#runs.get(job.id);
    if (known !== undefined) return { ...known.run };
    if ([...this.#runs.values()].filter(({ run }) => run.state === 'running').length >= atOnce) {
      throw new ReplayInvalidError('Two replays run here already: wait for one to end, or stop it');
    }
    const run: Run = {
      ...{ id: job.id, state: 'running', records, copied: 0, error: null, endedAt: null },
      startedAt: this.#clock.now(),
    };
    const stop = new AbortController();
    const entry = { run, stop, ended: Promise.resolve() };
    this.#runs.set(job.id, entry);
    entry.ended = this.#copy(job, ratePerSecond, run, stop.signal);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > remembered && oldest !== undefined) this.#runs.delete(oldest);
    return { ...run };
  }

  /** Undefined where no such replay was begun here. */
  find(id: string): RunShown | undefined {
    const run = this.#runs.get(id)?.run;
    return run === undefined ? undefined : { ...run };
  }

  stop(id: string): RunShown | undefined {
    this.#runs.get(id)?.stop.abort(new ReplayStoppedError('Somebody stopped it'));
    return this.find(id);
  }

  async close(): Promise<void> {
    const stopped = new ReplayStoppedError('The process stops');
    for (const { stop } of this.#runs.values()) stop.abort(stopped);
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }

  async #copy(job: ReplayJob, ratePerSecond: number, run: Run, signal: AbortSignal): Promise<void> {
    const onCopied = (more: number): void => {
      run.copied += more;
    };
    try {
      run.copied = await this.#replayer.run(job, run.records, { ratePerSecond, signal, onCopied });
      run.state = 'done';
    } catch (error) {
      run.state = signal.aborted ? 'stopped' : 'failed';
      run.error = toError(error).message;
      this.#logger.warn(
        { err: error, replay_id: job.id, copied: run.copied },
        'A replay ended early: points replay --resume takes it up again',
      );
    }
    run.endedAt = this.#clock.now();
  }
}
