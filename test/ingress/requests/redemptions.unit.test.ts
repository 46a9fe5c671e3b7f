import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { tokenEventId } from '../../../src/domain/index.ts';
import { outcomeFor } from '../../support/requests.ts';
import { until } from '../../support/until.ts';
import { createRequestRig, customer, otherCustomer } from './request-rig.ts';
import { jpyMerchant, usdMerchant } from '../webhooks/rig.ts';

const token = '5c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d';
const rewardId = '3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b';
const redemptionId = tokenEventId(usdMerchant.merchantId, token);
const body = {
  merchant_id: usdMerchant.merchantId,
  customer_id: customer,
  reward_id: rewardId,
  idempotency_token: token,
  points: 100,
  locale: 'ar',
};

describe('POST /redemptions', () => {
  test('publishes the redemption and answers 200 with the decision', async () => {
    const rig = createRequestRig();
    const response = await rig.redeem(body, undefined, { 'x-correlation-id': 'checkout-7' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['x-correlation-id']).toBe('checkout-7');
    expect(response.json()).toEqual({
      ...{ redemption_id: redemptionId, status: 'pending', reason: null, task_id: null, correlation_id: 'checkout-7' },
    });
    expect(rig.published).toEqual([
      {
        ...{ event_id: redemptionId, merchant_id: usdMerchant.merchantId, customer_id: customer },
        ...{ correlation_id: 'checkout-7', schema_version: '1.0.0', occurred_at: rig.world.nowMs, locale: 'ar' },
        delivery_id: null,
        command: { 'points.RedemptionRequested': { reward_id: rewardId, idempotency_token: token, points: 100 } },
      },
    ]);
    expect(rig.answered).toEqual([['/redemptions', 'decided', null]]);
    expect(rig.logged).toEqual([
      {
        level: 'info',
        fields: {
          ...{ merchant_id: usdMerchant.merchantId, customer_id: customer, event_id: redemptionId, locale: 'ar' },
          ...{ event_type: 'reward.redemption', correlation_id: 'checkout-7', outcome: 'decided', reason: null },
        },
        message: 'Request answered',
      },
    ]);
  });

  test.each([
    [
      { status: 'completed', task_id: rewardId },
      { status: 'completed', reason: null, task_id: rewardId },
    ],
    [
      { status: 'failed', reason: 'INSUFFICIENT_POINTS' },
      { status: 'failed', reason: 'INSUFFICIENT_POINTS' },
    ],
    [
      { kind: 'refusal', status: null, reason: 'UNKNOWN_CUSTOMER' },
      { status: 'failed', reason: 'UNKNOWN_CUSTOMER' },
    ],
  ] as const)('tells of %j', async (changes, expected) => {
    const rig = createRequestRig();
    rig.world.decide = (command) => outcomeFor(command, changes);
    const response = await rig.redeem(body);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject(expected);
  });

  test('answers the same token the same, and 409 where another request has it', async () => {
    const rig = createRequestRig();
    const first = await rig.redeem(body);
    const { idempotency_token: _, ...withoutToken } = body;
    const again = await rig.redeem(withoutToken, undefined, { 'idempotency-key': `"${token}"` });
    expect(again.json()).toEqual(first.json());
    expect(rig.published).toHaveLength(1);
    const conflict = await rig.redeem({ ...body, points: 99 });
    expect(conflict.statusCode).toBe(409);
    expect(conflict.headers['content-type']).toMatch('application/problem+json');
    expect(conflict.json()).toMatchObject({ reason: 'idempotency_conflict', status: 409, correlation_id: 'made-3' });
  });

  test('answers 202 when there is no decision in time, and the decision when it is asked again', async () => {
    const rig = createRequestRig();
    rig.world.decide = () => undefined;
    const response = await rig.redeem(body);
    expect([response.statusCode, response.headers['retry-after']]).toEqual([202, '1']);
    expect(response.json()).toEqual({ redemption_id: redemptionId, status: 'undecided', correlation_id: 'made-1' });
    rig.outcomes.tell(outcomeFor(rig.published[0]!));
    expect((await rig.redeem(body)).json()).toMatchObject({ status: 'pending' });
  });

  test('answers 202 at once where the redemption waits for Kafka', async () => {
    const rig = createRequestRig({ waitMs: 60_000 });
    rig.world.publish = async () => 'buffered';
    rig.world.decide = () => undefined;
    expect((await rig.redeem(body)).statusCode).toBe(202);
  });

  test.each([
    ['merchant-redeem', 200, 200],
    ['customer-redeem', 200, 403],
    ['merchant-view', 403, 403],
    ['pos', 403, 403],
  ])('with a token %s: own customer %i, another customer %i, another merchant 403', async (...row) => {
    const [scope, own, another] = row;
    const rig = createRequestRig();
    const other = { ...body, idempotency_token: '6c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d', customer_id: otherCustomer };
    const answers = [
      await rig.redeem(body, scope),
      await rig.redeem(other, scope),
      await rig.redeem({ ...body, merchant_id: jpyMerchant.merchantId }, scope),
      await rig.redeem({ ...body, merchant_id: rewardId }, scope),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([own, another, 403, 403]);
    const refusals = answers.filter(({ statusCode }) => statusCode === 403).map((answer) => answer.json());
    expect(new Set(refusals.map(({ reason, detail }) => `${reason}: ${detail}`))).toEqual(
      new Set(['token_insufficient: The token does not allow this']),
    );
  });

  test.each([
    ['no token', '', {}],
    ['an unknown token', 'forged', {}],
    ['no bearer token', '', { authorization: 'Basic dXNlcjpwYXNz' }],
  ])('answers 401 to %s, and says nothing of the body', async (_, bearer, headers) => {
    const rig = createRequestRig();
    const response = await rig.redeem('not JSON', bearer, headers);
    expect([response.statusCode, response.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(response.json()).toMatchObject({ reason: 'token_invalid' });
  });

  test.each([
    [{ ...body, points: 0, customer_id: '4711' }, 400, 'fields_invalid', ['customer_id', 'points']],
    ['{', 400, 'body_not_json', undefined],
    ['', 400, 'body_not_json', undefined],
    [Buffer.from([0xff, 0xfe]), 400, 'body_not_json', undefined],
    ['['.repeat(10_000), 400, 'body_too_deep', undefined],
    [`"${'x'.repeat(16 * 1024)}"`, 413, 'body_too_large', undefined],
  ])('refuses the body %.40j', async (payload, status, reason, fields) => {
    const rig = createRequestRig();
    const response = await rig.redeem(payload);
    expect(response.statusCode).toBe(status);
    const problem: Record<string, unknown> = response.json();
    expect(problem).toMatchObject({ status, reason });
    expect(problem['fields']).toEqual(fields);
    expect(rig.answered).toEqual([['/redemptions', 'refused', reason]]);
    expect(rig.published).toEqual([]);
  });

  test('takes POST only, and no encoded bodies', async () => {
    const rig = createRequestRig();
    const get = await rig.app.inject({ method: 'GET', url: '/redemptions' });
    expect([get.statusCode, get.headers['allow']]).toEqual([405, 'POST']);
    expect((await rig.redeem(body, undefined, { 'content-encoding': 'gzip' })).statusCode).toBe(415);
  });

  test('answers 503 to be sent again while Auth or Kafka is away, or too many wait', async () => {
    const rig = createRequestRig({ maxWaiting: 1 });
    rig.world.publish = async () => Promise.reject(new DependencyUnavailableError('Kafka'));
    const kafka = await rig.redeem(body);
    expect([kafka.statusCode, kafka.headers['retry-after']]).toEqual([503, '5']);
    expect(kafka.json()).toMatchObject({ reason: 'dependency_unavailable' });

    rig.world.publish = async () => undefined;
    rig.world.decide = () => undefined;
    const answers = await Promise.all([rig.redeem(body), rig.redeem(body)]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([202, 503]);
    expect(answers.find(({ statusCode }) => statusCode === 503)?.json()).toMatchObject({ reason: 'too_many_waiting' });

    rig.world.authAway = true;
    expect((await rig.redeem(body)).json()).toMatchObject({ status: 503, reason: 'dependency_unavailable' });
  });

  test('lets nobody in, and says why, where no Auth is configured', async () => {
    const rig = createRequestRig({ withAuth: false });
    expect((await rig.redeem(body)).json()).toMatchObject({ status: 503, reason: 'auth_not_configured' });
  });

  test('answers 500 without a word of the reason when the fault is ours', async () => {
    const rig = createRequestRig();
    rig.world.publish = async () => Promise.reject(new RangeError('secret detail'));
    const response = await rig.redeem(body);
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret detail');
    expect(rig.logged).toMatchObject([{ level: 'error', message: 'Request failed' }]);
  });

  test('waits no longer for a caller that has hung up', async () => {
    const rig = createRequestRig({ waitMs: 60_000 });
    rig.world.decide = () => undefined;
    await rig.app.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => rig.app.close());
    const { port } = rig.app.server.address() as AddressInfo;
    const headers = { authorization: 'Bearer merchant-redeem', 'content-type': 'application/json' };
    const call = request({ host: '127.0.0.1', port, method: 'POST', path: '/redemptions', headers });
    call.on('error', () => undefined);
    call.end(JSON.stringify(body));
    await until('it waits', () => rig.decisions.waiting === 1, 5_000);
    call.destroy();
    await until('nobody waits', () => rig.decisions.waiting === 0, 5_000);
    expect(rig.outcomes.listening()).toBe(0);
  });
});

test('Nothing of a body passes but what a redemption needs', async () => {
  const rig = createRequestRig();
  const secret = 'canary@example.com';
  const more = { email: secret, note: secret, [secret]: secret, locale: secret };
  await rig.redeem({ ...body, ...more }, undefined, { 'x-correlation-id': secret });
  await rig.redeem({ ...body, ...more, points: secret, customer_id: secret });
  expect(rig.published).toHaveLength(1);
  expect(JSON.stringify([rig.published, rig.logged, rig.answered])).not.toContain(secret);
});
