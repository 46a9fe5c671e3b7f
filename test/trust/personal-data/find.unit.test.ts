import { describe, expect, it } from 'vitest';
import { createCanaries, everyPersonalField, personalCustomer, withCanaries } from './canaries.ts';
import { findCanaries } from './find.ts';

const canaries = createCanaries();
const text = canaries.text('customer.email');
const number = canaries.number();
const found = (bytes: Buffer | string) => findCanaries([{ place: 'here', bytes: Buffer.from(bytes) }], canaries).length;

describe('the search for canaries', () => {
  it.each([
    ['as it is', text],
    ['in JSON, in JSON', JSON.stringify(JSON.stringify({ email: text }))],
    ['in a URL', encodeURIComponent(text)],
    ['in lower case', text.toLowerCase()],
    ['in UTF-16', Buffer.from(`x${text}`, 'utf16le')],
    ['in hexadecimal', Buffer.from(`x${text}`).toString('hex')],
    ['in base64', Buffer.from(text).toString('base64')],
    ['in base64 behind one byte', Buffer.from(`x${text}`).toString('base64')],
    ['in base64 behind two bytes', Buffer.from(`xy${text}`).toString('base64')],
    ['in base64 for URLs', Buffer.from(`xy${text}`).toString('base64url')],
    ['cut in two', text.slice(0, 20)],
    ['as a number', `{"phone":${number}}`],
    ['as a number in base64', Buffer.from(`{"phone":${number}}`).toString('base64')],
  ])('finds one %s', (_how, bytes) => {
    expect(found(bytes)).toBe(1);
  });

  it('finds none where there is none', () => {
    expect(found(JSON.stringify({ email: 'ann@example.com', phone: '+15550100111', id: '5012340987124' }))).toBe(0);
  });
});

describe('canaries', () => {
  it('take the place of every text and number that is not needed, whatever it is called', () => {
    const order = { id: 1, note: 'a', customer: { id: 5, email: null }, lines: [{ price: 3, amount: '1.00' }] };
    expect(withCanaries(order, canaries)).toEqual({
      ...{ id: 1, note: expect.stringContaining(canaries.mark) },
      customer: { id: expect.any(Number), email: expect.stringContaining(canaries.mark) },
      lines: [{ price: expect.any(Number), amount: '1.00' }],
    });
  });

  it('are in every field, each once', () => {
    const all = JSON.stringify(everyPersonalField(canaries)) + personalCustomer(canaries, canaries.number());
    const each = all.match(new RegExp(`${canaries.mark}[^"]+`, 'g')) ?? [];
    expect(each.length).toBeGreaterThan(120);
    expect(new Set(each).size).toBe(each.length);
  });
});
