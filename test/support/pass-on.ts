import { connect, type Socket } from 'node:net';

/** Passes on all that comes over a connection, both ways, to a port at 127.0.0.1; both ends stand in `sockets` while they are open. */
export const passOn = (near: Socket, target: number, sockets: Set<Socket>): void => {
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const far = connect(target, '127.0.0.1');
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    keep(one);
    one.pipe(other);
    one.on('close', () => other.destroy());
  }
};
