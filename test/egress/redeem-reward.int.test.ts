import { describe, expect, test } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { IngestCommand, Outcome } from '../../src/contracts/index.ts';
import { type MerchantSettings, tokenEventId, usualTerms } from '../../src/domain/index.ts';
import { createDecisions } from '../../src/requests/index.ts';
import { fakeOutcomes } from '../support/fake-outcomes.ts';
import { outcomeFor } from '../support/requests.ts';
import { until } from '../support/until.ts';
import { customer, merchant, otherCustomer, otherMerchant } from './grpc-clients.ts';
import { startHarness } from './harness.ts';
import { idempotencyToken, redeem, rewardId } from './redeem-client.ts';

const settings: MerchantSettings = {
  ...{ merchantId: merchant, shopDomain: 'example.myshopify.com', webhookSecrets: ['s'], currency: 'USD' },
  ...{ ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 }, defaultLocale: 'he' },
};

const redemptionId = tokenEventId(merchant, idempotencyToken);

/** The server with a real door and Auth, and somebody who decides as the test says; by default everything is pending. */
const start = async (options: { waitMs?: number; maxWaiting?: number; merchantKnown?: boolean } = {}) => {
  const { waitMs = 2_000, maxWaiting = 100, merchantKnown = true } = options;
  const outcomes = fakeOutcomes();
  const published: IngestCommand[] = [];
  const world = {
    kafkaAway: false,
    decide: (command: IngestCommand): Outcome | undefined => outcomeFor(command),
  };
  const decisions = createDecisions({
    ...outcomes,
    maxWaiting,
    publisher: {
      publish: async (command) => {
        if (world.kafkaAway) throw new DependencyUnavailableError('Kafka');
        published.push(command);
        const outcome = world.decide(command);
        if (outcome !== undefined) setImmediate(() => outcomes.tell(outcome));
      },
    },
    onError: () => undefined,
  });
  const merchantOf = async (merchantId: string) => (merchantKnown && merchantId === merchant ? settings : undefined);
  const harness = await startHarness({ redemptions: { decisions, merchantOf, waitMs } });
  const token = await harness.auth.issueToken({ merchantId: merchant, scopes: ['merchant:points:redeem'] });
  return { ...harness, outcomes, published, world, decisions, token };
};

describe('RedeemReward', () => {
  test('publishes the redemption and answers with the decision', async () => {
    const { client, token, published } = await start();
    const metadata = { 'x-correlation-id': 'checkout-7' };
    const answer = await redeem(client, {
      token,
      metadata,
      request: { locale: '', idempotency_token: idempotencyToken.toUpperCase() },
    });
    expect(answer).toEqual({
      ...{ code: 'OK', details: '', status: 'PENDING', redemption_id: redemptionId, task_id: '', reason: '' },
      correlation_id: 'checkout-7',
    });
    expect(published).toMatchObject([
      {
        ...{ event_id: redemptionId, merchant_id: merchant, customer_id: customer, correlation_id: 'checkout-7' },
        ...{ schema_version: '1.0.0', occurred_at: expect.any(Number), locale: 'he', delivery_id: null },
        command: {
          'points.RedemptionRequested': { reward_id: rewardId, idempotency_token: idempotencyToken, points: 100 },
        },
      },
    ]);
  });

  test.each([
    [
      { status: 'completed', task_id: rewardId },
      { status: 'COMPLETED', task_id: rewardId, reason: '' },
    ],
    [
      { status: 'failed', reason: 'INSUFFICIENT_POINTS' },
      { status: 'FAILED', reason: 'INSUFFICIENT_POINTS' },
    ],
    [
      { kind: 'refusal', status: null, reason: 'UNKNOWN_CUSTOMER' },
      { status: 'FAILED', reason: 'UNKNOWN_CUSTOMER' },
    ],
  ] as const)('tells of %j', async (changes, expected) => {
    const { client, token, world } = await start();
    world.decide = (command) => outcomeFor(command, changes);
    expect(await redeem(client, { token })).toMatchObject(expected);
  });

  test('gives the same token the same answer, and another request under it ALREADY_EXISTS', async () => {
    const { client, token, published } = await start();
    const first = await redeem(client, { token, metadata: { 'x-correlation-id': 'first' } });
    expect(await redeem(client, { token, metadata: { 'x-correlation-id': 'second' } })).toEqual(first);
    expect(published).toHaveLength(1);
    for (const request of [{ points: 99 }, { reward_id: otherCustomer }, { customer_id: otherCustomer }]) {
      expect(await redeem(client, { token, request })).toMatchObject({
        code: 'ALREADY_EXISTS',
        details: 'The idempotency token was used for another request',
      });
    }
  });

  test('answers PENDING_DECISION when there is none in time, and the decision when it is asked again', async () => {
    const { client, token, world, outcomes, published } = await start({ waitMs: 300 });
    world.decide = () => undefined;
    expect(await redeem(client, { token })).toMatchObject({ status: 'PENDING_DECISION', redemption_id: redemptionId });
    outcomes.tell(outcomeFor(published[0]!));
    expect(await redeem(client, { token })).toMatchObject({ status: 'PENDING' });
  });

  test('answers before its client’s deadline, however long it would wait itself', async () => {
    const { client, token, world } = await start({ waitMs: 30_000 });
    world.decide = () => undefined;
    expect(await redeem(client, { token, deadlineMs: 1_000 })).toMatchObject({
      code: 'OK',
      status: 'PENDING_DECISION',
    });
  });

  test('lives as long as its wait, beyond what other calls may take', async () => {
    const { client, token, world } = await start({ waitMs: 2_300 });
    world.decide = () => undefined;
    expect(await redeem(client, { token })).toMatchObject({ status: 'PENDING_DECISION' });
  });

  test('lets go of a client that hangs up', async () => {
    const { client, token, world, decisions, outcomes } = await start({ waitMs: 30_000 });
    world.decide = () => undefined;
    const hangUp = new AbortController();
    const answer = redeem(client, { token, signal: hangUp.signal, deadlineMs: 60_000 });
    await until('it waits', () => decisions.waiting === 1, 5_000);
    hangUp.abort();
    expect(await answer).toMatchObject({ code: 'CANCELLED' });
    await until('nobody waits', () => decisions.waiting === 0, 5_000);
    expect(outcomes.listening()).toBe(0);
  });

  test('is UNAVAILABLE with retry info while Kafka is away, and RESOURCE_EXHAUSTED when too many wait', async () => {
    const { client, token, world } = await start({ maxWaiting: 1, waitMs: 1_000 });
    world.kafkaAway = true;
    const refused = await redeem(client, { token });
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', details: 'Temporarily unavailable, try again' });
    expect(refused.metadata?.get('grpc-retry-pushback-ms')).toEqual(['1000']);
    world.kafkaAway = false;
    world.decide = () => undefined;
    const answers = await Promise.all([redeem(client, { token }), redeem(client, { token })]);
    expect(answers.map(({ code }) => code).sort()).toEqual(['OK', 'RESOURCE_EXHAUSTED']);
  });

  test('refuses what is no redemption, and says nothing of it without a token', async () => {
    const { client, token } = await start();
    const request = { customer_id: '4711', points: 0 };
    expect(await redeem(client, { token, request })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: 'Must be a UUID: customer_id; Must be a whole number > 0: points',
    });
    expect(await redeem(client, { request })).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

/** Who may redeem: the token's own customer, another of the merchant, another merchant's. */
const table: readonly (readonly [string, boolean, boolean])[] = [
  ['merchant:points:redeem', true, true],
  ['customer:points:redeem', true, false],
  ['merchant:points:view', false, false],
  ['customer:points:view', false, false],
  ['merchant:points:pos', false, false],
];

describe.each(table)('with scope %s', (scope, own, another) => {
  test(`own: ${own}, another customer: ${another}, another merchant never; every refusal reads the same`, async () => {
    const { auth, client, published } = await start();
    const token = await auth.issueToken({ merchantId: merchant, scopes: [scope], customerId: customer });
    const answers = [
      await redeem(client, { token }),
      await redeem(client, {
        token,
        request: { customer_id: otherCustomer, idempotency_token: '6c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d' },
      }),
      await redeem(client, { token, request: { merchant_id: otherMerchant } }),
    ];
    const expected = [own, another, false].map((allowed) => (allowed ? 'OK' : 'PERMISSION_DENIED'));
    expect(answers.map(({ code }) => code)).toEqual(expected);
    const refusals = answers.filter(({ code }) => code !== 'OK').map(({ details }) => details);
    expect(new Set(refusals)).toEqual(new Set(['The token does not allow this']));
    expect(published).toHaveLength(expected.filter((code) => code === 'OK').length);
  });
});

test('A merchant that is unknown here is refused as another’s is', async () => {
  const { client, token } = await start({ merchantKnown: false });
  expect(await redeem(client, { token })).toMatchObject({
    code: 'PERMISSION_DENIED',
    details: 'The token does not allow this',
  });
});

test('A token of a customer that names none redeems for none', async () => {
  const { auth, client } = await start();
  const token = await auth.issueToken({ merchantId: merchant, scopes: ['customer:points:redeem'] });
  expect(await redeem(client, { token })).toMatchObject({ code: 'PERMISSION_DENIED' });
});
