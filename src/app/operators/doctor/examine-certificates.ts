import type { Clock } from '../../../common/clock.ts';
import type { Transport } from '../../transport.ts';
import { examining, type Finding, ok, warning } from './finding.ts';

const runbook = 'rotate-secrets-and-certificates';
const dayMs = 24 * 60 * 60 * 1000;
/** Whoever renews them does so with a third of their time left; the last day is late for all. */
const lateMs = dayMs;

const parts = {
  'gRPC server': 'grpcServer',
  'calls to Auth and Core': 'grpcClient',
} as const satisfies Readonly<Record<string, keyof Transport>>;

/** The certificate files of gRPC, as a process that starts now would take them; what is not set is not told. */
export const examineCertificates = async (transport: Transport, clock: Clock): Promise<readonly Finding[]> => {
  const findings = Object.entries(parts).map(([name, part]) => {
    const advice = 'Have new files written, all of them; processes that run keep the last good ones';
    return examining(`certificate of ${name}`, { advice, runbook }, async () => {
      const certificates = transport[part]?.current;
      if (certificates === undefined) return [];
      const found = `ends ${new Date(certificates.notAfter).toISOString()}`;
      if (certificates.notAfter - clock.now() > lateMs) return [ok(`certificate of ${name}`, found)];
      return [warning(`certificate of ${name}`, { found, advice: 'See why it has not been renewed', runbook })];
    });
  });
  return (await Promise.all(findings)).flat();
};
