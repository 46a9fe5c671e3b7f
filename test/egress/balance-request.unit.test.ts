import { expect, test } from 'vitest';
import { parseBalanceRequest, usableLocale } from '../../src/egress/balance-request.ts';

const merchant_id = '11111111-1111-4111-8111-11111111111A';
const customer_id = 'AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

test('Ids are lower-cased and the locale is made canonical', () => {
  expect(parseBalanceRequest({ merchant_id, customer_id, locale: 'pt_br' })).toEqual({
    merchantId: '11111111-1111-4111-8111-11111111111a',
    customerId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
    locale: 'pt-BR',
  });
});

test.each([
  [{ merchant_id: '', customer_id }, 'Must be a UUID: merchant_id'],
  [{ merchant_id, customer_id: '4711' }, 'Must be a UUID: customer_id'],
  [{ merchant_id: `${merchant_id} `, customer_id: '{}' }, 'Must be a UUID: merchant_id, customer_id'],
])('%j is refused by name', (ids, message) => {
  expect(() => parseBalanceRequest({ ...ids, locale: 'en' })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message }),
  );
});

test.each([
  ['', ''],
  ['he', 'he'],
  ['AR-eg', 'ar-EG'],
  ['iw', 'he'],
  ['../../etc/passwd', ''],
  ['x'.repeat(200), ''],
  ['en; DROP TABLE', ''],
])('The locale %j is read as %j', (asked, expected) => {
  expect(usableLocale(asked)).toBe(expected);
});
