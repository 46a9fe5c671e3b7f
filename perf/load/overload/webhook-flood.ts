import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { orderBody } from '../../../src/ops/dev/order-body.ts';
import type { Send } from './flood.ts';
import type { OverloadMerchant } from './merchants.ts';
import type { Fate } from './tally.ts';

/** Shopify waits so long for its answer. */
const timeoutMs = 5_000;
const mostConnections = 1_000;
const idDigits = 16;
const placeholder = '9'.repeat(idDigits);

type Done = Parameters<Send>[1];

interface Template {
  readonly merchant: OverloadMerchant;
  readonly body: Buffer;
  /** Where the order's id stands in the body. */
  readonly at: number;
}

const templateOf = (merchant: OverloadMerchant): Template => {
  const text = orderBody({
    ...{ orderId: placeholder, orderNumber: 1_001, customerLocale: 'en', currency: 'USD', decimals: 2 },
    customer: { id: '7000000000001', firstName: 'Load', lastName: 'Customer' },
    ...{ subtotalMinor: 1_200, placedAt: Date.now() },
  });
  return { merchant, body: Buffer.from(text), at: text.indexOf(`"id":${placeholder}`) + '"id":'.length };
};

/** One request at a time, as Shopify's connections carry them; writes the bytes itself, so as to cost little. */
class Connection {
  readonly #socket: Socket;
  readonly #onFree: (connection: Connection) => void;
  #done: Done | undefined;
  #timer: NodeJS.Timeout | undefined;
  #received = '';
  isOver = false;

  constructor(port: number, onFree: (connection: Connection) => void) {
    this.#onFree = onFree;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#receive(text);
    });
    this.#socket.on('error', (error) => {
      this.#fail(error.message);
    });
    this.#socket.on('close', () => {
      this.#fail('The connection was closed');
    });
  }

  send(head: string, body: Buffer, done: Done): void {
    this.#done = done;
    this.#timer = setTimeout(() => {
      this.#fail('No answer within 5 s');
    }, timeoutMs);
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const status = this.#received.slice(9, 12);
    const isShed = status === '503' && this.#received.includes('"overloaded"');
    this.#received = '';
    if (status === '200') this.#end('admitted');
    else this.#end(isShed ? 'shed' : 'failed', `HTTP ${status}`);
    this.#onFree(this);
  }

  #end(fate: Fate, failure?: string): void {
    clearTimeout(this.#timer);
    const done = this.#done;
    this.#done = undefined;
    done?.(fate, failure);
  }

  #fail(failure: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#socket.destroy();
    this.#end('failed', failure);
    this.#onFree(this);
  }
}

export interface WebhookFlood {
  readonly send: Send;
  close(): void;
}

/** Delivers orders that nobody has sent before, signed. What finds no connection waits, and is timed meanwhile. */
export function webhookFlood(port: number, merchants: readonly OverloadMerchant[]): WebhookFlood {
  const templates = merchants.map(templateOf);
  const idle: Connection[] = [];
  const waiting: { readonly merchant: number; readonly done: Done }[] = [];
  const open = new Set<Connection>();
  let next = BigInt(Date.now()) * 1_000n;

  const deliver = (connection: Connection, merchant: number, done: Done): void => {
    const { body: template, at, merchant: of } = templates[merchant] as Template;
    const body = Buffer.from(template);
    const id = String((next += 1n));
    body.write(id, at, 'latin1');
    const signature = createHmac('sha256', of.secret).update(body).digest('base64');
    const head =
      `POST /orders/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `X-Shopify-Topic: orders/create\r\nX-Shopify-Hmac-Sha256: ${signature}\r\n` +
      `X-Shopify-Shop-Domain: ${of.shopDomain}\r\nX-Shopify-Webhook-Id: load-${id}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n`;
    connection.send(head, body, done);
  };
  const onFree = (connection: Connection): void => {
    if (connection.isOver) open.delete(connection);
    const first = waiting.shift();
    if (first !== undefined) deliver(connection.isOver ? add() : connection, first.merchant, first.done);
    else if (!connection.isOver) idle.push(connection);
  };
  const add = (): Connection => {
    const connection = new Connection(port, onFree);
    open.add(connection);
    return connection;
  };
  return {
    send: (merchant, done) => {
      let connection = idle.pop();
      while (connection?.isOver === true) connection = idle.pop();
      if (connection === undefined && open.size < mostConnections) connection = add();
      if (connection === undefined) waiting.push({ merchant, done });
      else deliver(connection, merchant, done);
    },
    close: () => {
      for (const connection of open) connection.close();
    },
  };
}
