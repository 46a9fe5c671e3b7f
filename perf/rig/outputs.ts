import { type PointsBalance, topics } from '../../src/contracts/index.ts';
import type { ConsumedRecord } from '../../src/streams/ports.ts';
import type { Checks } from './checks.ts';
import type { ExpectedAccount } from './orders.ts';
import { partitions } from './sizes.ts';
import type { World } from './world.ts';

/** Reads every committed record of a topic. @returns how many there are */
export async function readCommitted(
  world: World,
  topic: string,
  onRecord: (record: ConsumedRecord) => void = () => undefined,
): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const { low, high } = await world.admin.offsets({ topic, partition });
      let count = 0;
      await world.admin.read({ topic, partition }, { from: low, to: high }, (records) => {
        count += records.length;
        records.forEach(onRecord);
        return Promise.resolve();
      });
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How many of the expected accounts are not exactly as found. */
export const wrongAccounts = (
  expected: ReadonlyMap<string, ExpectedAccount>,
  found: (account: string) => { readonly balance: number; readonly sequence: number } | undefined,
): number =>
  [...expected].filter(([account, { balance, sequence }]) => {
    const is = found(account);
    return is?.balance !== balance || is.sequence !== sequence;
  }).length;

/** What the points topology has committed: each order once in every output, and every account as it must be. */
export async function checkOutputs(
  checks: Checks,
  part: string,
  world: World,
  orders: number,
  expected: ReadonlyMap<string, ExpectedAccount>,
): Promise<void> {
  for (const topic of [topics.audit.name, topics.earned.name]) {
    checks.equal(part, `records in ${topic}`, await readCommitted(world, topic), orders);
  }
  checks.equal(part, 'dead letters', await readCommitted(world, topics.deadLetters.name), 0);
  // The newest record of a key is the balance. Compaction may have begun, so they are not counted.
  const newest = new Map<string, PointsBalance>();
  await readCommitted(world, topics.balances.name, ({ key, value }) => {
    if (key !== null && value !== null) newest.set(key.toString(), world.serdes.balances.deserialize(value));
  });
  checks.equal(
    part,
    'wrong balances in points.balances',
    wrongAccounts(expected, (account) => newest.get(account)),
    0,
  );
}
