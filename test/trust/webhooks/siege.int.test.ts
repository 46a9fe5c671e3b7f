import { randomInt } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { freePortOffset, portsAt } from '../../../src/ops/dev/ports.ts';
import { seededRandom } from '../../support/random.ts';
import { sharedServers, temporaryFolder } from '../../support/servers.ts';
import { besiege, shortSize } from './siege.ts';
import { startStage } from './stage.ts';
import { faultsIn } from './verdict.ts';

const seed = Number(process.env['POINTS_SEED'] ?? randomInt(1, 1_000_000_000));
const cleanUps: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

test(`the front door withstands who knocks with ill intent (POINTS_SEED=${seed})`, async () => {
  const stage = await startStage(
    {
      addresses: sharedServers(),
      ports: portsAt(await freePortOffset()),
      folder: await temporaryFolder('siege'),
    },
    (cleanUp) => cleanUps.push(cleanUp),
  );
  const say = (line: string): void => void process.stderr.write(`siege: ${line}\n`);
  const found = await besiege(stage, shortSize, { random: seededRandom(seed), say });
  expect(faultsIn(found).slice(0, 30)).toEqual([]);
}, 180_000);
