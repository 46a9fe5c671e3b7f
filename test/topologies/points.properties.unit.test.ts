import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, IngestCommand } from '../../src/contracts/index.ts';
import { usualTerms } from '../../src/domain/index.ts';
import { atTill, cancelled, redemption, refunded, rewardOf, settled, tiered, tokenOf } from './points-commands.ts';
import { PointsModel } from './points-model.ts';
import { ann, ben, jpy, ordered, pointsRig, redemptionTimeoutMs, serdes, usd } from './points-rig.ts';
import { accountsStore } from '../../topologies/points/index.ts';

const bonus = 500;

const merchant = fc.constantFrom(usd, jpy);
const customer = fc.constantFrom(ann, ben);
const order = fc.integer({ min: 1, max: 4 }).map(String);
const amountMinor = fc.integer({ min: 0, max: 20_000 });
const points = fc.integer({ min: 1, max: 250 });

/** A few orders, tokens and rewards, so that what belongs together meets, and what does not gets in each other's way. */
const command: fc.Arbitrary<IngestCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ order, amountMinor, merchant, customer }).map(ordered) },
  { weight: 2, arbitrary: fc.record({ order, merchant, customer }).map(cancelled) },
  {
    weight: 3,
    arbitrary: fc
      .record({ order, merchant, amountMinor, refund: fc.integer({ min: 1, max: 3 }).map(String) })
      .map(refunded),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        ...{ merchant, customer, points, type: fc.constantFrom('earn' as const, 'spend' as const) },
        token: fc.integer({ min: 10, max: 15 }).map(tokenOf),
      })
      .map(atTill),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        ...{ merchant, customer, points },
        token: fc.integer({ min: 1, max: 4 }).map(tokenOf),
        reward: fc.integer({ min: 1, max: 3 }).map(rewardOf),
      })
      .map(redemption),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        ...{ merchant, customer, outcome: fc.constantFrom('completed' as const, 'failed' as const) },
        token: fc.integer({ min: 1, max: 4 }).map(tokenOf),
      })
      .map(settled),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ merchant, customer, event: fc.integer({ min: 20, max: 22 }).map(tokenOf) })
      .map((one) => tiered({ ...one, tier: 'gold' })),
  },
);

type Step =
  | { readonly kind: 'batch'; readonly commands: readonly IngestCommand[]; readonly isReplay: boolean }
  | { readonly kind: 'restart' }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      commands: fc.array(command, { minLength: 1, maxLength: 12 }),
      isReplay: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(10_000, redemptionTimeoutMs / 2, redemptionTimeoutMs + 1_000).map((ms) => ({
      kind: 'wait' as const,
      ms,
    })),
  },
);

const world = () => {
  const rig = pointsRig();
  for (const [id, one] of rig.world.merchants) {
    rig.world.merchants.set(id, {
      ...one,
      ...{ currency: 'USD', rateLimitPerSecond: 10_000, overdraft: usualTerms.overdraft },
      tierBonuses: new Map([['gold', bonus]]),
    });
  }
  return rig;
};

const moved = ({ type, points: by }: AuditEntry): number => (type === 'earn' || type === 'bonus' ? by : -by);

describe('any history, with repeats, in any order, in batches of any size and across restarts', () => {
  it('leaves the balances of a simple model, and books that add up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const rig = world();
        const model = new PointsModel(redemptionTimeoutMs, bonus);
        const audits: AuditEntry[] = [];
        for (const one of steps) {
          if (one.kind === 'batch') {
            await (one.isReplay ? rig.replayed : rig.commands)(...one.commands);
            for (const told of one.commands) model.tell(told, rig.driver.now());
          } else if (one.kind === 'restart') {
            rig.driver.restart();
          } else {
            await rig.driver.advanceWallClockTime(one.ms);
            model.pass(rig.driver.now());
          }
          audits.push(...rig.audit());
        }
        expect(rig.deadLetters()).toEqual([]);
        const accounts = new Map(await rig.driver.storeEntries(accountsStore(serdes.accounts)));

        // The model agrees about every account.
        const balances = [...accounts].map(([key, { balance }]) => [key, balance] as const);
        expect(new Map(balances.filter(([, balance]) => balance !== 0))).toEqual(
          new Map([...model.balances].filter(([, balance]) => balance !== 0).sort(([a], [b]) => (a < b ? -1 : 1))),
        );

        // Books that add up: sequences without a hole, each balance the one before and the entry, never below zero.
        const ledger = audits.filter(({ kind }) => kind === 'ledger');
        const books = new Map<string, { sequence: number; balance: number }>();
        for (const entry of ledger) {
          const key = `${entry.merchant_id}:${entry.customer_id}`;
          const before = books.get(key) ?? { sequence: 0, balance: 0 };
          const after = { sequence: before.sequence + 1, balance: before.balance + moved(entry) };
          expect({ sequence: entry.sequence, balance: entry.balance_after }).toEqual(after);
          expect(after.balance).toBeGreaterThanOrEqual(0);
          books.set(key, after);
        }
        expect(new Map([...books].map(([key, { balance, sequence }]) => [key, { balance, sequence }]))).toEqual(
          new Map([...accounts].map(([key, { balance, sequence }]) => [key, { balance, sequence }])),
        );

        // Once per effect.
        const effects = ledger.map(({ merchant_id, event_id }) => `${merchant_id}:${event_id}`);
        expect(new Set(effects).size).toBe(effects.length);
        for (const debit of ledger.filter(({ event_type }) => event_type === 'reward.redemption')) {
          const returns = ledger.filter(
            ({ event_type, merchant_id, redemption_id }) =>
              event_type === 'redemption.returned' &&
              merchant_id === debit.merchant_id &&
              redemption_id === debit.event_id,
          );
          expect(returns.map((entry) => [entry.points, entry.customer_id])).toEqual(
            returns.length === 0 ? [] : [[debit.points, debit.customer_id]],
          );
        }
      }),
      { numRuns: 300 },
    );
    // Three hundred histories are seconds of work, and a busy machine takes its time.
  }, 60_000);

  it('changes nothing more when all of it is told again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (commands) => {
        const rig = world();
        await rig.commands(...commands);
        const before = await rig.driver.storeEntries(accountsStore(serdes.accounts));
        rig.audit();
        rig.driver.restart();
        await rig.replayed(...commands);
        await rig.commands(...commands.toReversed());
        expect(rig.audit()).toEqual([]);
        expect(await rig.driver.storeEntries(accountsStore(serdes.accounts))).toEqual(before);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
