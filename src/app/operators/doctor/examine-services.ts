import { createAuthClient } from '../../../adapters/auth/index.ts';
import { createCoreClient } from '../../../adapters/core/index.ts';
import { createRegistry } from '../../../adapters/registry/index.ts';
import type { Clock } from '../../../common/clock.ts';
import type { Transport } from '../../transport.ts';
import { examining, type Finding, ok } from './finding.ts';

const patienceMs = 5_000;

export const examineRegistry = (url: string, transport: Transport): Promise<readonly Finding[]> => {
  const advice =
    'See whether SCHEMA_REGISTRY_URL names it with its path. Processes that run know their schemas; none can start or read a new one';
  return examining('schema registry', { advice, runbook: 'kafka-loss' }, async () => {
    await createRegistry({ url, timeoutMs: patienceMs, tls: transport.registry }).ping();
    return [ok('schema registry', 'answers')];
  });
};

export const examineAuth = (host: string, transport: Transport, clock: Clock): Promise<readonly Finding[]> => {
  const advice = 'See whether AUTH_HOST names it and whether certificates fit. Nothing is read or redeemed without it';
  return examining('Auth', { advice, runbook: 'rotate-secrets-and-certificates' }, async () => {
    const client = createAuthClient({ host, clock, timeoutMs: patienceMs, certificates: transport.grpcClient });
    try {
      await client.ping(patienceMs);
      return [ok('Auth', 'can be reached')];
    } finally {
      client.close();
    }
  });
};

export const examineCore = (host: string, transport: Transport, clock: Clock): Promise<readonly Finding[]> => {
  const advice =
    'See whether CORE_HOST names it. Merchants with customer_validation=core give no points meanwhile: replay their dead letters when it is back';
  return examining('Core', { advice, runbook: 'dead-letters-and-replay' }, async () => {
    const client = createCoreClient({ host, clock, timeoutMs: patienceMs, certificates: transport.grpcClient });
    try {
      await client.ping(patienceMs);
      return [ok('Core', 'can be reached')];
    } finally {
      client.close();
    }
  });
};
