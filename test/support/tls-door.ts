import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { IssuedCertificate } from '../../src/ops/dev/certificates/authority.ts';
import { passOn } from './pass-on.ts';

export interface TlsDoorOptions {
  /** Port of the server, at 127.0.0.1. */
  readonly target: number;
  readonly shows: IssuedCertificate;
  /** Clients must show a certificate of it. */
  readonly clientCa: string;
  readonly alpn?: readonly string[];
  /** Registers what is to be done at the end. */
  readonly onEnd: (cleanUp: () => Promise<void>) => unknown;
}

/** What many run before a server that speaks plain text: it demands certificates and passes the rest on. @returns its port */
export const tlsDoor = async ({ target, shows, clientCa, alpn = [], onEnd }: TlsDoorOptions): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      ...{ cert: shows.certificate, key: shows.key, ca: clientCa, requestCert: true, rejectUnauthorized: true },
      ALPNProtocols: [...alpn],
    },
    (near) => {
      passOn(near, target, sockets);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  onEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { readonly port: number }).port;
};
