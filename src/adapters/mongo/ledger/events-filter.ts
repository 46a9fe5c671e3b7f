import type { Document, UUID } from 'mongodb';

/** Finds events by their ids, merchant by merchant, so that the index led by merchant_id serves them. */
export const eventsFilter = (events: readonly { readonly merchant_id: UUID; readonly event_id: UUID }[]): Document => {
  const byMerchant = Map.groupBy(events, ({ merchant_id }) => merchant_id.toString());
  return {
    $or: [...byMerchant.values()].map((ofMerchant) => ({
      merchant_id: ofMerchant[0]?.merchant_id,
      event_id: { $in: ofMerchant.map(({ event_id }) => event_id) },
    })),
  };
};
