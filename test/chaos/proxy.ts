import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AnswerFaults, ArmedFault } from './answer-faults.ts';
import { answeredBy, Frames, requestOf } from './frames.ts';

/** Stands between the workers and one broker. */
export interface BrokerProxy {
  close(): Promise<void>;
}

/** Passes bytes on no faster than they are taken. */
const pass = (from: Socket, to: Socket, bytes: Buffer): void => {
  if (to.destroyed || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
};

const relay = (client: Socket, broker: Socket, faults: AnswerFaults): void => {
  const requests = new Frames();
  const answers = new Frames();
  /** Orders by the number of the request whose answer they are for. */
  const awaited = new Map<number, ArmedFault>();
  /** Answers that are held back, in their order; null while none is. */
  let held: Buffer[] | null = null;
  let isConnected = false;
  broker.once('connect', () => {
    isConnected = true;
  });

  const hold = (lateMs: number): void => {
    if (held !== null) return;
    held = [];
    setTimeout(() => {
      const late = held ?? [];
      held = null;
      for (const frame of late) pass(broker, client, frame);
    }, lateMs).unref();
  };

  const answer = (frame: Buffer): void => {
    const fault = awaited.get(answeredBy(frame));
    awaited.delete(answeredBy(frame));
    fault?.done();
    if (fault?.fate === 'swallowed') return;
    if (fault?.fate === 'late') hold(fault.lateMs);
    if (fault?.fate === 'cut') broker.destroy();
    else if (held !== null) held.push(frame);
    else pass(broker, client, frame);
  };

  client.on('data', (chunk: Buffer) => {
    for (const frame of requests.push(chunk)) {
      const { api, correlationId } = requestOf(frame);
      const fault = api === undefined ? undefined : faults.take(api);
      if (fault !== undefined) awaited.set(correlationId, fault);
      pass(client, broker, frame);
    }
  });
  broker.on('data', (chunk: Buffer) => {
    for (const frame of answers.push(chunk)) {
      if (!broker.destroyed) answer(frame);
    }
  });

  const end = (): void => {
    // As a port where nobody listens would answer: clients tell that from a connection that was closed in order.
    if (!isConnected) client.resetAndDestroy();
    else client.destroy();
    broker.destroy();
    for (const fault of awaited.values()) faults.putBack(fault);
    awaited.clear();
  };
  for (const socket of [client, broker]) {
    // Whatever breaks one side is told to the other as a broken connection.
    socket.on('error', end).on('close', end);
    socket.setNoDelay(true);
  }
};

/**
 * A TCP proxy that knows Kafka's framing and does to answers what it is ordered to.
 * @param port it listens on, which the broker advertises
 * @param brokerPort where the broker listens for it
 */
export const startProxy = async (port: number, brokerPort: number, faults: AnswerFaults): Promise<BrokerProxy> => {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    relay(client, connect({ host: '127.0.0.1', port: brokerPort }), faults);
  });
  server.listen({ host: '127.0.0.1', port, exclusive: true });
  await once(server, 'listening');
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
};
