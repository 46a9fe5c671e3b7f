// Reads a demo merchant's customer over gRPC from a running `npm start`, for who has no grpcurl:
// `npm run --silent balance -- --shop jpy --locale ar --customer <UUID>`.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { toError } from '../../common/errors.ts';
import { createBalanceClient } from './balance-client.ts';
import { type DevFile, devFilePath } from './dev-file.ts';

const { values } = parseArgs({
  options: {
    shop: { type: 'string', default: 'usd' },
    locale: { type: 'string', default: 'en' },
    customer: { type: 'string' },
    home: { type: 'string', default: process.env['POINTS_HOME'] ?? '.points' },
  },
});

try {
  const devFile = JSON.parse(await readFile(devFilePath(path.resolve(values.home)), 'utf8')) as DevFile;
  const merchant = devFile.merchants.find(({ shop_domain }) => shop_domain.includes(values.shop));
  if (merchant === undefined) throw new RangeError(`No demo shop is called ${values.shop}`);
  const client = createBalanceClient(devFile.grpc);
  try {
    const answer = await client.read({
      merchantId: merchant.merchant_id,
      customerId: values.customer ?? merchant.tokens['customer:points:view'].customer_id,
      locale: values.locale,
      token: merchant.tokens['merchant:points:view'] ?? '',
    });
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } finally {
    client.close();
  }
} catch (thrown) {
  process.stderr.write(`${toError(thrown).message}\n`);
  process.exitCode = 1;
}
