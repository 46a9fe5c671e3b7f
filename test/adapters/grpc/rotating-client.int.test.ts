import { Server, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAuthClient } from '../../../src/adapters/auth/index.ts';
import { createCoreClient } from '../../../src/adapters/core/index.ts';
import { watchCertificates } from '../../../src/adapters/tls/index.ts';
import { systemClock } from '../../../src/common/clock.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { type AuthHandlers, authService, type CoreHandlers, coreService } from '../../../src/contracts/grpc/index.ts';
import type { IssuedCertificate } from '../../../src/ops/dev/certificates/authority.ts';
import { certificateFolder, fileTexts, issue, newAuthority, serialOf, validity } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';

const authority = await newAuthority();
const stranger = await newAuthority('Another CA');
const ofServer = await issue(authority);
const answer = { merchant_id: '11111111-1111-4111-8111-111111111111', scopes: [], expires_at: 1_700_000_000 };

/** Auth and Core on one port, which demand a certificate of the authority and note who called. */
async function startServices({ certificate, key }: IssuedCertificate = ofServer, delayMs = () => 0) {
  const callers: string[] = [];
  const server = new Server();
  const sessions = new Set<string>();
  const note = (call: { getAuthContext(): { sslPeerCertificate?: { serialNumber: string } }; getPeer(): string }) => {
    callers.push(call.getAuthContext().sslPeerCertificate!.serialNumber);
    sessions.add(call.getPeer());
  };
  server.addService(authService, {
    ValidateToken: ((call, callback) => {
      note(call);
      setTimeout(() => callback(null, answer), delayMs());
    }) satisfies AuthHandlers['ValidateToken'],
  });
  server.addService(coreService, {
    GetCustomerRFM: ((call, callback) => {
      note(call);
      callback(null, {});
    }) satisfies CoreHandlers['GetCustomerRFM'],
  });
  onTestFinished(() => server.forceShutdown());
  const ssl = ServerCredentials.createSsl(
    Buffer.from(authority.certificate),
    [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }],
    true,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ssl, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return { host: `localhost:${port}`, callers, sessions, server };
}

/** The certificates that the service shows and trusts. */
async function ourCertificates(issued?: IssuedCertificate, ca = authority.certificate) {
  const folder = await certificateFolder(fileTexts(issued ?? (await issue(authority)), ca));
  const watch = (files: Partial<typeof folder.files>) => {
    const watcher = watchCertificates({
      ...{ name: 'grpc-client', files, clock: systemClock, logger: silentLogger, lookEveryMs: 20, settleMs: 10 },
    });
    onTestFinished(() => watcher.close());
    return watcher;
  };
  return { ...folder, watch, certificates: watch(folder.files) };
}

const authOf = (host: string, certificates: Awaited<ReturnType<typeof ourCertificates>>['certificates']) => {
  const client = createAuthClient({ host, clock: systemClock, timeoutMs: 2_000, certificates });
  onTestFinished(() => client.close());
  return client;
};

describe('A client of Auth or Core with certificates', () => {
  test('shows ours, and checks theirs', async () => {
    const { host, callers } = await startServices();
    const { certificates } = await ourCertificates();
    const core = createCoreClient({ host, clock: systemClock, timeoutMs: 2_000, certificates });
    onTestFinished(() => core.close());
    expect(await authOf(host, certificates).ask('t')).toMatchObject({ merchant_id: answer.merchant_id });
    expect(await core.ask({ merchantId: 'm', customerId: 'c' })).toBe('known');
    expect(callers).toEqual([certificates.current.serial, certificates.current.serial]);
  });

  const refusal = { code: 'DEPENDENCY_UNAVAILABLE', facts: { dependency: 'Auth', grpc_code: 'UNAVAILABLE' } };

  test('calls nobody whose certificate is of another CA, of another name or over', async () => {
    const { certificates } = await ourCertificates();
    const theirs = [
      await issue(stranger),
      await issue(authority, { names: ['elsewhere.example'] }),
      await issue(authority, validity(-5)),
    ];
    for (const certificate of theirs) {
      const { host, callers } = await startServices(certificate);
      await expect(authOf(host, certificates).ask('secret token')).rejects.toMatchObject(refusal);
      expect(callers).toEqual([]);
    }
  });

  test('is refused with a certificate of another CA, and with none', async () => {
    const { host, callers } = await startServices();
    const other = await ourCertificates(await issue(stranger));
    await expect(authOf(host, other.certificates).ask('t')).rejects.toMatchObject(refusal);
    const { files, watch } = await ourCertificates();
    await expect(authOf(host, watch({ ca: files.ca })).ask('t')).rejects.toMatchObject(refusal);
    expect(callers).toEqual([]);
  });

  test('changes its certificate under calls, and none is lost', { timeout: 30_000 }, async () => {
    let delayMs = 5;
    const { host, callers, sessions } = await startServices(ofServer, () => delayMs);
    const { certificates, write } = await ourCertificates();
    const auth = authOf(host, certificates);
    const failures: unknown[] = [];
    let answered = 0;
    const stop = new AbortController();
    const keepAsking = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await auth.ask('t').catch((error: unknown) => failures.push(error));
        answered += 1;
      }
    };
    const steady = [keepAsking(), keepAsking(), keepAsking()];
    for (let round = 0; round < 3; round += 1) {
      await until('calls go on', () => answered > (round + 1) * 30, 5_000);
      // One call is under way for as long as the change takes.
      delayMs = 700;
      const slow = auth.ask('slow');
      const calls = callers.length;
      await until('the slow call has arrived', () => callers.length > calls, 5_000);
      delayMs = 5;
      const next = await issue(authority);
      await write({ certificate: next.certificate, key: next.key });
      await until('Auth sees the new certificate', () => callers.at(-1) === serialOf(next), 5_000);
      expect(await slow).toMatchObject({ merchant_id: answer.merchant_id });
    }
    stop.abort();
    await Promise.all(steady);
    expect(failures).toEqual([]);
    // One connection for each certificate: no call has to make one of its own.
    expect(sessions.size).toBe(4);
  });

  test('goes on with the connection that works where a new certificate finds no way in', async () => {
    const { host, callers } = await startServices();
    const { certificates, write } = await ourCertificates();
    const before = certificates.current.serial;
    const auth = authOf(host, certificates);
    await auth.ask('t');
    const next = await issue(stranger);
    await write({ certificate: next.certificate, key: next.key });
    await until('it is in use', () => certificates.current.serial === serialOf(next), 5_000);
    await auth.ask('t');
    expect(callers).toEqual([before, before]);
  });
});
