import { expect, onTestFinished, test } from 'vitest';
import { loadConfig, openTransport } from '../../../../src/app/index.ts';
import { examineCertificates } from '../../../../src/app/operators/doctor/examine-certificates.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import { certificateFolder, fileTexts, issue, newAuthority } from '../../../support/certificates.ts';

const authority = await newAuthority();
const issued = await issue(authority);

const examine = async (key: string, hoursEarlier = 0) => {
  const { files } = await certificateFolder(fileTexts({ ...issued, key }, authority.certificate));
  const env = { POINTS_DB_HOST: 'db', POINTS_TLS_CERT: files.certificate, POINTS_TLS_KEY: files.key };
  const transport = openTransport(loadConfig(env, ['compliance']), { logger: silentLogger });
  onTestFinished(() => transport.close());
  return examineCertificates(transport, { now: () => Date.now() - hoursEarlier * 3_600_000 });
};

test('Certificates that are good are told with their end, and only those that are set', async () => {
  expect(await examine(issued.key, 48)).toEqual([
    { name: 'certificate of gRPC server', state: 'ok', found: expect.stringMatching(/^ends \d{4}-/) },
  ]);
});

test('A certificate in its last day is a warning', async () => {
  expect(await examine(issued.key)).toMatchObject([{ name: 'certificate of gRPC server', state: 'warning' }]);
});

test('Files that no process would take are a fault that names them', async () => {
  const { key } = await issue(authority);
  expect(await examine(key)).toMatchObject([
    { state: 'fault', found: expect.stringContaining('is not the key of'), runbook: 'rotate-secrets-and-certificates' },
  ]);
});
