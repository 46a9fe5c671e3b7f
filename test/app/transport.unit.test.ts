import { describe, expect, onTestFinished, test } from 'vitest';
import { type Environment, loadConfig } from '../../src/app/config.ts';
import { openTransport } from '../../src/app/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { certificateFolder, fileTexts, issue, newAuthority } from '../support/certificates.ts';

const plain = { POINTS_DB_HOST: 'db:27017' };
const open = (env: Environment = {}) => {
  const transport = openTransport(loadConfig({ ...plain, ...env }, ['compliance']), { logger: silentLogger });
  onTestFinished(() => transport.close());
  return transport;
};

describe('The transport', () => {
  test('is plain text where nothing is set', () => {
    expect({ ...open() }).toMatchObject({
      ...{ grpcServer: undefined, grpcClient: undefined, kafka: undefined },
      ...{ mongo: undefined, redis: undefined, registry: undefined, watchers: [] },
    });
  });

  test('follows only the files that are used, each once', async () => {
    const authority = await newAuthority();
    const { files } = await certificateFolder(fileTexts(await issue(authority), authority.certificate));
    const transport = open({ POINTS_DB_TLS_CA: files.ca, POINTS_TLS_CERT: '/nowhere', POINTS_TLS_KEY: '/nowhere' });
    expect(transport.mongo).toBeDefined();
    expect(transport.mongo).toBeDefined();
    expect(transport.watchers.map(({ name }) => name)).toEqual(['mongodb']);
  });

  test('says which file is wrong', () => {
    const transport = open({ POINTS_DB_TLS_CA: '/nowhere/ca.crt' });
    expect(() => transport.mongo).toThrow('/nowhere/ca.crt cannot be read');
  });

  test('logs in to Kafka with and without TLS', () => {
    const logIn = { KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'hush', KAFKA_SASL_MECHANISM: 'plain' };
    const sasl = { mechanism: 'plain', username: 'me', password: 'hush' };
    expect(open({ KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', ...logIn }).kafka).toEqual({ sasl });
    expect(open({ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...logIn }).kafka).toEqual({ tls: true, sasl });
    expect(open({ KAFKA_SECURITY_PROTOCOL: 'SSL' }).kafka).toEqual({ tls: true });
  });
});
