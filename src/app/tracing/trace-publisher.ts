import type { IngestCommand } from '../../contracts/index.ts';
import { topics } from '../../contracts/index.ts';
import { attribute, inSpan, type Tracing } from '../../common/tracing.ts';

interface Publisher<Rest extends readonly unknown[], Outcome> {
  readonly publish: (command: IngestCommand, ...rest: Rest) => Promise<Outcome>;
}

/** The publisher with a span around each publish; the one it was where tracing is off. */
export const tracePublisher = <Rest extends readonly unknown[], Outcome>(
  tracing: Tracing | undefined,
  publisher: Publisher<Rest, Outcome>,
): Publisher<Rest, Outcome> => {
  if (tracing === undefined) return publisher;
  const topic = topics.ingest.name;
  return {
    publish: (command, ...rest) => {
      const { correlation_id, merchant_id } = command;
      const whose = { [attribute.merchantId]: merchant_id };
      tracing.active()?.set(whose);
      const attributes = {
        ...whose,
        ...{ 'messaging.system': 'kafka', 'messaging.operation.type': 'send', 'messaging.operation.name': 'send' },
        'messaging.destination.name': topic,
      };
      return inSpan(
        tracing,
        `send ${topic}`,
        { kind: 'producer', attributes, correlationId: correlation_id },
        async (span) => {
          const outcome = await publisher.publish(command, ...rest);
          if (typeof outcome === 'string') span?.set({ [attribute.outcome]: outcome });
          return outcome;
        },
      );
    },
  };
};
