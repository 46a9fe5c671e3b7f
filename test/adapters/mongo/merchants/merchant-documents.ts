import { type Document, UUID } from 'mongodb';

/** A document of `merchants` that is fit; its shop is named after the id. */
export const merchantDocument = (changes: Document = {}): Document => {
  const merchantId = new UUID();
  return {
    merchant_id: merchantId,
    shop_domain: `${merchantId.toString()}.myshopify.com`,
    webhook_secrets: ['hush'],
    currency: 'USD',
    earning_rule: { points: 1, per_minor_units: 100 },
    default_locale: 'en',
    retention_days: 180,
    created_at: new Date(0),
    ...changes,
  };
};
