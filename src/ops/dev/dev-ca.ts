/**
 * `npm run dev-ca`: a certificate authority for development, and certificates of it for both ends of every connection. Run
 * again, it renews the certificates under the same CA, which a running service takes without dropping a call.
 */
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../common/clock.ts';
import { writeCertificates } from './certificates/write-certificates.ts';

/** Who shows a certificate: our server, our client, who calls us, whom we call, and the servers of our data. */
const leaves = ['points-server', 'points-client', 'frontend', 'auth', 'core', 'kafka', 'mongodb', 'redis', 'registry'];

const days = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 3_650)) throw new InvalidArgumentError('It is a number of days, for example 30.');
  return value;
};
const collect = (name: string, names: readonly string[]): readonly string[] => [...names, name];

const repository = path.resolve(import.meta.dirname, '../../..');
const program = new Command('npm run dev-ca --')
  .description('Makes a CA and certificates for development; run again, it renews the certificates.')
  .option('--out <folder>', 'where they go', path.join(repository, '.points', 'tls'))
  .option('--name <name>', 'a further DNS name or address of every certificate; repeatable', collect, [])
  .option('--days <n>', 'how long the certificates are valid, in days; the CA for 10 years', days, 30)
  .helpOption('--help', 'show this')
  .allowExcessArguments(false)
  .parse(process.argv.slice(2), { from: 'user' });
const { out, name, days: leafDays } = program.opts<{ out: string; name: readonly string[]; days: number }>();
const folder = path.resolve(out);
const names = ['localhost', '127.0.0.1', '::1', ...name];
await writeCertificates({ folder, leaves, names, leafDays, caDays: 3_650, now: systemClock.now() });

process.stdout.write(`Certificates of ${leaves.join(', ')} are in ${folder}, valid for ${String(leafDays)} days.

The gRPC server, with certificates demanded of its clients:
  POINTS_TLS_CERT=${folder}/points-server.crt POINTS_TLS_KEY=${folder}/points-server.key POINTS_TLS_CLIENT_CA=${folder}/ca.crt
Calls to Auth and Core:
  POINTS_CLIENT_TLS_CERT=${folder}/points-client.crt POINTS_CLIENT_TLS_KEY=${folder}/points-client.key POINTS_CLIENT_TLS_CA=${folder}/ca.crt
`);
