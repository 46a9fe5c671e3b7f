import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a sender wastes a connection. */
interface Idler {
  readonly name: string;
  /** Sent at once; may be nothing. */
  readonly first: string;
  /** Sent every second from then on; nothing: it only waits. */
  readonly drip: string;
}

const head = 'POST /orders/create HTTP/1.1\r\nHost: points\r\n';

/** None of them ever sends a whole request, and none closes its side. */
export const idlers: readonly Idler[] = [
  { name: 'headers that drip', first: 'POST /orders/create HTTP/1.1\r\nX-Slow: ', drip: 'a' },
  { name: 'a body that drips', first: `${head}Content-Length: 10000\r\n\r\n`, drip: '{' },
  { name: 'headers that drip by lines', first: head, drip: 'X-A: b\r\n' },
  { name: 'a chunked body that drips', first: `${head}Transfer-Encoding: chunked\r\n\r\n`, drip: '1\r\n{\r\n' },
];

/** Fewer of these: they are other ways to the same end. */
export const rareIdlers: readonly Idler[] = [
  { name: 'nothing at all', first: '', drip: '' },
  { name: 'half a request line', first: 'POS', drip: '' },
  { name: 'empty lines', first: '', drip: '\r\n' },
  { name: 'a body that never begins', first: `${head}Content-Length: 10\r\n\r\n`, drip: '' },
  {
    name: 'a body that waits to be asked for',
    first: `${head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`,
    drip: '',
  },
  { name: 'a chunk’s length that drips', first: `${head}Transfer-Encoding: chunked\r\n\r\n`, drip: '0' },
  { name: 'a chunk’s extension that drips', first: `${head}Transfer-Encoding: chunked\r\n\r\n1;a=`, drip: 'a' },
];

export interface SlowFindings {
  readonly connections: number;
  /** Connections that could not be made, or were still open at the end. */
  readonly refused: number;
  readonly open: number;
  /** From the connection to its end, of the longest and of half of them; in milliseconds. */
  readonly longestMs: number;
  readonly halfMs: number;
  /** The longest of each kind. */
  readonly byKind: Readonly<Record<string, number>>;
}

interface Wasted {
  readonly kind: string;
  readonly livedMs: number | undefined;
  readonly isRefused: boolean;
}

/** Holds one connection for as long as it is let; ends by itself after `mostMs`. */
const waste = ({ name, first, drip }: Idler, port: number, mostMs: number): Promise<Wasted> =>
  new Promise((resolve) => {
    // The server's end is not answered by ours: it has to close without our help.
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let [since, isConnected] = [performance.now(), false];
    const timer = setInterval(() => {
      if (isConnected && drip !== '' && socket.writable) socket.write(drip);
    }, 1_000);
    const giveUp = setTimeout(() => end(undefined), mostMs);
    const end = (livedMs: number | undefined): void => {
      clearInterval(timer);
      clearTimeout(giveUp);
      socket.destroy();
      resolve({ kind: name, livedMs, isRefused: !isConnected });
    };
    socket.on('connect', () => {
      [since, isConnected] = [performance.now(), true];
      if (first !== '') socket.write(first);
    });
    socket.on('error', () => undefined);
    // A server that has only shut down its sending side still holds the connection.
    socket.on('close', () => end(performance.now() - since));
    // With nothing to drip nobody would tell: one more byte is answered by a reset if the server is gone.
    socket.on('end', () => {
      setTimeout(() => socket.write('x'), 50);
      setTimeout(() => socket.write('x'), 150);
    });
    socket.resume();
  });

/** Opens that many slow connections, half of headers and half of bodies, and waits for the end of all. */
export const attackSlowly = async (
  port: number,
  { count, mostMs }: { readonly count: number; readonly mostMs: number },
): Promise<SlowFindings> => {
  const kinds = Array.from({ length: count }, (_, index) =>
    index % 40 === 39 ? rareIdlers[Math.floor(index / 40) % rareIdlers.length]! : idlers[index % idlers.length]!,
  );
  const wasted: Promise<Wasted>[] = [];
  for (const [index, kind] of kinds.entries()) {
    wasted.push(waste(kind, port, mostMs));
    // The kernel's queue of new connections is short: they come fast, but not all in one moment.
    if (index % 50 === 49) await sleep(20);
  }
  const all = await Promise.all(wasted);
  const lives = all
    .flatMap(({ livedMs, isRefused }) => (isRefused ? [] : (livedMs ?? [])))
    .sort((one, other) => one - other);
  const byKind: Record<string, number> = {};
  for (const { kind, livedMs, isRefused } of all) {
    if (!isRefused) byKind[kind] = Math.round(Math.max(byKind[kind] ?? 0, livedMs ?? mostMs));
  }
  return {
    connections: all.length,
    refused: all.filter(({ isRefused }) => isRefused).length,
    open: all.filter(({ livedMs }) => livedMs === undefined).length,
    longestMs: Math.round(lives.at(-1) ?? 0),
    halfMs: Math.round(lives[Math.floor(lives.length / 2)] ?? 0),
    byKind,
  };
};
