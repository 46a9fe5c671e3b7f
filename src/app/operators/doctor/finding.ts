import { errorCode, PointsError, toError } from '../../../common/errors.ts';

/** What was found of one thing, and what to do about it. */
export interface Finding {
  readonly name: string;
  /** `fault`: something does not work, or points are at risk. `warning`: it works, and somebody should look at it. */
  readonly state: 'ok' | 'warning' | 'fault';
  /** What is so, in a sentence's words. */
  readonly found: string;
  /** What to do; nothing where all is well. */
  readonly advice?: string;
  /** File under docs/runbooks/, without its ending. */
  readonly runbook?: Runbook;
}

export type Runbook =
  | 'kafka-loss'
  | 'mongodb-crash'
  | 'redis-loss'
  | 'lag'
  | 'dead-letters-and-replay'
  | 'add-partitions'
  | 'bad-deploy'
  | 'rotate-secrets-and-certificates';

export const ok = (name: string, found: string): Finding => ({ name, state: 'ok', found });

type Advice = Pick<Finding, 'found' | 'advice' | 'runbook'>;

export const warning = (name: string, said: Advice): Finding => ({ name, state: 'warning', ...said });

export const fault = (name: string, said: Advice): Finding => ({ name, state: 'fault', ...said });

const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof PointsError)) return `${errorCode(thrown)}: ${toError(thrown).message}`;
  const detail = thrown.facts['detail'] ?? (thrown.cause === undefined ? undefined : toError(thrown.cause).message);
  return detail === undefined ? thrown.message : `${thrown.message}: ${String(detail)}`;
};

/**
 * Examines one part. Whatever it throws becomes a fault with the advice for a part that does not answer, so that one that is
 * away hides nothing of the others.
 */
export const examining = async (
  name: string,
  whenAway: Omit<Advice, 'found'>,
  examine: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> => {
  try {
    return await examine();
  } catch (thrown) {
    return [fault(name, { found: reasonOf(thrown), ...whenAway })];
  }
};
