import { describe, expect, test } from 'vitest';
import type { KnownOutcome } from '../../src/requests/ports.ts';
import { askedOf, fingerprintOf, isAnswerTo, questionOf } from '../../src/requests/asked.ts';
import { customerId, merchantId, otherCustomerId, outcomeFor, redemptionOf, tillOf } from '../support/requests.ts';

const token = '5c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d';
const anotherReward = '99999999-9d4b-4f6e-8a5c-0b1d2e3f4a5b';

test('A request is looked for by its event and its token', () => {
  const command = redemptionOf({ idempotency_token: token });
  expect(questionOf(command)).toEqual({ merchantId, eventId: command.event_id, idempotencyToken: token });
});

test('Nobody waits for an order', () => {
  const { command: _, ...envelope } = tillOf();
  const order = { order_id: '1', amount_minor: 1, currency: 'USD', financial_status: null, source_name: null };
  expect(() => askedOf({ ...envelope, command: { 'points.OrderCreated': order } })).toThrow(TypeError);
});

describe('two requests under one token are', () => {
  const one = tillOf({ idempotency_token: token, type: 'earn', amount_minor: 500, currency: 'USD', order_id: '7' });
  const [till] = [one.command['points.PosTransaction']!];
  test('one where only language, time and correlation differ', () => {
    const again = { ...one, locale: 'ar', occurred_at: 1, correlation_id: 'another' };
    expect(fingerprintOf(askedOf(again))).toBe(fingerprintOf(askedOf(one)));
  });
  test.each([
    ['customer', { ...one, customer_id: otherCustomerId }],
    ['points', tillOf({ ...till, points: 101 })],
    ['amount', tillOf({ ...till, amount_minor: 501 })],
    ['currency', tillOf({ ...till, currency: 'EUR' })],
    ['order', tillOf({ ...till, order_id: '8' })],
    ['direction', tillOf({ ...till, type: 'spend' })],
    ['kind', redemptionOf({ idempotency_token: token })],
  ])('two where the %s differs', (_, other) => {
    expect(fingerprintOf(askedOf(other))).not.toBe(fingerprintOf(askedOf(one)));
  });
});

describe('an outcome is the answer to a redemption', () => {
  const command = redemptionOf();
  const asked = askedOf(command);
  test.each([
    ['pending', outcomeFor(command)],
    ['completed', outcomeFor(command, { status: 'completed', task_id: anotherReward })],
    ['failed', outcomeFor(command, { status: 'failed', reason: 'TIMED_OUT' })],
    ['refused before it was one', outcomeFor(command, { kind: 'refusal', status: null, reward_id: null })],
  ])('that is %s', (_, outcome) => {
    expect(isAnswerTo(asked, outcome)).toBe(true);
  });
  test.each([
    ['customer', outcomeFor(command, { customer_id: otherCustomerId })],
    ['points', outcomeFor(command, { points: 99 })],
    ['reward', outcomeFor(command, { reward_id: anotherReward })],
    ['kind: a till’s spend', outcomeFor(command, { kind: 'ledger', status: null, reward_id: null })],
    ['kind: a till’s refused sale', outcomeFor(command, { kind: 'refusal', type: 'earn', reward_id: null })],
  ])('unless it is of another %s', (_, outcome) => {
    expect(isAnswerTo(asked, outcome)).toBe(false);
  });
});

describe('an outcome is the answer to a till', () => {
  const spend = tillOf();
  const refusedLongAgo: KnownOutcome = { ...outcomeFor(spend, { kind: 'refusal' }), points: null };
  const byRule = tillOf({ type: 'earn', points: 0, amount_minor: 500, currency: 'USD' });
  const ofOrder = tillOf({ type: 'earn', points: 50, order_id: '820982911946154508' });
  test.each([
    ['its spend', spend, outcomeFor(spend)],
    ['its refused spend', spend, outcomeFor(spend, { kind: 'refusal', reason: 'INSUFFICIENT_POINTS' })],
    ['a spend refused long ago, whose points are not kept', spend, refusedLongAgo],
    ['a sale by the merchant’s rule', byRule, outcomeFor(byRule, { points: 5 })],
    ['a sale that its order has paid by the rule', ofOrder, outcomeFor(ofOrder, { points: 47 })],
  ])('that tells %s', (_, command, outcome) => {
    expect(isAnswerTo(askedOf(command), outcome)).toBe(true);
  });
  test.each([
    ['other points', spend, outcomeFor(spend, { points: 1 })],
    ['the other direction', spend, outcomeFor(spend, { type: 'earn' })],
    ['another customer', spend, outcomeFor(spend, { customer_id: otherCustomerId })],
    ['a redemption', spend, outcomeFor(redemptionOf())],
    ['an order of another customer', ofOrder, outcomeFor(ofOrder, { customer_id: otherCustomerId })],
  ])('unless it tells %s', (_, command, outcome) => {
    expect(isAnswerTo(askedOf(command), outcome)).toBe(false);
  });
});

test('What is compared is the customer’s own', () => {
  expect(askedOf(redemptionOf()).customerId).toBe(customerId);
});
