import type { DocumentHops } from './document-hops.ts';
import { type Hop, inOrder } from '../../../follow/index.ts';
import { standinHops } from './standin-hops.ts';
import type { TopicHops } from './topic-hops.ts';

export interface HopSources {
  readonly topics: Pick<TopicHops, 'of'>;
  readonly documents: Pick<DocumentHops, 'of'>;
  /** Base URL of where the stand-ins are asked. */
  readonly standins: string;
}

/** Every place at which a correlation id is found now, in order. @throws DependencyUnavailableError */
export const findHops = async (
  { topics, documents, standins }: HopSources,
  correlationId: string,
): Promise<readonly Hop[]> => {
  const onTopics = topics.of(correlationId);
  const [inDocuments, atStandins] = await Promise.all([
    documents.of(correlationId, onTopics),
    standinHops(standins, correlationId),
  ]);
  return inOrder([...onTopics, ...inDocuments, ...atStandins]);
};
