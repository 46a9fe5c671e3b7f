import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { orderOf } from './orders.ts';

/** One hostile delivery, signed by its shop unless headers say otherwise, and what must be answered. */
export interface NastyBody {
  readonly name: string;
  readonly body: Buffer;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly chunkBytes?: number;
}

const mebibyte = 1024 * 1024;
const deep = 100_000;
const text = (value: string): Buffer => Buffer.from(value);
const escape = '\u001b[31mred\u001b[0m\u001b]0;title\u0007';

/** An order, as text, that has something put in behind its first brace. */
const orderWith = (id: number, inserted: string): Buffer =>
  text(
    orderOf(id, 9)
      .toString()
      .replace('{', `{${inserted}${inserted === '' ? '' : ','}`),
  );
const withId = (id: string): Buffer => text(orderOf(1, 9).toString().replace('"id":1', `"id":${id}`));
const withAmount = (amount: string): Buffer =>
  text(orderOf(1, 9).toString().replace('"subtotal_price":"25.00"', `"subtotal_price":${amount}`));
/** Valid, and as long as asked for. */
const padded = (id: number, bytes: number): Buffer => {
  const order = orderOf(id, 9).toString();
  return text(order + ' '.repeat(bytes - order.length));
};

const depth = (id: number): readonly NastyBody[] => [
  { name: 'lists 100,000 deep', body: text('['.repeat(deep)), status: 400 },
  { name: 'lists 100,000 deep, closed', body: text('['.repeat(deep) + ']'.repeat(deep)), status: 400 },
  { name: 'objects 100,000 deep', body: text('{"a":'.repeat(deep)), status: 400 },
  { name: 'objects 100,000 deep, closed', body: text(`${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`), status: 400 },
  {
    name: 'an order with a note 100,000 deep',
    body: orderWith(id, `"note":${'['.repeat(deep)}${']'.repeat(deep)}`),
    status: 400,
  },
  { name: 'depth hidden behind a quote that does not end', body: text(`{"a":"\\"${'['.repeat(deep)}`), status: 400 },
  { name: '1 MiB of opening brackets', body: Buffer.alloc(mebibyte, '['), status: 400 },
  { name: '1 MiB of closing brackets', body: Buffer.alloc(mebibyte, ']'), status: 400 },
];

const keys = (id: number): readonly NastyBody[] => [
  { name: '__proto__ that holds the order', body: text(`{"__proto__":${orderOf(id, 9).toString()}}`), status: 400 },
  {
    name: 'constructor.prototype that holds the order',
    body: text(`{"constructor":{"prototype":${orderOf(id, 9).toString()}}}`),
    status: 400,
  },
  {
    name: '__proto__ beside an order',
    body: orderWith(id + 1, '"__proto__":{"test":true,"customer":null}'),
    status: 200,
  },
  {
    name: 'hasOwnProperty, toString and valueOf',
    body: orderWith(id + 2, '"hasOwnProperty":1,"toString":2,"valueOf":null'),
    status: 200,
  },
  {
    name: '__proto__ as the customer',
    body: text(orderOf(id, 9, { customer: 0 }).toString().replace('"customer":0', '"customer":{"__proto__":{"id":9}}')),
    status: 200,
  },
  { name: 'two ids', body: orderWith(id, `"id":${String(id + 900)}`), status: 400 },
  { name: 'two customers', body: orderWith(id, '"customer":{"id":8}'), status: 400 },
  { name: 'two amounts', body: orderWith(id, '"subtotal_price":"99999.00"'), status: 400 },
  { name: 'a key twice by an escape', body: orderWith(id, '"subtotal_\\u0070rice":"99999.00"'), status: 400 },
  { name: 'two keys deep inside', body: orderWith(id, '"note_attributes":[{"a":1,"a":2}]'), status: 400 },
  {
    name: '60,000 keys',
    body: orderWith(id + 3, Array.from({ length: 60_000 }, (_, at) => `"k${String(at)}":0`).join()),
    status: 200,
  },
  {
    name: '60,000 keys that are numbers',
    body: orderWith(id + 4, Array.from({ length: 60_000 }, (_, at) => `"${String(at * 16)}":0`).join()),
    status: 200,
  },
  { name: 'a key of 1,000,000 characters', body: orderWith(id + 5, `"${'k'.repeat(1_000_000)}":0`), status: 200 },
];

const numbers: readonly NastyBody[] = [
  { name: 'an id of 2^64 - 1', body: withId('18446744073709551615'), status: 200 },
  { name: 'an id of 2^53 + 1', body: withId('9007199254740993'), status: 200 },
  { name: 'an id of 21 digits', body: withId('184467440737095516150'), status: 400 },
  { name: 'an id with an exponent', body: withId('1e18'), status: 400 },
  { name: 'an id with a fraction', body: withId('5.0'), status: 400 },
  { name: 'an id of 0', body: withId('0'), status: 400 },
  { name: 'a negative id', body: withId('-5'), status: 400 },
  { name: 'an id of 900,000 digits', body: withId('9'.repeat(900_000)), status: 400 },
  { name: 'an id in Arabic digits', body: withId('"١٢٣"'), status: 400 },
  { name: 'an amount beyond 2^53', body: withAmount('"90071992547409930.00"'), status: 400 },
  { name: 'an amount beyond 2^53, as a number', body: withAmount('90071992547409930.00'), status: 400 },
  { name: 'an amount of 900,000 digits', body: withAmount(`"${'9'.repeat(900_000)}"`), status: 400 },
  { name: 'an amount with 900,000 decimals', body: withAmount(`"1.${'0'.repeat(900_000)}"`), status: 400 },
  { name: 'an amount with a great exponent', body: withAmount('1e999999'), status: 400 },
  { name: 'an amount with a small exponent', body: withAmount('1e-999999'), status: 400 },
  { name: 'an amount in hexadecimal', body: withAmount('"0xFFFF"'), status: 400 },
  { name: 'an amount that is a list', body: withAmount('["25.00"]'), status: 400 },
  { name: 'a negative amount', body: withAmount('"-25.00"'), status: 200 },
  { name: 'an amount that is no number', body: withAmount('NaN'), status: 400 },
  { name: 'an amount without end', body: withAmount('Infinity'), status: 400 },
];

const characters = (id: number): readonly NastyBody[] => [
  ...['id', 'currency', 'created_at'].flatMap((field) => [
    { name: `CR/LF in ${field}`, body: orderOf(id, 9, { [field]: '1\r\nX-Injected: 1' }), status: 400 },
    { name: `ANSI in ${field}`, body: orderOf(id, 9, { [field]: escape }), status: 400 },
  ]),
  {
    name: 'CR/LF and ANSI in what is not read',
    body: orderOf(id + 6, 9, { note: `${escape}\r\n{"level":"fatal"}`, customer_locale: `en\r\n${escape}` }),
    status: 200,
  },
  {
    name: 'CR/LF and ANSI in words of Shopify',
    body: orderOf(id + 7, 9, { source_name: `web\r\n${escape}`, financial_status: escape }),
    status: 200,
  },
  { name: 'a customer id with CR/LF', body: orderOf(id, 9, { customer: { id: '9\r\n' } }), status: 400 },
  { name: 'raw control characters in a text', body: orderWith(id, `"note":"${escape}\r\n"`), status: 400 },
  { name: 'a NUL byte', body: text(`${orderOf(id, 9).toString()}\u0000`), status: 400 },
  { name: 'lone surrogates', body: orderWith(id + 8, '"note":"\\ud800 \\udfff"'), status: 200 },
  {
    name: 'bytes that are no UTF-8',
    body: Buffer.concat([text('{"id":'), Buffer.from([0xff, 0xfe, 0xc0, 0xaf]), text('}')]),
    status: 400,
  },
  { name: 'UTF-16', body: Buffer.from(orderOf(id, 9).toString(), 'utf16le'), status: 400 },
  { name: '1 MiB of backslashes in a text', body: text(`{"a":"${'\\'.repeat(mebibyte - 10)}`), status: 400 },
  { name: '1 MiB of quotes', body: Buffer.alloc(mebibyte, '"'), status: 400 },
];

const notJson = (id: number): readonly NastyBody[] =>
  [
    ['nothing', ''],
    ['blanks', ' '.repeat(1_000)],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"order"'],
    ['a list', '[]'],
    ['a list with an order', `[${orderOf(id, 9).toString()}]`],
    ['two orders', orderOf(id, 9).toString().repeat(2)],
    ['an order cut off', orderOf(id, 9).toString().slice(0, -9)],
    ['a comma too many', orderWith(id, '').toString().replace(/}$/, ',}')],
    ['a comment', orderWith(id, '/* */"a":1').toString()],
    ['single quotes', orderOf(id, 9).toString().replaceAll('"', "'")],
    ['XML with an entity', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['a form', 'id=1&currency=USD&subtotal_price=25.00'],
  ].map(([name = '', body = '']) => ({ name, body: text(body), status: 400 }));

const encodings = (id: number): readonly NastyBody[] => {
  const order = orderOf(id, 9);
  const bomb = gzipSync(Buffer.alloc(200 * mebibyte, ' '));
  return [
    { name: 'gzip, and says so', body: gzipSync(order), status: 415, headers: { 'content-encoding': 'gzip' } },
    { name: 'gzip, and says nothing', body: gzipSync(order), status: 400 },
    { name: 'a bomb of 200 MiB in gzip', body: bomb, status: 415, headers: { 'content-encoding': 'gzip' } },
    { name: 'gzip twice', body: gzipSync(gzipSync(order)), status: 415, headers: { 'content-encoding': 'gzip, gzip' } },
    { name: 'deflate', body: deflateSync(order), status: 415, headers: { 'content-encoding': 'deflate' } },
    { name: 'brotli', body: brotliCompressSync(order), status: 415, headers: { 'content-encoding': 'br' } },
    { name: 'plain, but says gzip', body: order, status: 415, headers: { 'content-encoding': 'gzip' } },
    { name: 'identity', body: orderOf(id + 9, 9), status: 200, headers: { 'content-encoding': 'identity' } },
    { name: 'a content type that is none', body: order, status: 415, headers: { 'content-type': ';;;' } },
    { name: 'another content type', body: orderOf(id + 10, 9), status: 200, headers: { 'content-type': 'text/html' } },
  ];
};

const sizes = (id: number): readonly NastyBody[] => [
  { name: '1 MiB', body: padded(id + 11, mebibyte), status: 200 },
  { name: '1 MiB + 1', body: padded(id, mebibyte + 1), status: 413 },
  {
    name: '1 MiB + 1, not signed',
    body: padded(id, mebibyte + 1),
    status: 413,
    headers: { 'x-shopify-hmac-sha256': 'x' },
  },
  { name: '8 MiB', body: padded(id, 8 * mebibyte), status: 413 },
  { name: 'chunks of 7 bytes', body: orderOf(id + 12, 9), status: 200, chunkBytes: 7 },
  { name: '1 MiB in chunks', body: padded(id + 13, mebibyte), status: 200, chunkBytes: 1_000 },
  { name: '1 MiB + 1 in chunks', body: padded(id, mebibyte + 1), status: 413, chunkBytes: 1_000 },
  { name: '8 MiB in chunks', body: padded(id, 8 * mebibyte), status: 413, chunkBytes: 65_536 },
];

/**
 * Every named nasty thing.
 * @param id of the first order; some of them are in order, and need ids of their own: up to 20 from there
 */
export const nastyBodies = (id: number): readonly NastyBody[] => [
  ...depth(id),
  ...keys(id),
  ...numbers,
  ...characters(id),
  ...notJson(id),
  ...encodings(id),
  ...sizes(id),
];
