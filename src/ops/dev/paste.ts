import { type DevFile, devFilePath, type DevMerchant } from './dev-file.ts';
import { demoCustomer, type DemoShop } from './sample-orders.ts';

/** Shell words in single quotes: nothing in them means anything to the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const merchantAt = (devFile: DevFile, shop: DemoShop): { readonly merchant: DevMerchant; readonly index: number } => {
  const index = shop === 'usd' ? 0 : 1;
  const merchant = devFile.merchants[index];
  if (merchant === undefined) throw new RangeError(`dev.json has no merchant at ${index}`);
  return { merchant, index };
};

/** Secrets and tokens are read from dev.json when the line is run, so that they stand in no terminal's history. */
const fromDevFile = (file: string, member: string): string => `$(node -p "require(${quoted(file)}).${member}")`;

const curl = (devFile: DevFile, file: string, shop: DemoShop): string => {
  const { merchant, index } = merchantAt(devFile, shop);
  const order = `"id":'$(date +%s)$RANDOM',"created_at":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"`;
  const money = `"currency":"${merchant.currency}","subtotal_price":"25.00"`;
  const body = `{${order},${money},"customer_locale":"en","customer":{"id":${demoCustomer[shop].id}}}`;
  return [
    `BODY='${body}'`,
    `SECRET=${fromDevFile(file, `merchants[${index}].webhook_secrets[0]`)}`,
    `curl -sS ${devFile.http}/orders/create --data-binary "$BODY" -H 'Content-Type: application/json' \\`,
    `  -H 'X-Shopify-Topic: orders/create' -H 'X-Shopify-Shop-Domain: ${merchant.shop_domain}' \\`,
    `  -H "X-Shopify-Webhook-Id: $(date +%s)$RANDOM" \\`,
    `  -H "X-Shopify-Hmac-Sha256: $(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64)"`,
  ].join('\n');
};

const grpcurl = (devFile: DevFile, file: string, shop: DemoShop): string => {
  const { merchant, index } = merchantAt(devFile, shop);
  const customer = merchant.tokens['customer:points:view'].customer_id;
  const request = { merchant_id: merchant.merchant_id, customer_id: customer, locale: 'ar' };
  return [
    `TOKEN=${fromDevFile(file, `merchants[${index}].tokens['merchant:points:view']`)}`,
    `grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d ${quoted(JSON.stringify(request))} \\`,
    `  ${devFile.grpc} points.v1/GetPointsBalance`,
  ].join('\n');
};

/**
 * Lines to paste into a shell in the repository: an order signed by openssl, the customer's balance over gRPC, and the
 * same without grpcurl.
 * @param home folder of dev.json, absolute
 */
export const pasteLines = (devFile: DevFile, home: string): string => {
  const file = devFilePath(home);
  return [
    '# an order of USD 25.00, signed as Shopify signs it',
    curl(devFile, file, 'usd'),
    '',
    '# the balance it makes, over gRPC',
    grpcurl(devFile, file, 'usd'),
    '',
    '# the same without grpcurl',
    `npm run --silent balance -- --locale he --home ${quoted(home)}`,
  ].join('\n');
};
