// Spends points of a demo merchant's customer on a reward, over gRPC, at a running `npm start`:
// `npm run --silent redeem -- --shop usd --points 10`. The same --token again is the same redemption.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PointsError, toError } from '../../common/errors.ts';
import { type DevFile, devFilePath } from './dev-file.ts';
import { redeem } from './redeem-client.ts';

const { values } = parseArgs({
  options: {
    shop: { type: 'string', default: 'usd' },
    points: { type: 'string', default: '10' },
    customer: { type: 'string' },
    reward: { type: 'string', default: randomUUID() },
    token: { type: 'string', default: randomUUID() },
    locale: { type: 'string', default: 'en' },
    home: { type: 'string', default: process.env['POINTS_HOME'] ?? '.points' },
  },
});

try {
  const devFile = JSON.parse(await readFile(devFilePath(path.resolve(values.home)), 'utf8')) as DevFile;
  const merchant = devFile.merchants.find(({ shop_domain }) => shop_domain.includes(values.shop));
  if (merchant === undefined) throw new RangeError(`No demo shop is called ${values.shop}`);
  const asked = { reward_id: values.reward, idempotency_token: values.token, points: Number(values.points) };
  const answer = await redeem(devFile.grpc, {
    merchantId: merchant.merchant_id,
    customerId: values.customer ?? merchant.tokens['customer:points:view'].customer_id,
    rewardId: asked.reward_id,
    idempotencyToken: asked.idempotency_token,
    points: asked.points,
    locale: values.locale,
    token: merchant.tokens['merchant:points:redeem'] ?? '',
  });
  process.stdout.write(`${JSON.stringify({ ...asked, ...answer })}\n`);
} catch (thrown) {
  const details = thrown instanceof PointsError ? (thrown.facts['details'] ?? '') : '';
  process.stderr.write(`${toError(thrown).message}${details === '' ? '' : `: ${String(details)}`}\n`);
  process.exitCode = 1;
}
