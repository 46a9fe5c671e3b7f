import { type ClientHttp2Session, connect } from 'node:http2';
import { pointsService } from '../../../src/contracts/grpc/index.ts';
import type { Send } from './flood.ts';
import type { OverloadMerchant } from './merchants.ts';

/** Clients wait so long for a balance. */
const timeoutMs = 2_000;
/** As many frontends; each has its connection. */
const connections = 32;
const resourceExhausted = '8';

export interface BalanceFlood {
  readonly send: Send;
  close(): void;
}

const framed = (message: Buffer): Buffer => {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  return frame;
};

/** Reads balances by HTTP/2 itself: a gRPC client costs more than the server it calls. */
export function balanceFlood(address: string, merchants: readonly OverloadMerchant[]): BalanceFlood {
  const { path, requestSerialize } = pointsService.GetPointsBalance;
  const requests = merchants.map(({ merchantId, customerId, token }) => ({
    headers: {
      ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
      ...{ authorization: `Bearer ${token}`, 'grpc-timeout': `${timeoutMs}m` },
    },
    body: framed(requestSerialize({ merchant_id: merchantId, customer_id: customerId, locale: 'en' })),
  }));
  const sessions: ClientHttp2Session[] = Array.from({ length: connections }, () => {
    const session = connect(`http://${address}`);
    session.on('error', () => undefined);
    return session;
  });
  let next = 0;
  return {
    send: (merchant, done) => {
      const request = requests[merchant];
      const session = sessions[(next += 1) % connections];
      if (request === undefined || session === undefined) return;
      const stream = session.request(request.headers);
      let status: string | undefined;
      const read = (headers: Readonly<Record<string, unknown>>): void => {
        const value = headers['grpc-status'];
        if (typeof value === 'string' || typeof value === 'number') status = String(value);
      };
      stream.on('response', read);
      stream.on('trailers', read);
      stream.on('error', () => undefined);
      stream.on('close', () => {
        if (status === '0') done('admitted');
        else if (status === resourceExhausted) done('shed');
        else done('failed', `gRPC status ${status ?? 'none'}`);
      });
      stream.setTimeout(timeoutMs + 1_000, () => {
        stream.destroy();
      });
      stream.resume();
      stream.end(request.body);
    },
    close: () => {
      for (const session of sessions) session.destroy();
    },
  };
}
