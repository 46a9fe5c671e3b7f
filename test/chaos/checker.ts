/**
 * Judges a run of the counting topology from outside: nothing here imports the engine or a Kafka client, and what it is
 * given was read by Kafka's own programs. It knows what was acknowledged to the producer of the input, and what the
 * topics and the group hold at the end.
 */

/**
 * A record of the input. Each value is sent once, but what is in the topic counts: a producer that had no answer may have
 * stored a record twice, and then its copy is wanted twice.
 */
export interface InputRow {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: number;
}

/** A record of the output: the input's, and which of its key it is. */
export interface OutputRow extends InputRow {
  readonly count: number;
}

/** A record of the store's changelog: how many of the key there were. */
export interface ChangelogRow {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly count: number;
}

export interface RunFacts {
  readonly acknowledged: readonly InputRow[];
  /** A run with fewer acknowledged records proves nothing. */
  readonly recordsWanted: number;
  /** Records that were committed while faults went on: with fewer than a quarter of all, they met too little work. */
  readonly amidFaults: number;
  /** How often each kind of fault was done. */
  readonly faults: ReadonlyMap<string, number>;
  /** A run with fewer of a kind proves nothing. */
  readonly faultsWanted: ReadonlyMap<string, number>;
}

/** What was there at the end, in any order. */
export interface Observed {
  readonly input: readonly InputRow[];
  readonly output: readonly OutputRow[];
  readonly changelog: readonly ChangelogRow[];
  readonly deadLetters: number;
  /** Where the group reads on in each partition of the input; null where it never committed. */
  readonly groups: readonly { readonly group: string; readonly partition: number; readonly offset: number | null }[];
  /** Offsets of the output that belong to transactions which were given up; both ends included. */
  readonly aborted: readonly { readonly partition: number; readonly from: number; readonly to: number }[];
}

export type FindingKind =
  | 'invalid-run'
  | 'input'
  | 'lost'
  | 'doubled'
  | 'unknown'
  | 'different'
  | 'order'
  | 'count'
  | 'changelog'
  | 'offset'
  | 'aborted'
  | 'dead-letter';

/** One thing that is not as it must be. */
export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
}

interface Placed {
  readonly partition: number;
  readonly offset: number;
}

const inPlace = <Row extends Placed>(rows: readonly Row[]): readonly Row[] =>
  [...rows].sort((one, other) => one.partition - other.partition || one.offset - other.offset);
const placeOf = ({ partition, offset }: Placed): string => `${String(partition)}/${String(offset)}`;

const groupBy = <Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> => {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const rest = groups.get(keyOf(row));
    if (rest === undefined) groups.set(keyOf(row), [row]);
    else rest.push(row);
  }
  return groups;
};

/** Too few records, faults or given up transactions prove nothing. */
const judgeRun = (facts: RunFacts, { aborted }: Observed): Finding[] => {
  const { acknowledged, recordsWanted, amidFaults, faults, faultsWanted } = facts;
  const found: Finding[] = [];
  const invalid = (what: string): void => void found.push({ kind: 'invalid-run', what });
  if (acknowledged.length < recordsWanted || recordsWanted === 0) {
    invalid(`${String(acknowledged.length)} records were acknowledged, wanted ${String(recordsWanted)}`);
  }
  if (amidFaults * 4 < acknowledged.length) {
    invalid(
      `${String(amidFaults)} of ${String(acknowledged.length)} records were committed amid the faults, wanted a quarter`,
    );
  }
  if (faultsWanted.size === 0) invalid('No faults were wanted');
  for (const [name, wanted] of faultsWanted) {
    const done = faults.get(name) ?? 0;
    if (done < wanted) invalid(`${name}: ${String(done)} times, wanted ${String(wanted)}`);
  }
  if (aborted.length === 0) invalid('No transaction that held records was given up: the faults were too tame');
  return found;
};

/** What was acknowledged is there, at its place. */
const judgeInput = (acknowledged: readonly InputRow[], input: readonly InputRow[]): Finding[] => {
  const found: Finding[] = [];
  const byPlace = new Map(input.map((row) => [placeOf(row), row]));
  for (const row of acknowledged) {
    const there = byPlace.get(placeOf(row));
    if (there?.value === row.value && there.key === row.key) continue;
    found.push({ kind: 'input', what: `${String(row.value)} was acknowledged at ${placeOf(row)} and is not there` });
  }
  return found;
};

/** Every record of the input as often as it is there, as it was, and no other. */
const judgeOnce = (input: readonly InputRow[], output: readonly OutputRow[]): Finding[] => {
  const found: Finding[] = [];
  const byValue = groupBy(inPlace(output), ({ value }) => value);
  for (const [value, wanted] of groupBy(inPlace(input), (row) => row.value)) {
    const rows = byValue.get(value) ?? [];
    byValue.delete(value);
    const name = `${String(value)}, input ${wanted.map(placeOf).join(' and ')}`;
    const places = rows.map(placeOf).join(' and ');
    if (rows.length < wanted.length) found.push({ kind: 'lost', what: `${name}: output ${places || 'nowhere'}` });
    if (rows.length > wanted.length) found.push({ kind: 'doubled', what: `${name}: output ${places}` });
    for (const [index, row] of rows.entries()) {
      const want = wanted[Math.min(index, wanted.length - 1)];
      if (row.key === want?.key && row.partition === want.partition) continue;
      found.push({
        kind: 'different',
        what: `${name}, key ${String(want?.key)}: output key ${row.key} at ${placeOf(row)}`,
      });
    }
  }
  for (const row of [...byValue.values()].flat()) {
    found.push({ kind: 'unknown', what: `${String(row.value)} at ${placeOf(row)} of the output was never sent` });
  }
  return found;
};

/** The place in the input of what each record of the output is a copy of; of a copy too many, that of the last. */
const sourcesOf = (input: readonly InputRow[], output: readonly OutputRow[]): ReadonlyMap<OutputRow, number> => {
  const placesOf = groupBy(inPlace(input), ({ value }) => value);
  const taken = new Map<number, number>();
  const sources = new Map<OutputRow, number>();
  for (const row of output) {
    const places = placesOf.get(row.value) ?? [];
    const turn = taken.get(row.value) ?? 0;
    taken.set(row.value, turn + 1);
    const source = places[turn] ?? places.at(-1);
    if (source !== undefined) sources.set(row, source.offset);
  }
  return sources;
};

/** Of each key: in the order of the input, and counted 1, 2, 3 … by a store that forgot and repeated nothing. */
const judgeKeys = (input: readonly InputRow[], output: readonly OutputRow[]): Finding[] => {
  const found: Finding[] = [];
  const sorted = inPlace(output);
  const sources = sourcesOf(input, sorted);
  for (const [key, rows] of groupBy(sorted, (row) => row.key)) {
    let reached = -1;
    for (const [index, row] of rows.entries()) {
      const where = `key ${key} at ${placeOf(row)}`;
      const before = rows[index - 1];
      const source = sources.get(row) ?? Number.POSITIVE_INFINITY;
      if (source <= reached) {
        found.push({
          kind: 'order',
          what: `${where}: ${String(row.value)} of input ${String(source)} comes after ${String(reached)}`,
        });
      }
      if (Number.isFinite(source)) reached = source;
      const wanted = (before?.count ?? 0) + 1;
      if (row.count !== wanted) {
        found.push({ kind: 'count', what: `${where}: is counted ${String(row.count)}, not ${String(wanted)}` });
      }
    }
  }
  return found;
};

/** Each key's last entry is its number of records, in the partition of its records, and entries only rise. */
const judgeChangelog = (input: readonly InputRow[], changelog: readonly ChangelogRow[]): Finding[] => {
  const found: Finding[] = [];
  const entries = groupBy(inPlace(changelog), ({ key }) => key);
  for (const [key, records] of groupBy(input, (row) => row.key)) {
    const rows = entries.get(key) ?? [];
    entries.delete(key);
    const last = rows.at(-1)?.count ?? 0;
    if (last !== records.length) {
      found.push({ kind: 'changelog', what: `key ${key} ends with ${String(last)}, not ${String(records.length)}` });
    }
    for (const [index, row] of rows.entries()) {
      if (row.partition !== records[0]?.partition) {
        found.push({
          kind: 'changelog',
          what: `key ${key} is at ${placeOf(row)}, in another partition than its records`,
        });
      }
      if (row.count <= (rows[index - 1]?.count ?? 0)) {
        found.push({ kind: 'changelog', what: `key ${key} falls to ${String(row.count)} at ${placeOf(row)}` });
      }
    }
  }
  for (const key of entries.keys()) found.push({ kind: 'changelog', what: `key ${key} was never sent` });
  return found;
};

/** One group, which reads on right behind the last record of every partition. */
const judgeOffsets = (input: readonly InputRow[], groups: Observed['groups']): Finding[] => {
  const found: Finding[] = [];
  const names = new Set(groups.map(({ group }) => group));
  if (names.size !== 1)
    found.push({ kind: 'offset', what: `${String(names.size)} groups have read the input, wanted 1` });
  for (const [partition, rows] of groupBy(input, (row) => row.partition)) {
    const end = rows.reduce((most, { offset }) => Math.max(most, offset), -1) + 1;
    const offset = groups.find((one) => one.partition === partition)?.offset ?? null;
    if (offset === end) continue;
    const what = `partition ${String(partition)}: the group reads on at ${String(offset)}, the end is ${String(end)}`;
    found.push({ kind: 'offset', what });
  }
  return found;
};

/** By the log itself, in case the reader of committed records is wrong. */
const judgeAborted = (output: readonly OutputRow[], aborted: Observed['aborted']): Finding[] => {
  const hidden = new Set<string>();
  for (const { partition, from, to } of aborted) {
    for (let offset = from; offset <= to; offset += 1) hidden.add(placeOf({ partition, offset }));
  }
  return output
    .filter((row) => hidden.has(placeOf(row)))
    .map((row) => ({ kind: 'aborted', what: `${String(row.value)} at ${placeOf(row)} was given up and is seen` }));
};

/** Everything that is wrong with a run; an empty list is a proof, as far as this run goes. */
export const judge = (facts: RunFacts, observed: Observed): readonly Finding[] => {
  const { input, output, changelog, groups, aborted, deadLetters } = observed;
  const found = [
    ...judgeRun(facts, observed),
    ...judgeInput(facts.acknowledged, input),
    ...judgeOnce(input, output),
    ...judgeKeys(input, output),
    ...judgeChangelog(input, changelog),
    ...judgeOffsets(input, groups),
    ...judgeAborted(output, aborted),
  ];
  if (deadLetters > 0)
    found.push({ kind: 'dead-letter', what: `${String(deadLetters)} dead letters, no record was bad` });
  return found;
};
