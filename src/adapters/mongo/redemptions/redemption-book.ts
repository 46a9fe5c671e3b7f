import type { UUID } from 'mongodb';
import type { RedemptionBook } from '../../../audit/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { onMongo } from '../failures.ts';

const collection = 'reward_redemptions';

/** Redemptions as `points verify` reads them: by their idempotency tokens. */
export const createRedemptionBook = ({ database }: Pick<MongoConnection, 'database'>): RedemptionBook => ({
  async statuses(redemptions) {
    const wanted = redemptions.flatMap(({ merchantId, token }) => {
      const [merchant_id, idempotency_token] = [uuidOf(merchantId), uuidOf(token)];
      return merchant_id === undefined || idempotency_token === undefined ? [] : [{ merchant_id, idempotency_token }];
    });
    if (wanted.length === 0) return new Map();
    const projection = { _id: 0, merchant_id: 1, idempotency_token: 1, status: 1 };
    const found = await onMongo(() =>
      database.collection(collection).find(tokensFilter(wanted), { projection }).toArray(),
    );
    return new Map(
      found.map((each) => [
        `${String(each['merchant_id'])}:${String(each['idempotency_token'])}`,
        String(each['status']),
      ]),
    );
  },
});

/** Merchant by merchant, so that the unique index led by merchant_id serves it. */
const tokensFilter = (wanted: readonly { readonly merchant_id: UUID; readonly idempotency_token: UUID }[]) => ({
  $or: [...Map.groupBy(wanted, ({ merchant_id }) => merchant_id.toString()).values()].map((own) => ({
    merchant_id: own[0]?.merchant_id,
    idempotency_token: { $in: own.map(({ idempotency_token }) => idempotency_token) },
  })),
});
