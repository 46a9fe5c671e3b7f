import { parseMetrics } from './metrics.ts';
import { httpRequest } from '../../common/http-request.ts';

/** What the status line counts with, from one reading to the next. */
interface Reading {
  readonly atMs: number;
  readonly webhooks: number;
}

const withinMs = 2_000;

const page = async (url: string): Promise<{ readonly ok: boolean; readonly text: string }> => {
  const { status, text } = await httpRequest(url, { timeoutMs: withinMs });
  return { ok: status === 200, text };
};

const missing = (ready: string): string => {
  const { checks = {} } = JSON.parse(ready) as { readonly checks?: Readonly<Record<string, { readonly ok: boolean }>> };
  const names = Object.entries(checks).flatMap(([name, { ok }]) => (ok ? [] : [name]));
  return `NOT ready: ${names.join(', ')}`;
};

/**
 * Reads the service's own pages into one line: ready or what is missing, webhooks and their rate since the last reading,
 * ledger entries decided.
 * @param http base URL
 */
export const createStatusReader = (http: string): (() => Promise<string>) => {
  let last: Reading | undefined;
  return async () => {
    try {
      const [ready, metrics] = await Promise.all([page(`${http}/ready`), page(`${http}/metrics`)]);
      const sums = parseMetrics(metrics.text);
      const now = { atMs: performance.now(), webhooks: sums.get('points_webhooks_total') ?? 0 };
      const perSecond = last === undefined ? 0 : ((now.webhooks - last.webhooks) * 1000) / (now.atMs - last.atMs);
      last = now;
      return [
        ready.ok ? 'ready' : missing(ready.text),
        `${now.webhooks} webhooks (${perSecond.toFixed(1)}/s)`,
        `${sums.get('points_transactions_total') ?? 0} ledger entries`,
        'Ctrl-C stops everything',
      ].join(' · ');
    } catch {
      // Whoever watches sees it on the next line; a service that has died is told elsewhere.
      return 'the service does not answer';
    }
  };
};
