import { toError } from '../common/errors.ts';
import type { ConsumedRecord } from '../streams/ports.ts';
import { type Hop, inOrder } from './hop.ts';
import type { FollowedDocuments, RecordReader } from './ports.ts';
import type { FoundHop } from './search.ts';

export const headerOf = ({ headers }: ConsumedRecord): string | null => headers['correlation_id']?.toString() ?? null;

interface Account {
  readonly merchantId: string;
  readonly customerId: string;
}

/** Records in which the id was found, and the documents that follow from them, as hops in their order. */
export async function tellHops(
  found: readonly ConsumedRecord[],
  { records, documents }: { readonly records: RecordReader; readonly documents: FollowedDocuments },
  correlationId: string,
): Promise<readonly FoundHop[]> {
  const hops: FoundHop[] = [];
  const accounts = new Map<string, Account>();
  for (const record of found) {
    const said = await records.read(record);
    // The bytes hold it somewhere: only a record that is about it counts.
    if (headerOf(record) !== correlationId && said.correlationId !== correlationId) continue;
    const { topic: where, partition, offset, timestamp: at } = record;
    hops.push({ at, where, what: said.what, eventId: said.eventId, partition, offset });
    const { merchantId, customerId } = said;
    if (merchantId !== null && customerId !== null) {
      accounts.set(`${merchantId} ${customerId}`, { merchantId, customerId });
    }
  }
  const written = await Promise.all([...accounts.values()].map((each) => documentsOf(documents, correlationId, each)));
  return inOrder([...hops, ...written.flat().map((hop) => afterDecision(hop, hops))]) as readonly FoundHop[];
}

/** MongoDB may be what is away, and the topics tell most. */
async function documentsOf(
  documents: FollowedDocuments,
  correlationId: string,
  { merchantId, customerId }: Account,
): Promise<readonly Hop[]> {
  try {
    return await documents.of(correlationId, merchantId, customerId);
  } catch (error) {
    return [{ at: 0, where: 'Mongo', what: `not looked into: ${toError(error).message}`, eventId: null }];
  }
}

/** A document says when its event happened, not when it was written, which was after the decision. */
function afterDecision(hop: Hop, hops: readonly FoundHop[]): FoundHop {
  const audited = hops.filter(({ where }) => where === 'audit_log');
  const decided = audited.filter(({ eventId }) => hop.eventId === null || eventId === hop.eventId);
  return { ...hop, at: Math.max(hop.at, ...decided.map(({ at }) => at)), partition: null, offset: null };
}
