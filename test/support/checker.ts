/**
 * Judges a run from outside: nothing here imports the service, and what it is given was read by plain clients. It knows
 * only what the generator expected, which deliveries were acknowledged, and what the stores and topics hold at the end.
 */

/** One order as it must have been applied. */
interface Expected {
  readonly merchantId: string;
  readonly customerId: string;
  readonly eventId: string;
  readonly points: number;
}

/** A document of `points_transactions`, or a record of `audit_log` in the order of its partition. */
export interface LedgerRow extends Expected {
  readonly type: string;
  readonly sequence: number;
  readonly balanceAfter: number;
}

/** A record of `points.earned`, in the order of its partition. */
export interface EarnedRow extends Expected {
  /** The record's key. */
  readonly key: string;
}

export interface CustomerBalance {
  readonly merchantId: string;
  readonly customerId: string;
  readonly balance: number;
}

/** How far a consumer group is behind the end of one partition; null where it never committed. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly lag: number | null;
}

/** What happened while the run went on. */
export interface RunFacts {
  readonly expected: readonly Expected[];
  /** Event ids, with the merchant's before them (`merchant/event`), that were answered 200. */
  readonly acknowledged: ReadonlySet<string>;
  readonly kills: number;
  /** A run with fewer kills is invalid, not green. */
  readonly killsWanted: number;
}

/** What was there at the end. */
export interface Observed {
  readonly ledger: readonly LedgerRow[];
  readonly earned: readonly EarnedRow[];
  readonly audit: readonly LedgerRow[];
  readonly deadLetters: number;
  /** Absent is allowed: a cache may forget. */
  readonly cached: readonly CustomerBalance[];
  readonly served: readonly CustomerBalance[];
  readonly lags: readonly GroupLag[];
}

export type FindingKind =
  | 'invalid-run'
  | 'lost'
  | 'doubled'
  | 'unknown'
  | 'different'
  | 'sequence'
  | 'balance'
  | 'order'
  | 'dead-letter'
  | 'lag';

/** One thing that is not as it must be. */
export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
}

const accountOf = ({ merchantId, customerId }: Omit<CustomerBalance, 'balance'>): string =>
  `${merchantId}/${customerId}`;
const eventOf = ({ merchantId, eventId }: Pick<Expected, 'merchantId' | 'eventId'>): string =>
  `${merchantId}/${eventId}`;

const group = <Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const rest = groups.get(key);
    if (rest === undefined) groups.set(key, [row]);
    else rest.push(row);
  }
  return groups;
};

/** Fewer faults or acknowledgements than wanted prove nothing. */
const judgeRun = ({ expected, acknowledged, kills, killsWanted }: RunFacts): Finding[] => {
  const found: Finding[] = [];
  if (expected.length === 0) found.push({ kind: 'invalid-run', what: 'Nothing was expected' });
  if (kills < killsWanted) found.push({ kind: 'invalid-run', what: `${kills} kills, wanted ${killsWanted}` });
  const missing = expected.filter((one) => !acknowledged.has(eventOf(one))).length;
  if (missing > 0) found.push({ kind: 'invalid-run', what: `${missing} orders were never acknowledged` });
  return found;
};

/** Every expected event exactly once, with the expected customer and points, and no other. */
const judgeOnce = (where: string, expected: readonly Expected[], rows: readonly Expected[]): Finding[] => {
  const found: Finding[] = [];
  const byEvent = group(rows, eventOf);
  for (const want of expected) {
    const [row, ...more] = byEvent.get(eventOf(want)) ?? [];
    byEvent.delete(eventOf(want));
    if (row === undefined) {
      found.push({ kind: 'lost', what: `${where}: ${eventOf(want)} is not there` });
      continue;
    }
    if (more.length > 0) {
      found.push({ kind: 'doubled', what: `${where}: ${eventOf(want)} is there ${more.length + 1} times` });
    }
    if (row.customerId !== want.customerId || row.points !== want.points) {
      const is = `${row.customerId} ${row.points}`;
      found.push({
        kind: 'different',
        what: `${where}: ${eventOf(want)} is ${is}, not ${want.customerId} ${want.points}`,
      });
    }
  }
  for (const event of byEvent.keys()) found.push({ kind: 'unknown', what: `${where}: nobody sent ${event}` });
  return found;
};

/** 1, 2, 3 … n and a running sum, for every customer, whatever the order of the rows given. */
const judgeSequences = (where: string, rows: readonly LedgerRow[]): Finding[] => {
  const found: Finding[] = [];
  for (const [account, entries] of group(rows, accountOf)) {
    let balance = 0;
    const sorted = [...entries].sort((one, other) => one.sequence - other.sequence);
    for (const [index, entry] of sorted.entries()) {
      if (entry.type !== 'earn') found.push({ kind: 'different', what: `${where}: ${account} has type ${entry.type}` });
      balance += entry.points;
      if (entry.sequence !== index + 1) {
        found.push({ kind: 'sequence', what: `${where}: ${account} has ${entry.sequence} where ${index + 1} belongs` });
        break;
      }
      if (entry.balanceAfter !== balance) {
        const what = `${where}: ${account} has ${entry.balanceAfter} after ${entry.sequence}, the sum is ${balance}`;
        found.push({ kind: 'balance', what });
        break;
      }
    }
  }
  return found;
};

/** Topics tell a customer's events in the order in which they were decided. */
const judgeOrder = ({ ledger, audit, earned }: Observed): Finding[] => {
  const found: Finding[] = [];
  const sequenceOf = new Map(ledger.map((entry) => [eventOf(entry), entry.sequence]));
  for (const [where, rows] of [
    ['audit_log', audit],
    ['points.earned', earned],
  ] as const) {
    for (const [account, events] of group<Expected>(rows, accountOf)) {
      const sequences = events.map((event) => sequenceOf.get(eventOf(event)) ?? 0);
      const isSorted = sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? 0));
      if (!isSorted) found.push({ kind: 'order', what: `${where}: events of ${account} are not in their sequence` });
    }
  }
  for (const row of earned) {
    if (row.key !== row.merchantId)
      found.push({ kind: 'different', what: `points.earned: key ${row.key} on ${eventOf(row)}` });
  }
  return found;
};

const judgeBalances = (expected: readonly Expected[], { cached, served }: Observed): Finding[] => {
  const found: Finding[] = [];
  const sums = new Map<string, number>();
  for (const entry of expected) sums.set(accountOf(entry), (sums.get(accountOf(entry)) ?? 0) + entry.points);
  const judge = (where: string, rows: readonly CustomerBalance[]): void => {
    for (const row of rows) {
      const sum = sums.get(accountOf(row));
      if (row.balance === sum) continue;
      found.push({
        kind: 'balance',
        what: `${where}: ${accountOf(row)} has ${row.balance}, expected ${sum ?? 'nobody'}`,
      });
    }
  };
  judge('Redis', cached);
  judge('gRPC', served);
  const asked = new Set(served.map(accountOf));
  for (const account of sums.keys()) {
    if (!asked.has(account)) found.push({ kind: 'lost', what: `gRPC: nobody answered for ${account}` });
  }
  return found;
};

/** Everything that is wrong with a run; an empty list is a proof, as far as this run goes. */
export const judge = (facts: RunFacts, observed: Observed): readonly Finding[] => {
  const found = [
    ...judgeRun(facts),
    ...judgeOnce('ledger', facts.expected, observed.ledger),
    ...judgeOnce('points.earned', facts.expected, observed.earned),
    ...judgeOnce('audit_log', facts.expected, observed.audit),
    ...judgeSequences('ledger', observed.ledger),
    ...judgeSequences('audit_log', observed.audit),
    ...judgeOrder(observed),
    ...judgeBalances(facts.expected, observed),
  ];
  if (observed.deadLetters > 0) {
    found.push({ kind: 'dead-letter', what: `${observed.deadLetters} records in points.dlq, none was bad` });
  }
  if (observed.lags.length === 0) found.push({ kind: 'lag', what: 'No consumer group was seen' });
  for (const { group: name, topic, partition, lag } of observed.lags) {
    if (lag !== 0) found.push({ kind: 'lag', what: `${name} on ${topic}-${partition}: lag ${lag ?? 'unknown'}` });
  }
  return found;
};
