import { connect } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serverCredentials } from '../../src/adapters/grpc/server-credentials.ts';
import { watchCertificates } from '../../src/adapters/tls/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type PointsClient, PointsServiceClient } from '../../src/contracts/grpc/index.ts';
import { createBalanceWatcher } from '../../src/balances/index.ts';
import type { IssuedCertificate } from '../../src/ops/dev/certificates/authority.ts';
import { certificateFolder, fileTexts, issue, newAuthority, serialOf, validity } from '../support/certificates.ts';
import { createFakeBalanceChanges } from '../support/fake-balance-changes.ts';
import { until } from '../support/until.ts';
import { customer, getBalance, merchant } from './grpc-clients.ts';
import { startHarness } from './harness.ts';
import { openWatch } from './watch-client.ts';

const authority = await newAuthority();
const stranger = await newAuthority('Another CA');
const ofServer = await issue(authority);
const ofClient = await issue(authority, { commonName: 'frontend', names: ['frontend'] });

const hourMs = 3_600_000;

/** @param ahead hours that the server's clock is ahead */
async function startSecure(issued: IssuedCertificate = ofServer, { ahead = 0 } = {}) {
  const folder = await certificateFolder(fileTexts(issued, authority.certificate));
  const watcher = watchCertificates({
    ...{ name: 'grpc-server', files: folder.files, logger: silentLogger, lookEveryMs: 20, settleMs: 10 },
    clock: { now: () => Date.now() + ahead * hourMs },
  });
  onTestFinished(() => watcher.close());
  const changes = createFakeBalanceChanges();
  let balance = 0;
  const balances = {
    read: async (merchantId: string, customerId: string) => ({ merchantId, customerId, balance, sequence: balance }),
  };
  const harness = await startHarness({
    ...{ credentials: serverCredentials(watcher), balances },
    watcher: createBalanceWatcher({ balances, changes, logger: silentLogger }),
  });
  const earn = (): void => {
    balance += 1;
    changes.tell({ merchantId: merchant, customerId: customer, balance, sequence: balance });
  };
  const token = await harness.auth.issueToken({ merchantId: merchant, scopes: ['merchant:points:view'] });
  return { ...harness, ...folder, watcher, earn, token };
}

interface Caller {
  readonly ca?: string;
  readonly shows?: IssuedCertificate | undefined;
  readonly host?: string;
}

/** A client with connections of its own. */
const secureClient = (port: number, { ca = authority.certificate, shows, host = 'localhost' }: Caller) => {
  const own = shows
    ? credentials.createSsl(Buffer.from(ca), Buffer.from(shows.key), Buffer.from(shows.certificate))
    : credentials.createSsl(Buffer.from(ca));
  const client = new PointsServiceClient(`${host}:${port}`, own, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
  });
  onTestFinished(() => client.close());
  return client;
};

/** The serial of the certificate that a new connection is shown. */
const serialShown = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const { certificate: cert, key } = ofClient;
    const socket = connect({ port, host: 'localhost', ca: authority.certificate, cert, key, ALPNProtocols: ['h2'] });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()!.serialNumber);
      socket.destroy();
    });
  });

describe('The gRPC server with certificates', () => {
  test('answers a client that shows a certificate of its CA', async () => {
    const { port, token } = await startSecure();
    expect(await getBalance(secureClient(port, { shows: ofClient }), { token })).toMatchObject({ code: 'OK' });
  });

  test.each<[string, () => Promise<Caller>]>([
    ['no certificate', async () => ({})],
    ['a certificate of another CA', async () => ({ shows: await issue(stranger) })],
    ['a certificate that has ended', async () => ({ shows: await issue(authority, validity(-5)) })],
    ['a certificate that is not valid yet', async () => ({ shows: await issue(authority, validity(5)) })],
  ])('refuses a client that shows %s', async (_what, caller) => {
    const { port, token } = await startSecure();
    const answer = await getBalance(secureClient(port, await caller()), { token, deadlineMs: 2_000 });
    expect(answer.code).toBe('UNAVAILABLE');
  });

  test('refuses a client that speaks plain text', async () => {
    const { client, token } = await startSecure();
    expect((await getBalance(client, { token, deadlineMs: 2_000 })).code).toBe('UNAVAILABLE');
  });

  test('is refused by a client that trusts another CA, knows it by another name or sees that it has ended', async () => {
    const { port, token } = await startSecure();
    const call = async (caller: Caller, to = port) =>
      getBalance(secureClient(to, { shows: ofClient, ...caller }), { token, deadlineMs: 2_000 });
    expect((await call({ ca: stranger.certificate })).details).toMatch(/self-signed|unable to|signature/i);
    const elsewhere = await startSecure(await issue(authority, { names: ['elsewhere.example'] }));
    expect((await call({}, elsewhere.port)).details).toMatch(/altnames/);
    const ended = await startSecure(await issue(authority, validity(-5)), { ahead: -5 });
    expect((await call({}, ended.port)).details).toMatch(/expired/);
  });

  test('changes its certificate under a stream and steady calls without losing one', { timeout: 30_000 }, async () => {
    const { port, token, write, writeInPlace, watcher, earn } = await startSecure();
    const client = secureClient(port, { shows: ofClient });
    const watch = openWatch(client, { token });
    await until('the watch has begun', () => watch.told.length === 1, 5_000);

    const codes: string[] = [];
    const stop = new AbortController();
    const keepCalling = async (next: () => PointsClient): Promise<void> => {
      while (!stop.signal.aborted) codes.push((await getBalance(next(), { token })).code);
    };
    const steady = [keepCalling(() => client), keepCalling(() => secureClient(port, { shows: ofClient }))];

    for (const put of [write, writeInPlace, write]) {
      const next = await issue(authority);
      // Torn for a while, as when whoever writes is stopped between two files.
      await put({ certificate: next.certificate });
      await until('the alarm is raised', () => watcher.isRefusing, 5_000);
      expect(await serialShown(port)).toBe(watcher.current.serial);
      await put({ key: next.key });
      await until('the new certificate is in use', () => watcher.current.serial === serialOf(next), 5_000);
      expect(watcher.isRefusing).toBe(false);
      expect(await serialShown(port)).toBe(serialOf(next));
      const calls = codes.length;
      await until('calls have gone on', () => codes.length > calls + 20, 5_000);
    }
    stop.abort();
    await Promise.all(steady);
    expect(codes.filter((code) => code !== 'OK')).toEqual([]);

    earn();
    await until('the stream tells the news', () => watch.told.at(-1)?.balance === 1, 5_000);
  });

  test('lets nobody in by a CA that was taken away, and keeps those who are in', async () => {
    const { port, token, write, watcher } = await startSecure();
    const client = secureClient(port, { shows: ofClient });
    expect((await getBalance(client, { token })).code).toBe('OK');
    await write({ ca: stranger.certificate });
    await until('the other CA is in use', () => String(watcher.current.contents.ca) === stranger.certificate, 5_000);
    const late = secureClient(port, { shows: ofClient });
    expect((await getBalance(late, { token, deadlineMs: 2_000 })).code).toBe('UNAVAILABLE');
    const theirs = secureClient(port, { shows: await issue(stranger) });
    expect((await getBalance(theirs, { token })).code).toBe('OK');
    expect((await getBalance(client, { token })).code).toBe('OK');
  });
});
