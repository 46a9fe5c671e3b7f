// What both scripts share: a shop that sends signed orders, and a frontend that reads balances over gRPC.
import crypto from 'k6/crypto';
import grpc from 'k6/net/grpc';
import http from 'k6/http';
import { check } from 'k6';

/** What perf/k6/run.ts knows of the running service. */
export const known = JSON.parse(open(__ENV.POINTS_K6));

const client = new grpc.Client();
client.load([known.protoFolder], 'points.proto');
let isConnected = false;

/** Orders nobody has sent before: the run, the virtual user and its own count make the id. */
export function sendOrder(vu, iteration) {
  const merchant = known.merchants[iteration % known.merchants.length];
  const body = JSON.stringify({
    id: known.firstOrderId + vu * 1e6 + iteration,
    created_at: new Date().toISOString(),
    currency: merchant.currency,
    subtotal_price: merchant.currency === 'JPY' ? '2500' : '25.00',
    test: false,
    customer_locale: ['en', 'ar', 'he'][iteration % 3],
    customer: { id: known.firstCustomer + ((vu * 7919 + iteration) % known.customers) },
  });
  const answer = http.post(`${known.http}/orders/create`, body, {
    headers: {
      'Content-Type': 'application/json',
      'X-Shopify-Topic': 'orders/create',
      'X-Shopify-Shop-Domain': merchant.shopDomain,
      'X-Shopify-Webhook-Id': `k6-${known.firstOrderId}-${vu}-${iteration}`,
      'X-Shopify-Hmac-Sha256': crypto.hmac('sha256', merchant.secret, body, 'base64'),
    },
    timeout: '5s',
  });
  check(answer, { 'the order is taken': ({ status }) => status === 200 });
}

export function readBalance(customerIds, iteration) {
  if (!isConnected) client.connect(known.grpc, { plaintext: true, timeout: '5s' });
  isConnected = true;
  const answer = client.invoke(
    'points.v1/GetPointsBalance',
    {
      merchant_id: known.merchants[0].merchantId,
      customer_id: customerIds[iteration % customerIds.length],
      locale: ['en', 'ar', 'he'][iteration % 3],
    },
    { metadata: { authorization: `Bearer ${known.token}` }, timeout: '2s' },
  );
  check(answer, { 'the balance is read': ({ status }) => status === grpc.StatusOK });
}
