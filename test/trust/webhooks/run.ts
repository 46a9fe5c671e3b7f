/**
 * `npm run test:attacks`: a real ingress before real servers, under signatures that are nearly right, bodies that are
 * nearly JSON, connections that never end, and deliveries sent again under other names. Judged from outside. Exit code 0
 * only if nothing was wrong. `-- --short` is the form that the suite runs, `-- --seed N` does a run again.
 */
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePortOffset, portsAt } from '../../../src/ops/dev/ports.ts';
import { startServers } from '../../../src/ops/dev/servers.ts';
import type { OnEnd } from '../../support/mongo-database.ts';
import { seededRandom } from '../../support/random.ts';
import { besiege, fullSize, shortSize } from './siege.ts';
import { startStage } from './stage.ts';
import { faultsIn } from './verdict.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string' }, 'port-offset': { type: 'string' } },
});
const seed = Number(values.seed ?? process.env['POINTS_SEED'] ?? randomInt(1, 1_000_000_000));
const since = performance.now();
const say = (line: string): void => {
  console.log(`[${((performance.now() - since) / 1_000).toFixed(1).padStart(6)}] ${line}`);
};

const cleanUps: (() => Promise<void>)[] = [];
const onEnd: OnEnd = (cleanUp) => cleanUps.push(cleanUp);
const cleanUp = async (): Promise<void> => {
  for (let next = cleanUps.pop(); next !== undefined; next = cleanUps.pop()) {
    await next().catch((error: unknown) => console.error('While cleaning up:', error));
  }
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
}

const folder = path.resolve('.points', 'attacks', String(process.pid));
let faults: readonly string[] = ['The run did not come to its end'];
try {
  say(`seed ${String(seed)}, data and logs in ${folder}`);
  const offset = values['port-offset'] === undefined ? await freePortOffset() : Number(values['port-offset']);
  const ports = portsAt(offset);
  const servers = await startServers({ dataDir: path.join(folder, 'servers'), ports, progress: say });
  onEnd(() => servers.stop({ removeData: true }));
  const stage = await startStage({ addresses: servers.addresses, ports, folder }, onEnd);
  faults = faultsIn(await besiege(stage, values.short ? shortSize : fullSize, { random: seededRandom(seed), say }));
} catch (error) {
  console.error(error);
}
await cleanUp();
for (const fault of faults.slice(0, 50)) say(fault);
if (faults.length === 0) await rm(folder, { recursive: true, force: true });
else say(`Do it again: npm run test:attacks -- ${values.short ? '--short ' : ''}--seed ${String(seed)}`);
say(faults.length === 0 ? 'Verdict: green' : `Verdict: red (${String(faults.length)})`);
process.exit(faults.length === 0 ? 0 : 1);
