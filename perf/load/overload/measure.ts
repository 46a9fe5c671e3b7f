/**
 * Measures what ten times too much does to a whole instance of its own on this machine. `npm run bench -- --overload`
 * (`--short`; `--only webhooks,reads`). perf/README.md says what the numbers mean.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { circumstancesOf } from '../../rig/circumstances.ts';
import { longSizes } from '../../rig/sizes.ts';
import { startInstance } from '../instance.ts';
import { balanceFlood } from './balance-flood.ts';
import { type DoorResult, measureDoor } from './measure-door.ts';
import { addMerchants } from './merchants.ts';
import { printResults } from './print-results.ts';
import { watchResident } from './resident.ts';
import { webhookFlood } from './webhook-flood.ts';

const merchantCount = 10;
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: 'webhooks,reads' },
    shedding: { type: 'string', default: 'on' },
  },
});
const seconds = values.short ? 8 : 20;
const chosen = new Set(values.only.split(','));
const results = join(import.meta.dirname, '..', '..', 'results');

const instance = await startInstance({ POINTS_SHEDDING: values.shedding });
const measured: Record<string, DoorResult> = {};
try {
  const { dev, home } = instance;
  const merchants = await addMerchants(instance, merchantCount);
  const run = { merchants: merchantCount, seconds };
  if (chosen.has('webhooks')) {
    const { send, close } = webhookFlood(Number(new URL(dev.http).port), merchants);
    const resident = () => watchResident(home, 'service');
    measured['webhooks'] = await measureDoor({ ...run, name: 'webhooks', send, firstRate: 25, resident });
    close();
  }
  if (chosen.has('reads')) {
    const { send, close } = balanceFlood(dev.grpc, merchants);
    const resident = () => watchResident(home, 'balances-server');
    measured['reads'] = await measureDoor({ ...run, name: 'reads', send, firstRate: 100, resident });
    close();
  }
} finally {
  await instance.stop();
}
const circumstances = circumstancesOf(longSizes, values.short);
await mkdir(results, { recursive: true });
const latest = {
  ...circumstances,
  settings: { seconds, merchants: merchantCount, shedding: values.shedding },
  measured,
};
if (values.shedding === 'on' && chosen.size === 2) {
  await writeFile(join(results, 'overload.json'), `${JSON.stringify(latest, null, 2)}\n`);
}
process.exitCode = printResults(measured) ? 0 : 2;
