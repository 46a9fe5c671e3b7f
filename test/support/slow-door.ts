import { connect, createServer, type Socket } from 'node:net';

/** A way to a server whose answers a test can hold up: to those behind it the server is slow, to all others as ever. */
export interface SlowDoor {
  readonly port: number;
  /** How long each answer is held up from now on. Milliseconds. */
  delayMs: number;
}

/**
 * @param target port of the server, at 127.0.0.1
 * @param onEnd registers what is to be done at the end
 */
export const slowDoor = async (target: number, onEnd: (cleanUp: () => Promise<void>) => unknown): Promise<SlowDoor> => {
  const sockets = new Set<Socket>();
  const door = { port: 0, delayMs: 0 };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    near.pipe(far);
    // Held up answers keep their order: each begins to wait when the one before it does.
    let before = Promise.resolve();
    far.on('data', (chunk) => {
      const due = new Promise((resolve) => setTimeout(resolve, door.delayMs));
      before = Promise.all([before, due]).then(() => {
        if (near.writable) near.write(chunk);
      });
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  door.port = (server.address() as { readonly port: number }).port;
  onEnd(async () => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return door;
};
