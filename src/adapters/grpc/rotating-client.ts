import { type ChannelCredentials, type Client, credentials } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import type { CertificateWatcher } from '../tls/index.ts';

export interface RotatingClientOptions<Stub extends Client> {
  readonly create: (credentials: ChannelCredentials) => Stub;
  /** What the service is shown, and checked by; plain text without. */
  readonly certificates?: CertificateWatcher | undefined;
  readonly clock: Clock;
}

/** A client whose connection is replaced when its certificates are. */
export interface RotatingClient<Stub extends Client> {
  /** Makes a call by the client of now; that one stays open until the call has ended. */
  use<Answer>(call: (client: Stub) => Promise<Answer>): Promise<Answer>;
  /** Ends all there are. */
  close(): void;
}

/** How long calls stay with the connection that works while the new one is being made. Milliseconds. */
const takeOverWithinMs = 5_000;

interface Generation<Stub> {
  readonly client: Stub;
  calls: number;
  isOver: boolean;
}

/**
 * Keeps a client for as long as its certificates: new ones get a connection of their own, which takes the calls once it is
 * ready (a service that is away does not hold it up for more than 5 s), and the old one is closed after its last call.
 */
export function createRotatingClient<Stub extends Client>(options: RotatingClientOptions<Stub>): RotatingClient<Stub> {
  const { create, certificates, clock } = options;
  const open = new Set<Generation<Stub>>();
  let isClosed = false;

  const begin = (): Generation<Stub> => {
    const secureContext = certificates?.current.secureContext;
    const own = secureContext ? credentials.createFromSecureContext(secureContext) : credentials.createInsecure();
    const generation = { client: create(own), calls: 0, isOver: false };
    open.add(generation);
    return generation;
  };

  const closeIfDone = (generation: Generation<Stub>): void => {
    if (!generation.isOver || generation.calls > 0 || !open.delete(generation)) return;
    generation.client.close();
  };

  let current = begin();
  let newest = current;

  const takeOver = (next: Generation<Stub>): void => {
    if (isClosed || next !== newest) {
      next.isOver = true;
      closeIfDone(next);
      return;
    }
    const before = current;
    current = next;
    before.isOver = true;
    closeIfDone(before);
  };

  const stopWatching = certificates?.onChange(() => {
    const next = begin();
    newest = next;
    next.client.waitForReady(clock.now() + takeOverWithinMs, () => {
      takeOver(next);
    });
  });

  return {
    use: async (call) => {
      const generation = current;
      generation.calls += 1;
      try {
        return await call(generation.client);
      } finally {
        generation.calls -= 1;
        closeIfDone(generation);
      }
    },
    close: () => {
      isClosed = true;
      stopWatching?.();
      for (const { client } of open) client.close();
      open.clear();
    },
  };
}
