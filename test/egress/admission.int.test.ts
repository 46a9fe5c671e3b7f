import { describe, expect, test } from 'vitest';
import type { BalanceReader } from '../../src/balances/index.ts';
import { createFakeDoor } from '../support/fake-door.ts';
import { until } from '../support/until.ts';
import { getBalance, healthStatus, merchant, newClient } from './grpc-clients.ts';
import { startHarness } from './harness.ts';
import { redeem } from './redeem-client.ts';
import { openWatch } from './watch-client.ts';

const startRig = async (balances?: BalanceReader) => {
  const doors = { reads: createFakeDoor(), redemptions: createFakeDoor() };
  const calls: string[] = [];
  const harness = await startHarness({
    doors,
    ...(balances && { balances }),
    onCall: ({ code }) => void calls.push(code),
  });
  const token = await harness.auth.issueToken({ merchantId: merchant, scopes: ['merchant:points:view'] });
  return { ...harness, doors, calls, token };
};

describe('a call that is too much', () => {
  test.each(['look', 'enter'] as const)('is told when to come back, before Auth is asked (shed at %s)', async (at) => {
    const { client, doors, auth, calls, token } = await startRig();
    doors.reads.sheds.set('unknown', { at, reason: 'full' });
    await auth.close();
    const refused = await getBalance(client, { token });
    expect(refused).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      details: 'More comes in than can be taken now, try again',
    });
    expect(refused.metadata.get('grpc-retry-pushback-ms')).toEqual(['3000']);
    const [details] = refused.metadata.get('grpc-status-details-bin') as [Buffer];
    expect(details.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo');
    expect(calls).toEqual(['RESOURCE_EXHAUSTED']);
  });

  test('is told from others by the merchant of its token, once that has been valid', async () => {
    const { client, doors, token } = await startRig();
    expect(await getBalance(client, { token })).toMatchObject({ code: 'OK' });
    doors.reads.sheds.set(merchant, { at: 'look', reason: 'share' });
    expect(await getBalance(client, { token })).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(await getBalance(client, { token: 'another' })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(doors.reads.looked).toEqual(['unknown', merchant, 'unknown']);
  });

  test('leaves redemptions alone when it is a read, and health checks in any case', async () => {
    const { client, doors, port, token, server } = await startRig();
    server.setServing(true);
    for (const key of ['unknown', merchant]) doors.reads.sheds.set(key, { at: 'look', reason: 'full' });
    expect(await redeem(client, { token })).toMatchObject({ code: 'UNIMPLEMENTED' });
    expect(doors.redemptions.entered).toEqual(['unknown']);
    expect(await healthStatus(port, 'points.v1')).toBe('SERVING');
  });
});

describe('a call that is let in', () => {
  test('holds its place until it is answered, and not while its message is awaited', async () => {
    const gate = Promise.withResolvers<null>();
    const { client, doors, token } = await startRig({
      read: async (merchantId, customerId) => {
        await gate.promise;
        return { merchantId, customerId, balance: 1, sequence: 1 };
      },
    });
    const answer = getBalance(client, { token });
    await until('the place is taken', () => doors.reads.inFlight === 1, 5_000);
    gate.resolve(null);
    expect(await answer).toMatchObject({ code: 'OK' });
    expect(doors.reads.left).toEqual([['unknown', true]]);
  });

  test('gives its place back when its client has gone, which says nothing of how fast the service is', async () => {
    const gate = Promise.withResolvers<never>();
    const { client, doors, token } = await startRig({ read: () => gate.promise });
    const answer = getBalance(client, { token, deadlineMs: 100 });
    await until('the place is taken', () => doors.reads.inFlight === 1, 5_000);
    expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await until('the place is free', () => doors.reads.inFlight === 0, 5_000);
    expect(doors.reads.left).toHaveLength(1);
  });

  test('says nothing of that either when it is refused', async () => {
    const { client, doors } = await startRig();
    expect(await getBalance(client, {})).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(doors.reads.left).toEqual([['unknown', false]]);
  });

  test('and is a stream holds its place to its first message', async () => {
    const { port, doors, token } = await startRig();
    const watch = openWatch(newClient(port), { token });
    await until('the balance is told', () => watch.told.length === 1, 5_000);
    expect(doors.reads).toMatchObject({ entered: ['unknown'], left: [['unknown', true]] });
    watch.hangUp();
  });
});
