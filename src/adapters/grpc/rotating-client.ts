import { type ChannelCredentials, type Client, credentials } from '@grpc/grpc-js';
import type { CertificateWatcher } from '../tls/index.ts';

export interface RotatingClientOptions<Stub extends Client> {
  readonly create: (credentials: ChannelCredentials) => Stub;
  /** What the service is shown, and checked by; plain text without. */
  readonly certificates?: CertificateWatcher | undefined;
}

/** A client whose connection is replaced when its certificates are. */
export interface RotatingClient<Stub extends Client> {
  /** Makes a call by the client of now; that one stays open until the call has ended. */
  use<Answer>(call: (client: Stub) => Promise<Answer>): Promise<Answer>;
  /** Ends all there are. */
  close(): void;
}

interface Generation<Stub> {
  readonly client: Stub;
  calls: number;
}

/**
 * Keeps a client for as long as its certificates: new ones get a connection of their own, which takes the calls once it is
 * ready, and the old one is closed after its last call. Where a service refuses the new ones, the old ones go on.
 */
export function createRotatingClient<Stub extends Client>(options: RotatingClientOptions<Stub>): RotatingClient<Stub> {
  const { create, certificates } = options;
  const open = new Set<Generation<Stub>>();
  /** To be closed after their last call. */
  const over = new WeakSet<Generation<Stub>>();
  let isClosed = false;

  const begin = (): Generation<Stub> => {
    const secureContext = certificates?.current.secureContext;
    const own = secureContext ? credentials.createFromSecureContext(secureContext) : credentials.createInsecure();
    const generation = { client: create(own), calls: 0 };
    open.add(generation);
    return generation;
  };

  const closeIfDone = (generation: Generation<Stub>): void => {
    if (!over.has(generation) || generation.calls > 0 || !open.delete(generation)) return;
    generation.client.close();
  };

  const retire = (generation: Generation<Stub>): void => {
    over.add(generation);
    closeIfDone(generation);
  };

  let current = begin();
  let newest = current;

  const takeOver = (next: Generation<Stub>): void => {
    if (isClosed || next !== newest) {
      retire(next);
      return;
    }
    const before = current;
    current = next;
    retire(before);
  };

  const stopWatching = certificates?.onChange(() => {
    const pending = newest === current ? undefined : newest;
    const next = begin();
    newest = next;
    // One that never became ready would go on trying for ever.
    if (pending) retire(pending);
    // However long that takes: until then a service that can be reached is reached as before.
    next.client.waitForReady(Infinity, () => {
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
