import { createServer, type Server, type Socket } from 'node:net';
import { passOn } from './pass-on.ts';

/** A way to a server that a test can close: to those behind it the server is away, to all others it goes on. */
export interface TcpDoor {
  readonly port: number;
  /** Cuts every connection and refuses new ones. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/**
 * @param target port of the server, at 127.0.0.1
 * @param onEnd registers what is to be done at the end
 */
export const tcpDoor = async (target: number, onEnd: (cleanUp: () => Promise<void>) => unknown): Promise<TcpDoor> => {
  const sockets = new Set<Socket>();
  const serve = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((near) => {
        passOn(near, target, sockets);
      });
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        resolve(server);
      });
    });

  let server: Server | null = await serve(0);
  const { port } = server.address() as { readonly port: number };
  const close = async (): Promise<void> => {
    const closing = server;
    server = null;
    if (closing === null) return;
    const closed = new Promise<void>((resolve) => {
      closing.close(() => {
        resolve();
      });
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onEnd(close);
  return {
    port,
    close,
    open: async () => {
      server ??= await serve(port);
    },
  };
};
