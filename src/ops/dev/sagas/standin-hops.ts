import { httpRequest } from '../../../common/http-request.ts';
import type { AvroRecords } from '../../../contracts/index.ts';
import type { KeptRecord } from '../standins/archive.ts';
import type { KnownRfm } from '../standins/core.ts';
import { describeRecord, type FollowedRecord, type Hop } from '../../../follow/index.ts';

const timeoutMs = 5_000;

const recordOf: Readonly<Record<string, FollowedRecord>> = {
  audit_log: 'AuditEntry',
  'points.earned': 'PointsEarned',
  'task.created': 'TaskCreated',
};

/** What the stand-in answers; nothing where the service is somebody else's. */
const ask = async <Row>(url: string): Promise<readonly Row[] | null> => {
  const { status, text } = await httpRequest(url, { timeoutMs });
  return status === 200 ? (JSON.parse(text) as readonly Row[]) : null;
};

/** Whether Core is stood in for, and can be asked what it has learnt. @param control base URL */
export const isCoreOurs = async (control: string): Promise<boolean> =>
  (await ask(`${control}/core/rfm?correlation_id=-`)) !== null;

/**
 * What the stand-ins for Core and AdminCore have got.
 * @param control base URL
 * @throws DependencyUnavailableError
 */
export const standinHops = async (control: string, correlationId: string): Promise<readonly Hop[]> => {
  const query = `correlation_id=${encodeURIComponent(correlationId)}`;
  const [rfm, kept] = await Promise.all([
    ask<KnownRfm>(`${control}/core/rfm?${query}`),
    ask<KeptRecord>(`${control}/admincore/records?${query}`),
  ]);
  return [
    ...(rfm ?? []).map(({ learnt_at, recency, frequency, monetary }) => ({
      at: learnt_at,
      where: 'Core',
      what: `RFM: recency ${recency} s, frequency ${frequency}, monetary ${monetary}`,
      eventId: null,
    })),
    ...(kept ?? []).map(({ kept_at, topic, record }) => {
      const name = recordOf[topic] ?? 'AuditEntry';
      const { what, eventId } = describeRecord(name, record as unknown as AvroRecords[typeof name]);
      return { at: kept_at, where: `AdminCore ${topic}`, what, eventId };
    }),
  ];
};
