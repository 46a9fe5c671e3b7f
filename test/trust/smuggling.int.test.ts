import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { customer, merchant, neighbour, otherMerchant } from './authorization.table.ts';
import { type Call, callers, requestHttp } from './callers.ts';
import { callWithHeaders } from './raw-http2.ts';
import { startWorld, type World } from './world.ts';

const own = { merchantId: merchant, customerId: customer };
const everything = ['merchant:points:view', 'merchant:points:redeem', 'merchant:points:pos'];
const balance = callers['/points.v1/GetPointsBalance'] as Call;
const redeem = callers['POST /redemptions'] as Call;

const start = async () => {
  const calls = new EventEmitter();
  const world = await startWorld({ grpc: { onCall: ({ code }) => calls.emit('call', code) } });
  const token = await world.auth.issueToken({ merchantId: merchant, scopes: everything });
  /** How GetPointsBalance ends where one header comes several times. Its arguments are empty: let in, it is INVALID_ARGUMENT. */
  const balanceWith = async (name: string, ...values: readonly string[]): Promise<unknown> => {
    const call = once(calls, 'call');
    callWithHeaders(world.port, '/points.v1/GetPointsBalance', name, values);
    return (await call)[0];
  };
  return { world, token, balanceWith };
};

const httpRedeem = (world: World, headers: Readonly<Record<string, string | string[]>>, changes: object = {}) =>
  requestHttp(world.httpPort, {
    ...{ method: 'POST', path: '/redemptions', headers: { 'content-type': 'application/json', ...headers } },
    body: JSON.stringify({
      ...{ merchant_id: merchant, customer_id: customer, reward_id: randomUUID() },
      ...{ idempotency_token: randomUUID(), points: 10, ...changes },
    }),
  });

/** Bytes as they are over a new connection; answers with the first bytes that come back. */
const sendRaw = async (port: number, text: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(Buffer.from(text, 'latin1'));
  const [first] = (await once(socket, 'data')) as [Buffer];
  return first.toString('latin1');
};

describe('a token in two places', () => {
  test('over HTTP is refused, whichever of them is good', async () => {
    const { world, token } = await start();
    const [good, bad] = [`Bearer ${token}`, 'Bearer bad.token.here'];
    for (const authorization of [
      [good, bad],
      [bad, good],
      [good, good],
      [good, ''],
    ]) {
      expect(await redeem(world, authorization, own)).toMatchObject({ verdict: 'unauthenticated' });
    }
    expect(world.touched).toEqual([]);
  });

  test('over gRPC counts as the first: Node drops the second before anybody sees it, so that it opens nothing', async () => {
    const { world, token, balanceWith } = await start();
    const [good, bad] = [`Bearer ${token}`, 'Bearer bad.token.here'];
    expect(await balanceWith('authorization', bad, good)).toBe('UNAUTHENTICATED');
    expect(await balanceWith('authorization', '', good)).toBe('UNAUTHENTICATED');
    expect(await balanceWith('authorization', good, bad)).toBe('INVALID_ARGUMENT');
    expect(world.touched).toEqual([]);
  });

  test('under any other name is none', async () => {
    const { world, token, balanceWith } = await start();
    const value = `Bearer ${token}`;
    for (const name of ['proxy-authorization', 'x-authorization', 'x-forwarded-authorization', 'cookie', 'token']) {
      expect(await httpRedeem(world, { [name]: value })).toMatchObject({ status: 401 });
    }
    const inQuery = await requestHttp(world.httpPort, {
      ...{ method: 'POST', path: `/redemptions?authorization=${token}&access_token=${token}`, body: '{}' },
    });
    expect(inQuery.status).toBe(401);
    expect(await balanceWith('authorization-bin', Buffer.from(value).toString('base64'))).toBe('UNAUTHENTICATED');
    expect(await balanceWith('authorization-bin', value)).toBe('UNAUTHENTICATED');
  });

  test('is found by its name in any case', async () => {
    const { world, token } = await start();
    expect(await httpRedeem(world, { AUTHORIZATION: `bearer ${token}` })).toMatchObject({ status: 200 });
  });
});

describe('a token that is', () => {
  test('100 KiB long is refused by both doors, which then serve on', async () => {
    const { world, token } = await start();
    const huge = 'a'.repeat(100 * 1024);
    expect(await redeem(world, [`Bearer ${huge}`], own)).toMatchObject({ verdict: 'other' });
    const answer = await balance(world, [`Bearer ${huge}`], own);
    expect(['unauthenticated', 'other', 'unavailable']).toContain(answer.verdict);
    expect(world.touched).toEqual([]);
    expect(await balance(world, [`Bearer ${token}`], own)).toMatchObject({ verdict: 'allowed' });
    expect(await redeem(world, [`Bearer ${token}`], own)).toMatchObject({ verdict: 'allowed' });
  });

  test.each(['\0', '\x01', '\x7f', '\t', 'é'])('broken by %j is no token', async (character) => {
    const { world, token } = await start();
    const head = `POST /redemptions HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nauthorization: Bearer ${token}${character}x`;
    expect(await sendRaw(world.httpPort, `${head}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 40[01] /);
    expect(world.touched).toEqual([]);
  });
});

describe('a correlation id', () => {
  test.each(['two words', '"', '<script>', '${jndi:x}', '\t', 'a,b', 'é', 'a'.repeat(129), '{"a":1}', ''])(
    'that is no id (%j) is replaced, and never given back',
    async (id) => {
      const { world, token } = await start();
      const headers = { authorization: `Bearer ${token}`, 'x-correlation-id': Buffer.from(id).toString('latin1') };
      const answer = await httpRedeem(world, headers);
      const made = '99999999-9999-4999-8999-999999999999';
      expect(answer).toMatchObject({ status: 200, headers: { 'x-correlation-id': made } });
      expect(JSON.parse(answer.body)).toMatchObject({ correlation_id: made });
      const refused = await httpRedeem(world, { 'x-correlation-id': headers['x-correlation-id'] });
      expect(refused).toMatchObject({ status: 401, headers: { 'x-correlation-id': made } });
    },
  );

  test('with a line end in it is no header, and adds none to the answer', async () => {
    const { world } = await start();
    const head = 'POST /redemptions HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nx-correlation-id: a';
    for (const lineEnd of ['\rset-cookie: b=c', '\n set-cookie: b=c', '\0']) {
      expect(await sendRaw(world.httpPort, `${head}${lineEnd}\r\n\r\n`)).not.toMatch(/^set-cookie/im);
    }
  });
});

describe('an id spelled otherwise', () => {
  const spellings = [
    `{${otherMerchant}}`,
    `urn:uuid:${otherMerchant}`,
    otherMerchant.replaceAll('-', ''),
    ` ${otherMerchant}`,
    `${otherMerchant}\n`,
    `${otherMerchant}\0`,
    otherMerchant.replaceAll('2', '２'),
    `${merchant},${otherMerchant}`,
    '00000000-0000-0000-0000-000000000000',
    '%',
    '',
  ];

  test.each(spellings)('%j opens nothing', async (merchantId) => {
    const { world, token } = await start();
    for (const call of Object.values(callers)) {
      const answer = await call(world, [`Bearer ${token}`], { merchantId, customerId: customer });
      expect(['other', 'denied']).toContain(answer.verdict);
    }
    expect(world.touched).toEqual([]);
  });

  test('in upper case is the same id, for its owner and for nobody else', async () => {
    const { world } = await start();
    const scopes = ['customer:points:view', 'customer:points:redeem'];
    const token = await world.auth.issueToken({ merchantId: merchant, customerId: customer, scopes });
    const upper = { merchantId: merchant.toUpperCase(), customerId: customer.toUpperCase() };
    const other = { merchantId: merchant.toUpperCase(), customerId: neighbour.toUpperCase() };
    for (const call of [balance, redeem]) {
      expect(await call(world, [`Bearer ${token}`], upper)).toMatchObject({ verdict: 'allowed' });
      expect(await call(world, [`Bearer ${token}`], other)).toMatchObject({ verdict: 'denied' });
    }
  });
});

describe('an idempotency token', () => {
  test('of another merchant is a token of one’s own', async () => {
    const { world, token } = await start();
    const foreign = await world.auth.issueToken({ merchantId: otherMerchant, scopes: everything });
    const idempotency_token = randomUUID();
    const reward_id = randomUUID();
    const theirs = { merchant_id: otherMerchant, idempotency_token, reward_id };
    const first = await httpRedeem(world, { authorization: `Bearer ${token}` }, { idempotency_token, reward_id });
    const second = await httpRedeem(world, { authorization: `Bearer ${foreign}` }, theirs);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(JSON.parse(first.body).redemption_id).not.toBe(JSON.parse(second.body).redemption_id);
  });

  test('of another customer is a conflict that tells nothing of the other’s redemption', async () => {
    const { world, token } = await start();
    const scopes = ['customer:points:redeem'];
    const mine = await world.auth.issueToken({ merchantId: merchant, customerId: neighbour, scopes });
    const used = { idempotency_token: randomUUID(), reward_id: randomUUID() };
    expect(await httpRedeem(world, { authorization: `Bearer ${token}` }, used)).toMatchObject({ status: 200 });
    const asMine = { ...used, customer_id: neighbour };
    const answer = await httpRedeem(world, { authorization: `Bearer ${mine}` }, asMine);
    expect(answer.status).toBe(409);
    expect(Object.keys(JSON.parse(answer.body)).sort()).toEqual(
      ['correlation_id', 'detail', 'reason', 'status', 'title', 'type'].sort(),
    );
    // As the other customer nobody learns even that.
    expect(await httpRedeem(world, { authorization: `Bearer ${mine}` }, used)).toMatchObject({ status: 403 });
  });
});
