import { ServerCredentials } from '@grpc/grpc-js';
import type { Certificates, CertificateWatcher } from '../tls/index.ts';

/** A client that says nothing after it connected would otherwise be waited for for two minutes. Milliseconds. */
const handshakeTimeout = 10_000;

const contextOf = ({ contents: { certificate: cert, key, ca } }: Certificates) => ({
  ...{ cert, key },
  ...(ca && { ca }),
});

/** The grpc-js class of credentials from files drops every new connection while a pair is torn: this one is told only good ones. */
class WatchedServerCredentials extends ServerCredentials {
  readonly #watcher: CertificateWatcher;

  constructor(watcher: CertificateWatcher) {
    const isMutual = watcher.current.contents.ca !== undefined;
    super({ requestCert: isMutual, rejectUnauthorized: isMutual, handshakeTimeout }, contextOf(watcher.current));
    this.#watcher = watcher;
    watcher.onChange((certificates) => {
      this.updateSecureContextOptions(contextOf(certificates));
    });
  }

  override _equals(other: ServerCredentials): boolean {
    return other instanceof WatchedServerCredentials && other.#watcher === this.#watcher;
  }
}

/**
 * Credentials of a server that follow their files: connections that are there go on, new ones get the newest certificate.
 * Where the watcher has a CA, a client must show a certificate of it.
 */
export const serverCredentials = (watcher: CertificateWatcher): ServerCredentials =>
  new WatchedServerCredentials(watcher);
