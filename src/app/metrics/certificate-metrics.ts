import { Counter, Gauge, type Registry } from 'prom-client';
import type { CertificateWatcher } from '../../adapters/tls/index.ts';

/** Tells of the certificates in use; `watchers` is asked at each scrape. @returns what counts a refusal */
export function createCertificateMetrics(
  registry: Registry,
  watchers: () => readonly CertificateWatcher[],
): (name: string) => void {
  const registers = [registry];
  new Gauge({
    name: 'points_certificate_not_after_seconds',
    help: 'When the certificate in use ends, seconds since the epoch',
    ...{ labelNames: ['name'] as const, registers },
    collect() {
      for (const { name, current } of watchers()) this.set({ name }, current.notAfter / 1_000);
    },
  });
  new Gauge({
    name: 'points_certificate_rejected',
    help: 'Whether newer certificate files are refused, so that those in use are not those on disk',
    ...{ labelNames: ['name'] as const, registers },
    collect() {
      for (const { name, isRefusing } of watchers()) this.set({ name }, isRefusing ? 1 : 0);
    },
  });
  const failures = new Counter({
    name: 'points_certificate_reload_failures_total',
    help: 'Certificate files that were refused while the process ran',
    ...{ labelNames: ['name'] as const, registers },
  });
  return (name) => {
    failures.inc({ name });
  };
}
