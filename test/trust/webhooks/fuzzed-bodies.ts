import type { Random } from '../../support/random.ts';
import { type Fixture, fixtures } from './orders.ts';

/** A body made from a genuine one, its topic, and whether its sender knows the secret. */
export interface FuzzedBody {
  readonly topic: string;
  readonly body: Buffer;
  readonly isSigned: boolean;
  /** The order the genuine body was given: accepted or not, no other may be moved. */
  readonly id: number;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What is put in the place of a value. */
const values: readonly Json[] = [
  ...[null, true, false, 0, -1, 1e300, 0.1, '', ' ', 'null', '0', '-25.00', '1e5', '١٢', 'a\r\nb', '\u001b[2J'],
  ...[[], {}, [[]], [null], { id: null }, { id: '' }, { id: {} }, [{}], 'x'.repeat(5_000), '2026-02-30T25:00:00Z'],
  ...[
    '1970-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    'USD',
    'usd',
    'XXX',
    9_007_199_254_740_991,
    '18446744073709551616',
  ],
];

/** What is put between the bytes. */
const splinters = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '\\u0000',
  '\r\n',
  '\\',
  '9'.repeat(40),
  '"__proto__":{},',
  '1e9',
  '\u001b[',
];

/** The place of one value somewhere inside, with how to put another there. */
const placesIn = (value: Json): ((put: Json | undefined) => void)[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((inner, index) => [
      (put: Json | undefined) => {
        value.splice(index, 1, ...(put === undefined ? [] : [put]));
      },
      ...placesIn(inner),
    ]);
  }
  return Object.entries(value).flatMap(([key, inner]) => [
    (put: Json | undefined) => {
      if (put === undefined) Reflect.deleteProperty(value, key);
      else value[key] = put;
    },
    ...placesIn(inner),
  ]);
};

const needed = [
  'id',
  'customer',
  'order_id',
  'currency',
  'subtotal_price_set',
  'created_at',
  'refund_line_items',
  'shop_domain',
  'cancelled_at',
  'test',
];

/** Other values, or none, in some places; the fields that are read are struck more often than the others. */
const inStructure = (body: string, random: Random): Buffer => {
  const value = JSON.parse(body) as Record<string, Json>;
  const changes = random.between(1, 3);
  for (let change = 0; change < changes; change += 1) {
    if (random.next() < 0.6) value[random.pick(needed)] = structuredClone(random.pick(values));
    else random.pick(placesIn(value))(random.next() < 0.3 ? undefined : structuredClone(random.pick(values)));
  }
  return Buffer.from(JSON.stringify(value));
};

/** Bytes changed, cut out and put in. */
const inBytes = (body: string, random: Random): Buffer => {
  let bytes: Buffer = Buffer.from(body);
  const changes = random.between(1, 4);
  for (let change = 0; change < changes; change += 1) {
    const place = random.between(0, bytes.length);
    const put = random.next() < 0.5 ? Buffer.from(random.pick(splinters)) : Buffer.from([random.between(0, 255)]);
    bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + random.between(0, 20))]);
  }
  return bytes;
};

const inKeys = (body: string, random: Random): Buffer => {
  const twice = `${JSON.stringify(random.pick(needed))}:${JSON.stringify(random.pick(values))}`;
  return Buffer.from(random.next() < 0.5 ? body.replace('{', `{${twice},`) : body.replace(/}\s*$/, `,${twice}}`));
};

const cutOff = (body: string, random: Random): Buffer =>
  Buffer.from(body).subarray(0, random.between(0, body.length - 2));

const deepInside = (body: string, random: Random): Buffer => {
  const levels = random.pick([60, 64, 65, 1_000, 20_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return Buffer.from(
    body.replace('{', `{"deep":${open.repeat(levels)}1${close.repeat(random.next() < 0.5 ? levels : 1)},`),
  );
};

const mutations = [inStructure, inStructure, inStructure, inBytes, inBytes, inKeys, cutOff, deepInside];

/** A genuine body with an order's id of its own, so that what it does is seen apart. */
const genuine = ({ body }: Fixture, id: number, shopDomain: string): string =>
  body
    .toString()
    .replace(/"id":\s*\d+/, `"id":${String(id)}`)
    .replaceAll('seed-corner.myshopify.com', shopDomain);

const unsignedShare = 0.1;

/**
 * Bodies without end in sight: the same for the same numbers at random.
 * @param idFrom the first order's id; each body has the next
 */
export function* fuzzedBodies(
  count: number,
  random: Random,
  { idFrom, shopDomain }: { readonly idFrom: number; readonly shopDomain: string },
): Generator<FuzzedBody> {
  // An erasure that is in order would take the shop away, and with it all that follows.
  const from = fixtures().filter(({ topic }) => topic !== 'shop/redact');
  for (let index = 0; index < count; index += 1) {
    const fixture = random.pick(from);
    const id = idFrom + index;
    const body = random.pick(mutations)(genuine(fixture, id, shopDomain), random);
    yield { topic: fixture.topic, body, isSigned: random.next() >= unsignedShare, id };
  }
}
