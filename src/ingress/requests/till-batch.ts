import { type IngestCommand, schemaVersion } from '../../contracts/index.ts';
import { type MerchantSettings, orderEarnEventId, tokenEventId } from '../../domain/index.ts';
import { asId, askedOf, fingerprintOf } from '../../requests/index.ts';
import { isJsonObject, member, parseJson, scalarText } from '../json.ts';
import { RequestRefusedError } from './request-problem.ts';
import { type InvalidItem, readTillItem, type TillItem } from './till-item.ts';

/** More would keep the till waiting: what one customer earns and spends in turn is published one after the other. */
export const maxBatchItems = 100;

/** A batch as it came: its items are read when it is known whose they are. */
export interface TillBatch {
  /** UUID, lower case; undefined where the body leaves it to the token. */
  readonly merchantId: string | undefined;
  /** 1 to 100, not read yet. */
  readonly items: readonly unknown[];
}

/**
 * Reads the body of `POST /pos/transactions` up to its items.
 * @throws DeliveryRefusedError when it is no JSON
 * @throws RequestRefusedError fields_invalid
 */
export const readTillBatch = (rawBody: Buffer): TillBatch => {
  const body = parseJson(rawBody);
  if (!isJsonObject(body)) throw new RequestRefusedError('fields_invalid');
  const named = member(body, 'merchant_id');
  const merchantId = named === undefined ? undefined : asId(scalarText(named) ?? '');
  const items: unknown = member(body, 'transactions');
  const isBatch = Array.isArray(items) && items.length > 0 && items.length <= maxBatchItems;
  const faults = [
    ...(named !== undefined && merchantId === undefined ? ['merchant_id'] : []),
    ...(isBatch ? [] : ['transactions']),
  ];
  if (!isBatch || faults.length > 0) throw new RequestRefusedError('fields_invalid', faults);
  return { merchantId, items: items as unknown[] };
};

/** An item as the command that goes onto points.ingest. A sale that names its order is the same event as the order. */
export const tillCommand = (item: TillItem, merchantId: string, correlationId: string): IngestCommand => {
  const { type, points, idempotencyToken, orderId, amountMinor, currency } = item;
  return {
    event_id:
      type === 'earn' && orderId !== null
        ? orderEarnEventId(merchantId, orderId)
        : tokenEventId(merchantId, idempotencyToken),
    merchant_id: merchantId,
    customer_id: item.customerId,
    correlation_id: correlationId,
    schema_version: schemaVersion,
    occurred_at: item.occurredAt,
    locale: item.locale,
    delivery_id: null,
    command: {
      'points.PosTransaction': {
        ...{ type, points, idempotency_token: idempotencyToken, order_id: orderId },
        ...{ amount_minor: amountMinor, currency },
      },
    },
  };
};

/** What becomes of an item in its place: `commandAt` is the place of the command that answers it. */
export type PlannedItem =
  | { readonly invalid: InvalidItem }
  | { readonly conflict: true; readonly idempotencyToken: string }
  | { readonly commandAt: number; readonly idempotencyToken: string };

export interface TillPlan {
  /** One for each item, in their order. */
  readonly items: readonly PlannedItem[];
  /** Each once, in the order of the items. */
  readonly commands: readonly IngestCommand[];
}

/** Reads all items, each alone. A token that comes twice is one request, or where the two differ, a conflict. */
export const planBatch = (
  items: readonly unknown[],
  merchant: Pick<MerchantSettings, 'merchantId' | 'currency' | 'defaultLocale'>,
  { now, correlationId }: { readonly now: number; readonly correlationId: string },
): TillPlan => {
  const commands: IngestCommand[] = [];
  const byToken = new Map<string, { readonly commandAt: number; readonly fingerprint: string }>();
  const plan = (value: unknown): PlannedItem => {
    const reading = readTillItem(value, merchant, now);
    if ('invalid' in reading) return reading;
    const { idempotencyToken } = reading.item;
    const command = tillCommand(reading.item, merchant.merchantId, correlationId);
    const fingerprint = fingerprintOf(askedOf(command));
    const before = byToken.get(idempotencyToken);
    if (before !== undefined) {
      if (before.fingerprint !== fingerprint) return { conflict: true, idempotencyToken };
      return { commandAt: before.commandAt, idempotencyToken };
    }
    const commandAt = commands.push(command) - 1;
    byToken.set(idempotencyToken, { commandAt, fingerprint });
    return { commandAt, idempotencyToken };
  };
  return { items: items.map(plan), commands };
};
