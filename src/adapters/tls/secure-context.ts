import type { SecureContext } from 'node:tls';
import type { CertificateWatcher } from './watch-certificates.ts';

/**
 * What a client library takes once, as `secureContext`, and Node asks again at each new connection: it is always that of the
 * newest certificates, so that clients that know nothing of files which change follow them all the same.
 */
export const followedContext = (watcher: CertificateWatcher): SecureContext => ({
  get context(): unknown {
    return watcher.current.secureContext.context as unknown;
  },
});
