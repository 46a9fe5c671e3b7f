import { randomInt } from 'node:crypto';

/** Texts that stand where personal data stands, each in one field, and can be told from everything else. */
export interface Canaries {
  /** In every text: letters and digits, so that neither JSON nor a URL writes it otherwise. */
  readonly mark: string;
  /** In every number of 16 digits. */
  readonly digits: string;
  /** A text for a field, as an e-mail address. */
  text(field: string): string;
  /** A number for a field, as one has a telephone. */
  number(): string;
  /** How many there are. */
  readonly count: () => number;
}

export const createCanaries = (): Canaries => {
  const mark = `Cnry${randomInt(0x1000_0000, 0xffff_ffff).toString(16)}Q`;
  // No id of a test begins like this.
  const digits = `97${String(randomInt(10_000_000, 99_999_999))}`;
  let made = 0;
  return {
    ...{ mark, digits },
    text: (field) => `${mark}.${field.replaceAll(/[^A-Za-z0-9]/g, '.')}.${String((made += 1))}@example.com`,
    number: () => `${digits}${String((made += 1)).padStart(6, '0')}`,
    count: () => made,
  };
};

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What is read, and would not be accepted as anything else; ids are ours to choose. */
const kept =
  /(?:^|\.)(?:id|order_id|shop_id|shop_domain|created_at|processed_at|cancelled_at|currency|currency_code|amount|subtotal|subtotal_price|test|kind)$/;
const isKept = (path: string): boolean =>
  kept.test(path) && !/customer\.|address|client_details|properties|attributes/.test(path);

/**
 * The same with a canary in every text and in every number that is not needed, at any depth, whatever the field is called.
 * A field that is null gets one, too.
 */
export const withCanaries = (value: Json, canaries: Canaries, path = ''): Json => {
  // A guest stays one, and an order's id is no canary.
  if (value === null && /^customer(?:\.id)?$/.test(path)) return value;
  if (isKept(path) || typeof value === 'boolean' || /^orders_\w+\[/.test(path)) return value;
  if (typeof value === 'number') return Number(canaries.number());
  if (typeof value === 'string' || value === null) return canaries.text(path);
  if (Array.isArray(value)) {
    return value.map((inner: Json, index) => withCanaries(inner, canaries, `${path}[${String(index)}]`));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      withCanaries(inner, canaries, path === '' ? key : `${path}.${key}`),
    ]),
  );
};

/** Where personal data stands in what Shopify sends: of orders, refunds and requests by law. */
const fields = {
  order: [
    ...[
      'email',
      'contact_email',
      'phone',
      'browser_ip',
      'note',
      'landing_site',
      'referring_site',
      'order_status_url',
      'token',
      'cart_token',
    ],
    ...[
      'checkout_token',
      'name',
      'confirmation_number',
      'po_number',
      'reference',
      'source_identifier',
      'source_name',
      'source_url',
      'tags',
      'user_id',
    ],
    ...[
      'customer_locale',
      'financial_status',
      'cancel_reason',
      'device_id',
      'landing_site_ref',
      'processing_method',
      'gateway',
      'checkout_id',
    ],
  ],
  customer: [
    'email',
    'first_name',
    'last_name',
    'phone',
    'note',
    'tags',
    'multipass_identifier',
    'verified_email',
    'locale',
    'sms_marketing_consent',
  ],
  address: [
    ...[
      'first_name',
      'last_name',
      'name',
      'company',
      'address1',
      'address2',
      'city',
      'zip',
      'province',
      'province_code',
      'country',
    ],
    ...['country_code', 'phone', 'latitude', 'longitude'],
  ],
  client: ['accept_language', 'browser_ip', 'session_hash', 'user_agent'],
  payment: [
    'credit_card_bin',
    'credit_card_number',
    'credit_card_company',
    'credit_card_name',
    'credit_card_wallet',
    'avs_result_code',
  ],
} as const;

/** Every field there is, whether or not a fixture has it. */
export const everyPersonalField = (canaries: Canaries): { readonly [key: string]: Json } => {
  const all = (group: keyof typeof fields): Record<string, Json> =>
    Object.fromEntries(fields[group].map((field) => [field, canaries.text(`${group}.${field}`)]));
  const pair = (what: string): readonly Json[] => [
    { name: canaries.text(`${what}.name`), value: canaries.text(`${what}.value`) },
  ];
  return {
    ...all('order'),
    ...{ client_details: all('client'), payment_details: all('payment'), note_attributes: pair('note_attributes') },
    ...{ billing_address: all('address'), shipping_address: all('address') },
    line_items: [{ name: canaries.text('line.name'), properties: pair('properties'), origin_location: all('address') }],
    shipping_lines: [{ title: canaries.text('shipping.title'), phone: canaries.text('shipping.phone') }],
    fulfillments: [{ receipt: all('payment'), destination: all('address'), tracking_url: canaries.text('tracking') }],
    discount_codes: [{ code: canaries.text('discount') }],
    [canaries.text('name of a field')]: 1,
  };
};

/** A customer with everything that is known of one; the id is a canary too, for it leads to the person. */
export const personalCustomer = (canaries: Canaries, id: string): string => {
  const customer = Object.fromEntries(fields.customer.map((field) => [field, canaries.text(`customer.${field}`)]));
  const address = Object.fromEntries(fields.address.map((field) => [field, canaries.text(`default_address.${field}`)]));
  // Beyond what a JavaScript number holds, so it is put in as text.
  return JSON.stringify({ id: 0, ...customer, default_address: address }).replace('"id":0', `"id":${id}`);
};
