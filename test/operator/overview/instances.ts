import type {
  CheckShown,
  InstanceStatus,
  TaskShown,
  TopologyStatus,
} from '../../../src/operator/status/instance-status.ts';

export const now = 1_700_000_100_000;

export const task = (id: string, changes: Partial<TaskShown> = {}): TaskShown => ({
  ...{ id, state: 'RUNNING', queued: 0, lags: {}, read: {}, written: {}, progressAt: now },
  ...changes,
});

export const check = (name: string, changes: Partial<CheckShown> = {}): CheckShown => ({
  ...{ name, ok: true, reason: null, optional: false, since: now - 40_000, facts: {} },
  ...changes,
});

/** Reads audit_log, writes nothing. */
export const ledger = (tasks: readonly TaskShown[], changes: Partial<TopologyStatus> = {}): TopologyStatus => ({
  ...{ name: 'ledger', groupId: 'points-ledger', state: 'RUNNING', error: null, deadLetterTopic: 'points.dlq' },
  parts: [
    [
      { kind: 'source', name: 'audit-log', parents: [], topics: ['audit_log'], stores: [] },
      { kind: 'processor', name: 'write-ledger', parents: ['audit-log'], topics: [], stores: [] },
    ],
  ],
  ...{ tasks: [...tasks], stores: [] },
  ...changes,
});

/** Reads points.ingest, writes audit_log. */
export const points = (tasks: readonly TaskShown[], changes: Partial<TopologyStatus> = {}): TopologyStatus => ({
  ...{ name: 'points', groupId: 'points-points', state: 'RUNNING', error: null, deadLetterTopic: 'points.dlq' },
  parts: [
    [
      { kind: 'source', name: 'ingest', parents: [], topics: ['points.ingest'], stores: [] },
      { kind: 'processor', name: 'decide', parents: ['ingest'], topics: [], stores: ['accounts'] },
      { kind: 'sink', name: 'audit-log', parents: ['decide'], topics: ['audit_log'], stores: [] },
    ],
  ],
  ...{ tasks: [...tasks], stores: [] },
  ...changes,
});

export const instance = (id: string, changes: Partial<InstanceStatus> = {}): InstanceStatus => ({
  ...{ id, roles: ['processor'], host: 'host', pid: 1, startedAt: now - 100_000, at: now },
  ...{ checks: [], topologies: [], deferred: { records: 0, merchants: [] }, deadLettersLastHour: 0 },
  ...changes,
});
