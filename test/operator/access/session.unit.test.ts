import { describe, expect, test } from 'vitest';
import { GuessGuard } from '../../../src/operator/access/guess-guard.ts';
import { Sessions, sessionMs } from '../../../src/operator/access/session.ts';

const token = 'a-token-of-at-least-32-characters';
const createClock = (at = 1_700_000_000_000) => {
  const clock = { at, now: () => clock.at };
  return clock;
};

describe('sessions', () => {
  test('open with the token alone', () => {
    const sessions = new Sessions(token, createClock(), () => 'id');
    expect(sessions.isToken(token)).toBe(true);
    expect(sessions.isToken(`${token} `)).toBe(false);
    expect(sessions.isToken('')).toBe(false);
  });

  test('hold for a shift, and not a moment longer', () => {
    const clock = createClock();
    const sessions = new Sessions(token, clock, () => 'id');
    const session = sessions.open();
    clock.at += sessionMs - 1;
    expect(sessions.isOpen(session)).toBe(true);
    clock.at += 1;
    expect(sessions.isOpen(session)).toBe(false);
  });

  test('hold nothing of the token', () => {
    expect(new Sessions(token, createClock(), () => 'id').open()).not.toContain(token.slice(0, 6));
  });

  test('are taken by every instance with the same token, and by none with another', () => {
    const session = new Sessions(token, createClock(), () => 'id').open();
    expect(new Sessions(token, createClock(), () => 'other').isOpen(session)).toBe(true);
    expect(new Sessions(`${token}!`, createClock(), () => 'id').isOpen(session)).toBe(false);
  });

  test.each([
    ['a later end', (session: string) => session.replace(/^\d/, '9')],
    ['another signature', (session: string) => `${session.slice(0, -1)}${session.endsWith('A') ? 'B' : 'A'}`],
    ['no signature', (session: string) => session.split('.').slice(0, 2).join('.')],
    ['nothing', () => ''],
    ['rubbish', () => '9999999999999.id.'.padEnd(200, 'x')],
  ])('with %s are nobody’s', (_what, change) => {
    const sessions = new Sessions(token, createClock(), () => 'id');
    expect(sessions.isOpen(change(sessions.open()))).toBe(false);
  });

  test('seal what must come back unchanged, and a seal is no session', () => {
    const sessions = new Sessions(token, createClock(), () => 'id');
    const seal = sessions.seal('a job');
    expect(sessions.isSealed('a job', seal)).toBe(true);
    expect(sessions.isSealed('another job', seal)).toBe(false);
    expect(sessions.isOpen(`9999999999999.id.${sessions.seal('9999999999999.id')}`)).toBe(false);
  });
});

describe('guesses', () => {
  test('cost nothing three times, then ever more, up to a minute', () => {
    const guard = new GuessGuard(createClock());
    const waits = Array.from({ length: 12 }, () => {
      guard.failed('10.0.0.1');
      return guard.waitMs('10.0.0.1');
    });
    expect(waits).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test('are counted by address, and forgotten with success or time', () => {
    const clock = createClock();
    const guard = new GuessGuard(clock);
    for (let n = 0; n < 5; n += 1) guard.failed('10.0.0.1');
    expect(guard.waitMs('10.0.0.2')).toBe(0);
    clock.at += 2_000;
    expect(guard.waitMs('10.0.0.1')).toBe(0);
    guard.failed('10.0.0.1');
    expect(guard.waitMs('10.0.0.1')).toBe(4_000);
    clock.at += 15 * 60_000 + 1;
    guard.failed('10.0.0.1');
    expect(guard.waitMs('10.0.0.1')).toBe(0);
    guard.succeeded('10.0.0.1');
    for (let n = 0; n < 3; n += 1) guard.failed('10.0.0.1');
    expect(guard.waitMs('10.0.0.1')).toBe(0);
  });
});
