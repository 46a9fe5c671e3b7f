// Tells a stand-in of a running `npm start` how to behave, or Campaign what to do; without arguments it shows how they are:
//   npm run --silent standin -- event-tracking away
//   npm run --silent standin -- core slow --delay-ms 3000
//   npm run --silent standin -- campaign assign --tier gold --shop usd --customer <UUID>
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { toError } from '../../common/errors.ts';
import { httpRequest } from '../../common/http-request.ts';
import { type DevFile, devFilePath } from './dev-file.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'delay-ms': { type: 'string', default: '2000' },
    tier: { type: 'string', default: 'silver' },
    shop: { type: 'string', default: 'usd' },
    customer: { type: 'string' },
    home: { type: 'string', default: process.env['POINTS_HOME'] ?? '.points' },
  },
});

interface Order {
  readonly path: string;
  /** Absent: only asked. */
  readonly body?: unknown;
}

const orderOf = (devFile: DevFile): Order => {
  const [target, what] = positionals;
  if (target === undefined) return { path: '/control' };
  if (what !== 'assign') return { path: '/control', body: { target, mode: what, delayMs: Number(values['delay-ms']) } };
  const merchant = devFile.merchants.find(({ shop_domain }) => shop_domain.includes(values.shop));
  if (merchant === undefined) throw new RangeError(`No demo shop is called ${values.shop}`);
  const { merchant_id, tokens } = merchant;
  const customer_id = values.customer ?? tokens['customer:points:view'].customer_id;
  return { path: '/campaign/assignments', body: { merchant_id, customer_id, tier_id: values.tier } };
};

try {
  const file = devFilePath(path.resolve(values.home));
  const devFile = JSON.parse(await readFile(file, 'utf8')) as DevFile;
  const { path: where, body } = orderOf(devFile);
  const { status, text } = await httpRequest(`${devFile.standins}${where}`, {
    timeoutMs: 5_000,
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (status < 300) process.stdout.write(text);
  else process.stderr.write(text);
  process.exitCode = status < 300 ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`${toError(thrown).message}\n`);
  process.exitCode = 1;
}
