import type { AuditEntry } from '../contracts/index.ts';
import { Accounts } from './accounts.ts';
import { type Fault, Faults } from './faults.ts';
import { LaterClaims } from './later.ts';
import { compareEntries, followLedger } from './ledger-lines.ts';
import type { CacheBook, LedgerBook, Projections, RedemptionBook } from './ports.ts';
import { RedemptionSteps } from './redemption-steps.ts';
import { readAudit, readBalances, type Stretch, type Trail } from './trail.ts';

export interface VerifyParts {
  readonly trail: Trail;
  /** Partitions that are looked at: all, or a merchant's. */
  readonly partitions: readonly number[];
  /** The partition a merchant's records are in. */
  readonly partitionOf: (merchantId: string) => number;
  readonly ledger: LedgerBook;
  readonly redemptions: RedemptionBook;
  readonly cache: CacheBook;
  readonly projections: Projections;
  /** Told after each partition: how many audit records have been read in all. */
  readonly onProgress?: (partition: number, records: number) => void;
}

/** What was looked at, and what was found to be wrong. */
export interface VerifyReport {
  readonly accounts: number;
  /** Ledger entries in audit_log, and in points_transactions. */
  readonly entries: number;
  readonly ledgerEntries: number;
  readonly redemptions: number;
  /** Values the cache held. */
  readonly cached: number;
  /** Points of all accounts together. */
  readonly points: number;
  /** Accounts whose oldest entries audit_log does not have any more: of these the ledger alone was followed. */
  readonly begunBefore: number;
  readonly faults: number;
  /** The first hundred. */
  readonly firstFaults: readonly Fault[];
}

/**
 * Proves the books: rebuilds every account from audit_log and holds the ledger, points.balances, the cache and the
 * redemptions against it. Goes partition by partition, up to where each ends when its turn comes; what the books say beyond
 * that is held against what audit_log has said since, so it may be run while points are earned.
 *
 * In memory are the accounts of one partition and the redemptions that are open, never the entries.
 *
 * @throws ProjectionBehindError when a projection has not caught up, so that nothing can be said
 * @throws DependencyUnavailableError
 */
export async function verifyBooks(parts: VerifyParts): Promise<VerifyReport> {
  const faults = new Faults();
  const counts = { accounts: 0, entries: 0, ledgerEntries: 0, redemptions: 0, cached: 0, points: 0, begunBefore: 0 };
  let records = 0;
  const merchants = await merchantsByPartition(parts);
  for (const partition of parts.partitions) {
    const one = await verifyPartition(parts, partition, merchants.get(partition) ?? [], faults);
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += one[name];
    records += one.records;
    parts.onProgress?.(partition, records);
  }
  return { ...counts, faults: faults.count, firstFaults: faults.first };
}

/** Also of merchants that audit_log does not know: what is theirs would be seen nowhere else. */
async function merchantsByPartition({
  trail,
  ledger,
  partitionOf,
}: VerifyParts): Promise<ReadonlyMap<number, string[]>> {
  const found: string[] = [];
  if (trail.merchantId !== undefined) found.push(trail.merchantId);
  else for await (const merchantId of ledger.merchants()) found.push(merchantId);
  return Map.groupBy(found, partitionOf);
}

async function verifyPartition(parts: VerifyParts, partition: number, merchants: readonly string[], faults: Faults) {
  const { trail, ledger, redemptions, cache, projections } = parts;
  const { low } = await trail.admin.offsets({ topic: trail.audit.topic, partition });
  const stretch = { partition, from: low, to: await trail.admin.endOffset({ topic: trail.audit.topic, partition }) };
  await projections.past('ledger', partition, stretch.to);
  const later = new LaterClaims();
  const accounts = new Accounts(low > 0, faults, later);
  const steps = new RedemptionSteps();
  const erasures: AuditEntry[] = [];
  let [records, entries, ledgerEntries, cached] = [0, 0, 0, 0];

  await readAudit(trail, stretch, faults, async (all) => {
    records += all.length;
    for (const entry of all) {
      if (entry.kind === 'redemption') steps.take(entry);
      // Few: people ask for them one by one.
      if (entry.kind === 'action' && entry.event_type.endsWith('.redact')) erasures.push(entry);
    }
    const own = all.filter(({ kind }) => kind === 'ledger');
    entries += own.length;
    for (const entry of own) accounts.audited(entry);
    await compareEntries(own, ledger, faults, later);
    if (steps.hasEnded) {
      await projections.past('redemptions', partition, stretch.to);
      await steps.compareEnded(redemptions, faults);
    }
  });
  if (steps.hasOpen) {
    await projections.past('redemptions', partition, stretch.to);
    await steps.compareOpen(redemptions, faults, later);
  }

  for (const merchantId of merchantsOf(accounts, merchants)) {
    ledgerEntries += await followLedger(merchantId, ledger, accounts, faults);
  }
  await compareBalances(parts, partition, accounts, faults);
  for (const some of slices([...accounts.all.values()])) {
    for (const [index, value] of (await cache.read(some)).entries()) {
      const account = some[index];
      if (account === undefined) continue;
      if (value.is !== 'absent') cached += 1;
      accounts.cached(account, value);
    }
  }

  for (const erasure of erasures) later.confirm(erasure);
  if (!later.isEmpty) await confirmLater(parts, stretch, faults, later);
  later.settle(faults);
  const all = [...accounts.all.values()];
  return {
    ...{ records, entries, ledgerEntries, cached, accounts: all.length, redemptions: steps.count },
    points: all.reduce((sum, { chain }) => sum + chain.balance, 0),
    begunBefore: low > 0 ? all.filter(({ chain, isGiven }) => isGiven === true || chain.first > 1).length : 0,
  };
}

const merchantsOf = (accounts: Accounts, others: readonly string[]): ReadonlySet<string> =>
  new Set([...others, ...[...accounts.all.values()].map(({ merchantId }) => merchantId)]);

async function compareBalances(
  { trail, projections }: VerifyParts,
  partition: number,
  accounts: Accounts,
  faults: Faults,
): Promise<void> {
  const place = { topic: trail.balances.topic, partition };
  const { low } = await trail.admin.offsets(place);
  const to = await trail.admin.endOffset(place);
  await readBalances(trail, { partition, from: low, to }, faults, async (balances) => {
    for (const { merchant_id, customer_id, sequence, balance } of balances) {
      accounts.balance({ merchantId: merchant_id, customerId: customer_id }, sequence, balance);
    }
  });
  accounts.balancesEnded();
  // What the cache is asked next.
  await projections.past('balances', partition, to);
}

/** Whatever is in a book that follows audit_log is in audit_log by now. */
async function confirmLater({ trail }: VerifyParts, read: Stretch, faults: Faults, later: LaterClaims): Promise<void> {
  const to = await trail.admin.endOffset({ topic: trail.audit.topic, partition: read.partition });
  await readAudit(trail, { partition: read.partition, from: read.to, to }, faults, async (all) => {
    for (const entry of all) later.confirm(entry);
  });
}

const perRoundTrip = 500;

const slices = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / perRoundTrip) }, (_, n) =>
    items.slice(n * perRoundTrip, (n + 1) * perRoundTrip),
  );
