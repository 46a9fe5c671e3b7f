import { errorCode, PointsError, toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';

/** What a check found. */
export type Check =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: string;
      /** Told of what can be done without: the process is ready all the same. */
      readonly optional?: true;
      /** Numbers that change while the reason stays: told to who asks, not in the log. */
      readonly facts?: Readonly<Record<string, number>>;
    };

export const passed: Check = { ok: true };
export const failed = (reason: string): Check => ({ ok: false, reason });

/** What one part of the process can tell of itself. A check that throws or takes more than 1 s has failed. */
export interface HealthChecks {
  /** Whether it can do its work now: what it depends on answers, what it needs to know is there. */
  readonly ready?: () => Check | Promise<Check>;
  /** The process can do without it: what the check finds is told beside the others, and decides nothing. */
  readonly optional?: true;
  /** Whether it still makes progress. Failing means that only a new process helps: a server that is away is no reason. */
  readonly live?: () => Check | Promise<Check>;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, Check>>;
}

/** What the parts of a process say of themselves, asked together. */
export interface Health {
  register(name: string, checks: HealthChecks): void;
  /** Once said, never ready again: the process is stopping. */
  stopping(): void;
  ready(): Promise<HealthReport>;
  live(): Promise<HealthReport>;
  /** A check from a call that succeeds or throws: `probe(() => mongo.ping())`. */
  readonly probe: (call: () => Promise<unknown>) => () => Promise<Check>;
}

export interface HealthOptions {
  readonly logger: Logger;
  /** For one check. Milliseconds, 1,000 by default. */
  readonly timeoutMs?: number;
}

const reasonOf = (thrown: unknown): string =>
  thrown instanceof PointsError ? thrown.message : `${errorCode(thrown)} ${toError(thrown).name}`;

/** Every check runs at the same time as the others, each within its own time. */
export function createHealth({ logger, timeoutMs = 1_000 }: HealthOptions): Health {
  const parts = new Map<string, HealthChecks>();
  const lastSaid = new Map<string, string>();
  let isStopping = false;

  const probe = (call: () => Promise<unknown>) => async (): Promise<Check> => {
    await call();
    return passed;
  };

  const within = async (check: () => Check | Promise<Check>): Promise<Check> => {
    const late = Promise.withResolvers<Check>();
    const timer = setTimeout(() => {
      late.resolve(failed(`No answer within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      return await Promise.race([check(), late.promise]);
    } catch (error) {
      return failed(reasonOf(error));
    } finally {
      clearTimeout(timer);
    }
  };

  /** One line when a part fails or comes back, not one for each time somebody asks. */
  const tell = (kind: string, name: string, check: Check): void => {
    const key = `${kind} ${name}`;
    const before = lastSaid.get(key);
    const said = check.ok ? 'ok' : check.reason;
    lastSaid.set(key, said);
    if (said === before) return;
    if (!check.ok && before === undefined) logger.info({ check: name, kind, reason: said }, 'A part is not there yet');
    else if (!check.ok) logger.warn({ check: name, kind, reason: said }, 'A part is not well');
    else if (before !== undefined) logger.info({ check: name, kind }, 'A part is well');
  };

  const asOptional = async (answer: Promise<Check>): Promise<Check> => {
    const check = await answer;
    return check.ok ? check : { ...check, optional: true };
  };

  const ask = async (kind: 'ready' | 'live'): Promise<HealthReport> => {
    const asked = [...parts].flatMap(([name, checks]) => {
      const check = checks[kind];
      if (check === undefined) return [];
      return [{ name, answer: checks.optional === true ? asOptional(within(check)) : within(check) }];
    });
    const answers = await Promise.all(asked.map(async ({ name, answer }) => ({ name, check: await answer })));
    for (const { name, check } of answers) tell(kind, name, check);
    return {
      ok: answers.every(({ check }) => check.ok || check.optional === true),
      checks: Object.fromEntries(answers.map(({ name, check }) => [name, check])),
    };
  };

  // However many ask at once, the servers behind the checks are asked once.
  const shared = (kind: 'ready' | 'live'): (() => Promise<HealthReport>) => {
    let underWay: Promise<HealthReport> | undefined;
    return () => (underWay ??= ask(kind).finally(() => (underWay = undefined)));
  };
  const readiness = shared('ready');

  return {
    register: (name, checks) => {
      parts.set(name, checks);
    },
    stopping: () => {
      isStopping = true;
    },
    ready: async () =>
      isStopping ? { ok: false, checks: { process: failed('The process is stopping') } } : readiness(),
    live: shared('live'),
    probe,
  };
}
