import type { ConsumedRecord } from '../streams/ports.ts';

/** A merchant's id alone, or before a customer's. */
const merchantKey = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?::|$)/i;

/** The merchant a record's key names, in lower case; null for any other key. The value is not looked into. */
export const merchantOf = ({ key }: Pick<ConsumedRecord, 'key'>): string | null =>
  merchantKey.exec(key?.toString() ?? '')?.[1]?.toLowerCase() ?? null;
