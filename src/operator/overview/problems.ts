import type { Dependency } from './dependencies.ts';
import type { PartRow } from './parts.ts';
import { shownDuration, shownNumber } from './words.ts';

/** Something that is wrong now, or that somebody should know of. */
export interface Problem {
  readonly severity: 'bad' | 'warning' | 'notice';
  /** One line: what, for how long, and what follows from it. */
  readonly words: string;
  /** Where on the page it is to be seen. */
  readonly part: string;
  /** Name of its file under docs/runbooks, without `.md`; null where there is none. */
  readonly runbook: string | null;
}

/** What problems are found in. */
export interface Situation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly dependencies: readonly Dependency[];
  readonly parts: readonly PartRow[];
  readonly topologies: readonly { readonly name: string; readonly state: string; readonly error: string | null }[];
  readonly deferred: { readonly records: number; readonly merchants: number };
  readonly deadLettersLastHour: number;
  /** Why the other instances cannot be seen; null where they can. */
  readonly boardFault: string | null;
}

/** Fewer records behind are on their way. */
const lagTold = 1_000;
/** As many seconds' worth of what flows are on their way too. */
const lagSeconds = 10;
/** A task that moves is with its new owner within so long. */
const movingMs = 20_000;

/** What goes on, or stops, without a dependency. */
const consequences: Readonly<Record<string, { readonly runbook: string | null; readonly words: string | null }>> = {
  Kafka: { runbook: 'kafka-loss', words: 'nothing is decided; webhooks wait in MongoDB' },
  MongoDB: { runbook: 'mongodb-crash', words: 'decisions go on' },
  'Redis (state)': { runbook: 'redis-loss', words: 'rate limits are kept in memory; decisions go on' },
  'Redis (cache)': { runbook: 'redis-loss', words: 'balances are read from MongoDB; decisions go on' },
  'Schema registry': { runbook: null, words: 'what runs goes on; what starts waits' },
  Core: { runbook: 'dead-letters-and-replay', words: 'new customers’ points become dead letters' },
  Auth: { runbook: null, words: 'only tokens that were seen before are taken' },
};

const worst: Readonly<Record<Problem['severity'], number>> = { bad: 0, warning: 1, notice: 2 };

/** All that is wrong, the worst first; empty where all is well. */
export function problemsOf(situation: Situation): readonly Problem[] {
  const away = situation.dependencies.filter(({ seen }) => seen.some(({ ok }) => !ok));
  return [
    ...away.map((dependency) => awayProblem(dependency, situation)),
    ...stoppedProblems(situation),
    ...taskProblems(situation),
    ...lagProblems(
      situation,
      away.map(({ name }) => name),
    ),
    ...letterProblems(situation),
    ...deferredProblems(situation),
    ...boardProblems(situation),
  ].sort((a, b) => worst[a.severity] - worst[b.severity]);
}

const isBehind = ({ lag, perSecond }: PartRow): boolean => lag > Math.max(lagTold, perSecond * lagSeconds);

/** Parts that a dependency's loss holds up. */
const heldUpBy: Readonly<Record<string, readonly string[]>> = {
  MongoDB: ['ledger', 'redemptions'],
  'Redis (cache)': ['balances'],
  'Redis (state)': ['redemptions'],
};

function awayProblem({ name, seen }: Dependency, { now, parts }: Situation): Problem {
  const failing = seen.filter(({ ok }) => !ok);
  const sinceMs = now - Math.min(...failing.map(({ since }) => since));
  const { runbook, words } = consequences[name] ?? { runbook: null, words: null };
  const who = failing.length === seen.length ? '' : ` at ${String(failing.length)} of ${String(seen.length)} instances`;
  const waiting = Math.max(0, ...failing.map(({ facts }) => facts['waiting'] ?? 0));
  const behind = parts
    .filter(({ topology, lag }) => lag > 0 && heldUpBy[name]?.includes(topology) === true)
    .map(({ topology, lag }) => `${topology} ${shownNumber(lag)} behind`);
  const said = [
    `${name} does not answer${who} for ${shownDuration(sinceMs)}`,
    ...(waiting > 0 ? [`${shownNumber(waiting)} commands wait`] : []),
    ...behind,
    ...(words === null ? [] : [words]),
  ];
  const isOptional = failing.every(({ optional }) => optional) && name !== 'Kafka';
  return { severity: isOptional ? 'warning' : 'bad', words: said.join(' · '), part: `dependency:${name}`, runbook };
}

const stoppedProblems = ({ topologies }: Situation): readonly Problem[] =>
  topologies
    .filter(({ state }) => state === 'ERROR')
    .map(({ name, error }) => ({
      severity: 'bad',
      words: `${name} has stopped: ${error ?? 'unknown'}`,
      ...{ part: `topology:${name}`, runbook: 'bad-deploy' },
    }));

function taskProblems({ parts, now }: Situation): readonly Problem[] {
  return parts.flatMap(({ id, topology, tasks }): Problem[] => {
    const missing = tasks.filter(({ state }) => state === 'MISSING');
    const stuck = tasks.filter(
      ({ state, progressAt }) =>
        state !== 'RUNNING' && state !== 'MISSING' && progressAt !== null && now - progressAt > movingMs,
    );
    const ids = (rows: typeof tasks): string => rows.map((row) => row.id).join(', ');
    return [
      ...(missing.length === 0
        ? []
        : [
            {
              ...({ severity: 'bad', part: id, runbook: 'lag' } as const),
              words:
                missing.length === tasks.length
                  ? `No instance runs ${topology}`
                  : `${topology}: no instance has ${ids(missing)}`,
            },
          ]),
      ...(stuck.length === 0
        ? []
        : [
            {
              ...({ severity: 'warning', part: id, runbook: 'lag' } as const),
              words: `${topology}: ${stuck.map((task) => `${task.id} ${task.state}`).join(', ')} for ${shownDuration(
                now - Math.min(...stuck.map(({ progressAt }) => progressAt ?? now)),
              )}`,
            },
          ]),
    ];
  });
}

/** Lags that no dependency that is away explains already. */
function lagProblems({ parts }: Situation, away: readonly string[]): readonly Problem[] {
  const explained = new Set(away.flatMap((name) => heldUpBy[name] ?? []));
  return parts
    .filter((part) => isBehind(part) && !explained.has(part.topology))
    .map(({ id, topology, lag, perSecond }) => ({
      ...{ severity: 'warning', part: id, runbook: 'lag' },
      words:
        perSecond >= 1
          ? `${topology} is ${shownNumber(lag)} behind, and reads ${shownNumber(perSecond)} a second`
          : `${topology} is ${shownNumber(lag)} behind, and reads nothing`,
    }));
}

const plural = (count: number, one: string): string => `${shownNumber(count)} ${one}${count === 1 ? '' : 's'}`;

const letterProblems = ({ deadLettersLastHour: count }: Situation): readonly Problem[] =>
  count === 0
    ? []
    : [
        {
          ...{ severity: 'warning', part: 'dead-letters', runbook: 'dead-letters-and-replay' },
          words: `${plural(count, 'dead letter')} in the last hour`,
        },
      ];

const deferredProblems = ({ deferred: { records, merchants } }: Situation): readonly Problem[] =>
  records === 0
    ? []
    : [
        {
          ...{ severity: 'notice', part: 'limited', runbook: 'overload' },
          words: `${plural(merchants, 'merchant')} over the rate limit: ${plural(records, 'event')} wait${records === 1 ? 's' : ''} in order`,
        },
      ];

const boardProblems = ({ boardFault }: Situation): readonly Problem[] =>
  boardFault === null
    ? []
    : [
        {
          ...{ severity: 'notice', part: 'instances', runbook: 'redis-loss' },
          words: `Only this instance is seen: ${boardFault}`,
        },
      ];
