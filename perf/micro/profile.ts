/**
 * What the points topology's time went to while it was measured: `node perf/micro/profile.ts FOLDER`, where the folder
 * comes from `npm run bench -- --only points --profile FOLDER`. What is not busy waits for the broker. A sample belongs to the nearest frame, from the innermost outwards,
 * that belongs to somebody: what Buffer does for Avro is Avro's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** By the machine's monotonic clock, in microseconds. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** A round that was measured: milliseconds of the same clock. */
interface Window {
  readonly from: number;
  readonly to: number;
}

/** The first that matches a frame has it. */
const owners: readonly (readonly [string, (url: string, name: string) => boolean])[] = [
  ['idle', (_url, name) => name === '(idle)'],
  ['garbage collection', (_url, name) => name === '(garbage collector)'],
  ['kafkajs: CRC-32C', (url) => /kafkajs\/src\/.*crc32/i.test(url)],
  [
    'kafkajs: decode fetched',
    (url) => /kafkajs\/src\/.*(decoder|\/fetch\/|messageSet|recordBatch\/v0\/index|record\/v0\/decoder)/i.test(url),
  ],
  ['kafkajs: encode', (url) => /kafkajs\/src\/.*(encoder|\/produce\/|recordBatch|record\/v0)/i.test(url)],
  ['kafkajs: consumer', (url) => /kafkajs\/src\/consumer/.test(url)],
  ['kafkajs: the rest', (url) => /node_modules\/kafkajs\//.test(url)],
  ['Avro', (url) => /node_modules\/(avsc|@kafkajs)\/|adapters\/registry\//.test(url)],
  ['RxJS', (url) => /node_modules\/rxjs\//.test(url)],
  ['stores: LevelDB', (url) => /node_modules\/(classic-level|abstract-level|level-)|streams\/state\/disk/.test(url)],
  ['stores: batch view', (url) => /streams\/state\//.test(url)],
  ['messages (ICU)', (url) => /node_modules\/(intl-|@formatjs)|domain\/messages/.test(url)],
  ['Redis client', (url) => /node_modules\/(ioredis|redis-parser|denque)|adapters\/redis\//.test(url)],
  ['MongoDB client', (url) => /node_modules\/(mongodb|bson)\/|adapters\/mongo\//.test(url)],
  ['topology, domain and sinks', (url) => /\/(topologies|src\/domain|src\/sinks)\//.test(url)],
  ['engine: committer and messages', (url) => /runtime\/committer|adapters\/kafka\//.test(url)],
  ['engine: the rest', (url) => /\/src\/streams\//.test(url)],
  ['metrics, health, HTTP, logs', (url) => /node_modules\/(prom-client|fastify|pino)|src\/app\//.test(url)],
  ['loading code', (url) => /node:internal\/(modules|bootstrap)/.test(url)],
];

function ownerOf(node: ProfileNode): string | undefined {
  const { url, functionName } = node.callFrame;
  return owners.find(([, isOwner]) => isOwner(url, functionName))?.[0];
}

/** Milliseconds by owner, and by the function that was running. */
function timesOf({ nodes, startTime, samples, timeDeltas }: Profile, windows: readonly Window[]) {
  const parents = new Map<number, ProfileNode>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const byOwner = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    const micros = timeDeltas[index] ?? 0;
    at += micros;
    const leaf = byId.get(id);
    const isMeasured = windows.some(({ from, to }) => at >= from * 1_000 && at <= to * 1_000);
    if (!isMeasured || leaf === undefined) continue;
    let owner: string | undefined;
    for (
      let node: ProfileNode | undefined = leaf;
      node !== undefined && owner === undefined;
      node = parents.get(node.id)
    ) {
      owner = ownerOf(node);
    }
    const name = owner ?? 'Node itself';
    byOwner.set(name, (byOwner.get(name) ?? 0) + micros / 1_000);
    const { functionName, url, lineNumber } = leaf.callFrame;
    const where = `${functionName || '(anonymous)'} ${url.replace(/^.*(node_modules|src|topologies)\//, '')}:${lineNumber}`;
    byFunction.set(where, (byFunction.get(where) ?? 0) + micros / 1_000);
  }
  return { byOwner, byFunction };
}

const folder = process.argv[2] ?? '.';
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const newest =
  readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort()
    .at(-1) ?? 'no.cpuprofile';
const { byOwner, byFunction } = timesOf(read(newest) as Profile, read('windows.json') as readonly Window[]);
const total = [...byOwner.values()].reduce((sum, ms) => sum + ms, 0);
const busy = total - (byOwner.get('idle') ?? 0);
const sorted = (times: ReadonlyMap<string, number>) => [...times].sort(([, one], [, other]) => other - one);
process.stdout.write(`${(total / 1_000).toFixed(1)} s, of which ${((100 * busy) / total).toFixed(0)} % busy\n\n`);
for (const [name, ms] of sorted(byOwner)) {
  if (name !== 'idle') process.stdout.write(`${((100 * ms) / busy).toFixed(1).padStart(6)} %  ${name}\n`);
}
process.stdout.write('\n');
for (const [where, ms] of sorted(byFunction).slice(0, 30)) {
  if (!where.startsWith('(idle)')) process.stdout.write(`${((100 * ms) / busy).toFixed(1).padStart(6)} %  ${where}\n`);
}
