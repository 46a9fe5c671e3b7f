import { randomUUID } from 'node:crypto';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createAuthClient } from '../../../../src/adapters/auth/index.ts';
import { systemClock } from '../../../../src/common/clock.ts';
import { CoreServiceClient } from '../../../../src/contracts/grpc/index.ts';
import { type AuditEntry, plainAudit } from '../../../../src/contracts/index.ts';
import { loadAuthKeys } from '../../../../src/ops/dev/auth-keys.ts';
import { tokenIssuer } from '../../../../src/ops/dev/auth-tokens.ts';
import { until } from '../../../support/until.ts';
import { earned, redemption, standinsRig } from './rig.ts';

const minute = 60_000;
let rig: Awaited<ReturnType<typeof standinsRig>>;
const endings: (() => Promise<void>)[] = [];
beforeAll(async () => {
  rig = await standinsRig((ending) => endings.push(ending));
}, 2 * minute);
afterAll(async () => {
  for (const ending of endings.toReversed()) await ending();
}, minute);

/** Told to behave again when the test ends. */
const tell = async (target: string, mode: string, delayMs = 0): Promise<void> => {
  onTestFinished(async () => {
    await rig.tell(target, 'ok');
  });
  expect((await rig.tell(target, mode, delayMs)).status).toBe(200);
};

const rfmOf = (customer: { readonly merchant_id: string; readonly customer_id: string }) =>
  new Promise<readonly number[] | string>((resolve) => {
    const core = new CoreServiceClient(rig.addresses.core, credentials.createInsecure());
    const { merchant_id, customer_id } = customer;
    const deadline = Date.now() + 5_000;
    core.GetCustomerRFM({ merchant_id, customer_id }, { deadline }, (error: ServiceError | null, answer) => {
      core.close();
      if (error !== null) resolve(status[error.code]);
      else resolve([Number(answer?.recency), Number(answer?.frequency), Number(answer?.monetary)]);
    });
  });

describe('Core and RFM Analytics', () => {
  test(
    'learn from points.earned how a customer buys, each purchase once, also over a restart',
    async () => {
      const customer_id = randomUUID();
      const first = earned({ customer_id, points: 80, created_at: Date.now() - 5_000 });
      await rig.write(
        'points.earned',
        'PointsEarned',
        first,
        first,
        earned({ customer_id, points: 500, type: 'bonus' }),
      );
      await until('Core has learnt it', async () => (await rfmOf(first))[1] === 1, 20_000);
      const [recency, , monetary] = await rfmOf(first);
      expect(monetary).toBe(80);
      expect(recency).toBeGreaterThanOrEqual(5);
      await rig.restart();
      const second = earned({ customer_id, points: 20 });
      await rig.write('points.earned', 'PointsEarned', second);
      await until('Core has learnt the second', async () => (await rfmOf(first))[1] === 2, 20_000);
      expect(await rfmOf(first)).toEqual([expect.any(Number), 2, 100]);
      expect(await rig.get(`/core/rfm?correlation_id=${second.correlation_id}`)).toEqual([
        expect.objectContaining({ customer_id, frequency: 2, monetary: 100, correlation_id: second.correlation_id }),
      ]);
    },
    minute,
  );

  test(
    'while Core is away nothing is lost: it is told when it is back',
    async () => {
      await tell('core', 'away');
      const purchase = earned();
      await rig.write('points.earned', 'PointsEarned', purchase);
      expect(await rfmOf(purchase)).toBe('UNAVAILABLE');
      await rig.tell('core', 'ok');
      await until('Core has learnt it', async () => (await rfmOf(purchase))[1] === 1, 20_000);
    },
    minute,
  );

  test(
    'Core knows all customers, or those it is told of, and none while it is wrong',
    async () => {
      const [known, stranger] = [earned(), earned()];
      expect(await rfmOf(known)).toEqual([0, 0, 0]);
      onTestFinished(async () => {
        await rig.post('/core/customers', { only: null });
      });
      await rig.post('/core/customers', { only: [known.customer_id.toUpperCase()] });
      expect([await rfmOf(known), await rfmOf(stranger)]).toEqual([[0, 0, 0], 'NOT_FOUND']);
      expect(await rfmOf({ ...known, customer_id: 'nobody' })).toBe('INVALID_ARGUMENT');
      await tell('core', 'wrong');
      expect(await rfmOf(known)).toBe('NOT_FOUND');
    },
    minute,
  );
});

describe('Event Tracking', () => {
  const answers = async (token: string) => {
    const created = await rig.read('task.created', 'TaskCreated');
    const failed = await rig.read('task.failed', 'TaskFailed');
    return [...created, ...failed].filter(({ value }) => value.idempotency_token === token);
  };

  test(
    'makes one task of a redemption under a key of its own, however often it is told, also over a restart',
    async () => {
      const asked = redemption();
      await rig.write('reward.redemption', 'RewardRedemption', asked, asked);
      await until('it has answered', async () => (await answers(asked.idempotency_token)).length > 0, 20_000);
      await rig.restart();
      const later = redemption();
      await rig.write('reward.redemption', 'RewardRedemption', asked, later);
      await until(
        'it has answered the later one',
        async () => (await answers(later.idempotency_token)).length > 0,
        20_000,
      );
      const found = await answers(asked.idempotency_token);
      const { merchant_id, customer_id, idempotency_token, correlation_id } = asked;
      const task_id: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
      const created_at: unknown = expect.any(Number);
      expect(found).toEqual([
        {
          key: found[0]?.value.task_id,
          correlationId: correlation_id,
          value: { merchant_id, customer_id, idempotency_token, correlation_id, task_id, created_at },
        },
      ]);
    },
    minute,
  );

  test(
    'fails what it is asked for while it is wrong, and answers nothing while it is away',
    async () => {
      await tell('event-tracking', 'wrong');
      const refused = redemption();
      await rig.write('reward.redemption', 'RewardRedemption', refused);
      await until('it has answered', async () => (await answers(refused.idempotency_token)).length > 0, 20_000);
      expect((await answers(refused.idempotency_token))[0]).toMatchObject({
        ...{ key: refused.idempotency_token, value: { task_id: null, correlation_id: refused.correlation_id } },
      });
      await rig.tell('event-tracking', 'away');
      const waiting = redemption();
      await rig.write('reward.redemption', 'RewardRedemption', waiting);
      const { correlation_id } = waiting;
      await rig.write('points.earned', 'PointsEarned', earned({ correlation_id }));
      const kept = async () => (await rig.get<unknown[]>(`/admincore/records?correlation_id=${correlation_id}`)).length;
      await until('somebody who is there has read what came after it', async () => (await kept()) > 0, 20_000);
      expect(await answers(waiting.idempotency_token)).toEqual([]);
      await rig.tell('event-tracking', 'ok');
      await until('it has answered', async () => (await answers(waiting.idempotency_token)).length === 1, 20_000);
    },
    minute,
  );
});

describe('Campaign', () => {
  const assigned = async (customer: string) =>
    (await rig.read('vip_tier.assigned', 'VipTierAssigned')).filter(({ value }) => value.customer_id === customer);

  test(
    'assigns a tier when it is told to, and says by which ids it can be followed',
    async () => {
      const { merchant_id, customer_id } = earned();
      const answer = await rig.post('/campaign/assignments', { merchant_id, customer_id, tier_id: 'gold' });
      expect(answer.status).toBe(202);
      const { event_id, correlation_id } = answer.body as Record<'event_id' | 'correlation_id', string>;
      const assigned_at: unknown = expect.any(Number);
      expect(await assigned(customer_id)).toEqual([
        {
          key: customer_id,
          correlationId: correlation_id,
          value: { merchant_id, customer_id, tier_id: 'gold', event_id, assigned_at },
        },
      ]);
      await tell('campaign', 'wrong');
      await rig.post('/campaign/assignments', { merchant_id, customer_id, tier_id: 'gold' });
      expect((await assigned(customer_id)).map(({ value }) => value.tier_id).sort()).toEqual([
        'gold',
        'tier-that-nobody-has',
      ]);
      await rig.tell('campaign', 'away');
      expect((await rig.post('/campaign/assignments', { merchant_id, customer_id, tier_id: 'gold' })).status).toBe(503);
    },
    minute,
  );

  test(
    'assigns a tier once to who has earned enough, bonuses not counted',
    async () => {
      onTestFinished(async () => {
        await rig.post('/campaign/thresholds', {});
      });
      await rig.post('/campaign/thresholds', { silver: 100 });
      const customer_id = randomUUID();
      const last = earned({ customer_id, points: 70 });
      await rig.write(
        'points.earned',
        'PointsEarned',
        earned({ customer_id, points: 60 }),
        earned({ customer_id, points: 90, type: 'bonus' }),
        last,
        earned({ customer_id, points: 500 }),
      );
      await until('it has assigned one', async () => (await assigned(customer_id)).length > 0, 20_000);
      const found = await assigned(customer_id);
      expect(found.map(({ value, correlationId }) => [value.tier_id, correlationId])).toEqual([
        ['silver', last.correlation_id],
      ]);
    },
    minute,
  );
});

describe('AdminCore', () => {
  const entry = (own: Partial<AuditEntry>): AuditEntry => ({
    ...{ event_id: randomUUID(), event_type: 'order.created', customer_id: randomUUID(), points: 1, type: 'earn' },
    ...{
      merchant_id: redemption().merchant_id,
      sequence: 1,
      balance_after: 1,
      locale: 'en',
      description: 'You earned',
    },
    ...{ rule: '1 point', order_id: null, amount_minor: null, delivery_id: null, retention_days: 90, ...plainAudit },
    ...{ schema_version: '1.0.0', created_at: Date.now(), correlation_id: randomUUID(), ...own },
  });
  const kept = async (correlation: string) =>
    (await rig.get<{ topic: string; record: object }[]>(`/admincore/records?correlation_id=${correlation}`)).map(
      ({ topic, record }) => ({ topic, record }),
    );

  test(
    'keeps what concerns it under its correlation id, and finds it after a restart',
    async () => {
      const correlation_id = randomUUID();
      const [ledger, points] = [entry({ correlation_id }), earned({ correlation_id })];
      await rig.write('audit_log', 'AuditEntry', ledger);
      await rig.write('points.earned', 'PointsEarned', points);
      await rig.write('reward.redemption', 'RewardRedemption', redemption({ correlation_id }));
      await until('it has all three', async () => (await kept(correlation_id)).length >= 3, 20_000);
      await rig.restart();
      const found = await kept(correlation_id);
      expect(found.map(({ topic }) => topic).sort()).toEqual(['audit_log', 'points.earned', 'task.created']);
      expect(found.find(({ topic }) => topic === 'audit_log')?.record).toEqual({ ...ledger });
      expect(found.find(({ topic }) => topic === 'points.earned')?.record).toEqual({ ...points });
    },
    minute,
  );
});

describe('Auth', () => {
  test(
    'refuses everybody while it is wrong, and nobody is let in while it is away',
    async () => {
      const issue = tokenIssuer(await loadAuthKeys(rig.keyFolder), systemClock);
      const token = await issue({ merchantId: randomUUID(), scopes: ['merchant:points:view'] });
      const auth = createAuthClient({ host: rig.addresses.auth ?? '', clock: systemClock, timeoutMs: 2_000 });
      onTestFinished(() => {
        auth.close();
      });
      expect(await auth.ask(token)).toMatchObject({ scopes: ['merchant:points:view'] });
      await tell('auth', 'wrong');
      expect(await auth.ask(token)).toBeUndefined();
      await rig.tell('auth', 'away');
      await expect(auth.ask(token)).rejects.toThrow('Auth is not available');
      await rig.tell('auth', 'slow', 100);
      expect(await auth.ask(token)).toMatchObject({ scopes: ['merchant:points:view'] });
    },
    minute,
  );
});

describe('who directs them', () => {
  test('is told what does not fit', async () => {
    expect(await rig.post('/control', { target: 'nobody', mode: 'ok' })).toMatchObject({ status: 400 });
    expect(await rig.post('/control', { target: 'core', mode: 'slow', delayMs: -1 })).toMatchObject({ status: 400 });
    expect(await rig.post('/campaign/assignments', { merchant_id: 'x' })).toMatchObject({ status: 400 });
    expect(await rig.post('/nowhere', {})).toMatchObject({ status: 404 });
    expect(await rig.get('/control')).toMatchObject({ core: { mode: 'ok', delayMs: 0 } });
  });
});
