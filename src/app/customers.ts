import { createCircuitBreaker, createCoreClient, createCustomerDirectory } from '../adapters/core/index.ts';
import { isRetryable } from '../common/errors.ts';
import type { CustomerSource } from '../../topologies/points/customers.ts';
import { createCoreMetrics } from './metrics/core-metrics.ts';
import { failed, passed } from './health.ts';
import type { RoleContext } from './role.ts';
import { recordSpan } from './tracing/record-spans.ts';

/** Within a health check's second. */
const pingWithinMs = 900;

/**
 * Who is a merchant's customer, as Core says; undefined where CORE_HOST is not set: then nobody is asked. A Core that is
 * away is told by /ready and does not make it fail: what needs no customer goes on, the rest is a dead letter that may be
 * sent again.
 */
export function createCustomers({
  config,
  logger,
  metrics,
  health,
  lifecycle,
  clock,
  tracing,
  transport,
}: Pick<RoleContext<'processor'>, 'logger' | 'metrics' | 'health' | 'lifecycle' | 'clock' | 'tracing'> & {
  readonly config: Pick<RoleContext<'processor'>['config'], 'coreHost' | 'coreTimeoutMs'>;
  readonly transport: Pick<RoleContext['transport'], 'grpcClient'>;
}): CustomerSource | undefined {
  const { coreHost: host, coreTimeoutMs: timeoutMs } = config;
  if (host === undefined) return undefined;
  const core = createCoreClient({ host, clock, timeoutMs, tracing, certificates: transport.grpcClient });
  lifecycle.add('core', () => {
    core.close();
  });
  let isLost = false;
  const breaker = createCircuitBreaker({
    dependency: 'Core',
    clock,
    isFailure: isRetryable,
    onChange: (state) => {
      // It opens again after every try that fails: that is no news.
      if (state === 'open' && !isLost)
        logger.warn({ dependency: 'Core' }, 'Core fails, so it is asked only now and then');
      if (state === 'closed') logger.info({ dependency: 'Core' }, 'Core is asked again');
      if (state !== 'half-open') isLost = state === 'open';
    },
  });
  const { lookups, latency } = createCoreMetrics(metrics.registry, () => breaker.state());
  health.register('core', {
    optional: true,
    ready: async () => {
      await core.ping(pingWithinMs);
      return breaker.state() === 'closed' ? passed : failed('Core fails, so it is not asked for a moment');
    },
  });
  return createCustomerDirectory({
    core: {
      ask: (question) => {
        const end = latency.startTimer();
        // For one record of its micro-batch, on whose trace it is then.
        const span = recordSpan(question.correlationId);
        const answer = span === undefined ? core.ask(question) : span.run(() => core.ask(question));
        return answer.finally(() => end());
      },
    },
    breaker,
    clock,
    onLookup: (result) => {
      lookups.inc({ result });
    },
  });
}
