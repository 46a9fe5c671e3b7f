import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMessages } from '../../src/domain/index.ts';
import { LocalTokenBuckets, type Topology } from '../../src/streams/index.ts';
import { balancesTopology } from '../../topologies/balances/index.ts';
import { ingestTopology } from '../../topologies/ingest/index.ts';
import { ledgerTopology } from '../../topologies/ledger/index.ts';
import { pointsTopology } from '../../topologies/points/index.ts';
import { redemptionsTopology } from '../../topologies/redemptions/index.ts';
import { avroSerde } from './serdes.ts';

const folder = join(import.meta.dirname, '..', '..', 'topologies');

const topologies: Readonly<Record<string, Topology>> = {
  ingest: ingestTopology({
    serdes: {
      ingest: avroSerde('IngestCommand'),
      tiers: avroSerde('VipTierAssigned'),
      tasksCreated: avroSerde('TaskCreated'),
      tasksFailed: avroSerde('TaskFailed'),
    },
  }),
  points: pointsTopology({
    serdes: {
      ingest: avroSerde('IngestCommand'),
      earned: avroSerde('PointsEarned'),
      audit: avroSerde('AuditEntry'),
      balances: avroSerde('PointsBalance'),
      accounts: avroSerde('AccountState'),
      seenEvents: avroSerde('SeenEvent'),
      orders: avroSerde('OrderState'),
      redemptions: avroSerde('RedemptionState'),
      rewards: avroSerde('RewardState'),
      rewardRedemptions: avroSerde('RewardRedemption'),
    },
    merchants: { byId: () => Promise.resolve(undefined) },
    appliedEvents: { find: () => Promise.resolve(new Set()) },
    messages: createMessages(() => undefined),
    redemptionTimeoutMs: 900_000,
    buckets: new LocalTokenBuckets(),
  }),
  ledger: ledgerTopology({
    auditSerde: avroSerde('AuditEntry'),
    write: () => Promise.resolve([]),
    carryOut: () => Promise.resolve(),
    markProcessed: () => Promise.resolve(),
  }),
  redemptions: redemptionsTopology({
    auditSerde: avroSerde('AuditEntry'),
    tell: () => Promise.resolve(),
    write: () => Promise.resolve([]),
  }),
  balances: balancesTopology({ balanceSerde: avroSerde('PointsBalance'), write: () => Promise.resolve() }),
};

/** What lies beside the topology; written anew where UPDATE_GOLDEN=1, for the change to be seen in review. */
const golden = (name: string, file: string, current: string): string => {
  const path = join(folder, name, file);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, current);
  return readFileSync(path, 'utf8');
};

describe.each(Object.entries(topologies))('the topology %s', (name, topology) => {
  it('has the name of its folder', () => {
    expect(topology.name).toBe(name);
  });

  it('is what topology.txt beside it says', () => {
    expect(topology.describe()).toBe(golden(name, 'topology.txt', topology.describe()));
  });

  it('is what topology.mmd beside it draws', () => {
    expect(topology.mermaid()).toBe(golden(name, 'topology.mmd', topology.mermaid()));
  });

  it('gives every step a name that says what it does', () => {
    expect(topology.nodes.map((node) => node.name).filter((node) => node.startsWith('KSTREAM-'))).toEqual([]);
  });
});

describe('the README', () => {
  it('shows the picture of topologies/points as the engine draws it', () => {
    const path = join(folder, '..', 'README.md');
    const picture = /^(```mermaid file=topologies\/points\/topology\.mmd\n)([\s\S]*?)^```$/m;
    const drawn = topologies['points']?.mermaid() ?? '';
    if (process.env['UPDATE_GOLDEN'] === '1') {
      const text = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        text.replace(picture, (_all, head: string) => `${head}${drawn}\`\`\``),
      );
    }
    expect(picture.exec(readFileSync(path, 'utf8'))?.[2]).toBe(drawn);
  });
});
