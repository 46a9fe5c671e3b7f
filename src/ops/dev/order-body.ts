import { LosslessNumber, stringify } from 'lossless-json';

/** A person at Shopify; ids are decimal digits, because they do not fit a number. */
export interface ShopifyCustomer {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** What makes one order; everything else in the body follows from it. */
export interface OrderFacts {
  /** Decimal digits: 64-bit, beyond what a number holds. */
  readonly orderId: string;
  readonly orderNumber: number;
  /** Null for a guest. */
  readonly customer: ShopifyCustomer | null;
  /** ISO 4217, of the shop. */
  readonly currency: string;
  /** Decimals of that currency: 2 for USD, 0 for JPY. */
  readonly decimals: number;
  /** Placed subtotal after discounts, without tax and shipping, in minor units: what points are earned on. */
  readonly subtotalMinor: number;
  readonly customerLocale: string;
  /** Milliseconds since the epoch. */
  readonly placedAt: number;
  readonly test?: boolean;
  readonly sourceName?: 'web' | 'pos' | 'shopify_draft_order';
  /** What the customer saw and paid in, where that is not the shop's currency. */
  readonly presentment?: { readonly currency: string; readonly amount: string };
}

/** Shopify writes money as a decimal string with the currency's own number of decimals. */
export const moneyText = (minor: number, decimals: number): string => {
  if (decimals === 0) return String(minor);
  const digits = String(minor).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

const personOf = ({ id, firstName, lastName }: ShopifyCustomer): Record<string, unknown> => ({
  id: new LosslessNumber(id),
  email: `${firstName}.${lastName}@mail.example.com`.toLowerCase(),
  first_name: firstName,
  last_name: lastName,
  phone: null,
  state: 'enabled',
  currency: null,
  tags: '',
  admin_graphql_api_id: `gid://shopify/Customer/${id}`,
  default_address: { customer_id: new LosslessNumber(id), country_code: 'US', city: 'Springfield' },
});

/**
 * The body of an `orders/create` webhook as Shopify sends it: flat money beside `*_set`, ids as 64-bit numbers, the
 * person's data included, because what comes in at the door is like that. Discount, tax and shipping are made up, and
 * different from the subtotal, so that whoever earns on the wrong field shows.
 */
export const orderBody = (order: OrderFacts): string => {
  const money = (minor: number): string => moneyText(minor, order.decimals);
  const set = (minor: number): unknown => ({
    shop_money: { amount: money(minor), currency_code: order.currency },
    presentment_money: {
      amount: order.presentment?.amount ?? money(minor),
      currency_code: order.presentment?.currency ?? order.currency,
    },
  });
  const discount = Math.ceil(order.subtotalMinor / 10);
  const shipping = 5 * 10 ** order.decimals;
  const tax = Math.round(order.subtotalMinor * 0.08);
  const total = order.subtotalMinor + shipping + tax;
  const email = order.customer === null ? 'guest@mail.example.com' : personOf(order.customer)['email'];
  const at = new Date(order.placedAt).toISOString().replace(/\.\d{3}Z$/, '+00:00');
  const body = {
    id: new LosslessNumber(order.orderId),
    admin_graphql_api_id: `gid://shopify/Order/${order.orderId}`,
    browser_ip: '192.0.2.10',
    cancelled_at: null,
    cancel_reason: null,
    confirmed: true,
    contact_email: email,
    created_at: at,
    currency: order.currency,
    current_subtotal_price: money(order.subtotalMinor),
    current_subtotal_price_set: set(order.subtotalMinor),
    current_total_price: money(total),
    current_total_price_set: set(total),
    customer_locale: order.customerLocale,
    email,
    financial_status: 'paid',
    fulfillment_status: null,
    name: `#${order.orderNumber}`,
    note: null,
    number: order.orderNumber - 1000,
    order_number: order.orderNumber,
    order_status_url: `https://shop.example.com/orders/${order.orderId}/authenticate?key=not-a-real-key`,
    phone: null,
    presentment_currency: order.presentment?.currency ?? order.currency,
    processed_at: at,
    source_name: order.sourceName ?? 'web',
    subtotal_price: money(order.subtotalMinor),
    subtotal_price_set: set(order.subtotalMinor),
    tags: '',
    taxes_included: false,
    test: order.test ?? false,
    total_discounts: money(discount),
    total_discounts_set: set(discount),
    total_line_items_price: money(order.subtotalMinor + discount),
    total_line_items_price_set: set(order.subtotalMinor + discount),
    total_price: money(total),
    total_price_set: set(total),
    total_shipping_price_set: set(shipping),
    total_tax: money(tax),
    total_tax_set: set(tax),
    updated_at: at,
    customer: order.customer === null ? null : personOf(order.customer),
    line_items: [
      {
        id: new LosslessNumber(`${order.orderId.slice(0, -1)}9`),
        name: 'Tea, first flush',
        price: money(order.subtotalMinor + discount),
        quantity: 1,
        properties: [],
        taxable: true,
      },
    ],
    shipping_address: { first_name: order.customer?.firstName ?? 'A', address1: '1 Test Street', city: 'Springfield' },
  };
  return stringify(body) ?? '';
};
