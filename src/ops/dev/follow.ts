// Prints every place at which a correlation id is found in a running `npm start`, in order:
// `npm run --silent follow -- <correlation id>`. Topics, documents, the stand-ins for Core and AdminCore, log lines.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { toError } from '../../common/errors.ts';
import { silentLogger } from '../../common/logger.ts';
import { type DevFile, devFilePath } from './dev-file.ts';
import { createDocumentHops } from './sagas/document-hops.ts';
import { findHops } from './sagas/find-hops.ts';
import { hopLines, inOrder } from '../../follow/index.ts';
import { logHops } from './sagas/log-hops.ts';
import { createTopicHops } from './sagas/topic-hops.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { home: { type: 'string', default: process.env['POINTS_HOME'] ?? '.points' } },
});
const home = path.resolve(values.home);
const [correlationId = ''] = positionals;

const follow = async (): Promise<void> => {
  const devFile = JSON.parse(await readFile(devFilePath(home), 'utf8')) as DevFile;
  const { brokers, registry, standins } = devFile;
  const topics = await createTopicHops({ brokers, registry, from: 'beginning', logger: silentLogger });
  const documents = createDocumentHops(devFile.mongo);
  try {
    await topics.untilRead();
    const hops = await findHops({ topics, documents, standins }, correlationId);
    const all = inOrder([...hops, ...(await logHops(path.join(home, 'logs'), correlationId))]);
    if (all.length === 0) process.exitCode = 1;
    process.stdout.write(all.length === 0 ? `${correlationId} is found nowhere\n` : `${hopLines(all)}\n`);
  } finally {
    await topics.close();
    await documents.close();
  }
};

if (correlationId === '') {
  process.stderr.write('usage: npm run follow -- <correlation id>\n');
  process.exitCode = 64;
} else {
  await follow().catch((thrown: unknown) => {
    process.stderr.write(`${toError(thrown).message}\n`);
    process.exitCode = 1;
  });
}
// What has been said is said: a connection that ends in its own time need not be waited for.
process.exit();
