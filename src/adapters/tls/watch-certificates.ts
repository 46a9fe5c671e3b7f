import type { Clock } from '../../common/clock.ts';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import {
  type CertificateContents,
  type CertificateFiles,
  readCertificateFiles,
  sameContents,
} from './certificate-files.ts';
import { type Certificates, checkCertificates } from './check-certificates.ts';
import { CertificateRefusedError } from './errors.ts';

export interface WatchCertificatesOptions {
  /** Whose they are, e.g. `grpc-server`; in logs and metrics. */
  readonly name: string;
  readonly files: CertificateFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks at the files. Milliseconds, 1,000 by default. */
  readonly lookEveryMs?: number;
  /** How long changed files must stay as they are before they are judged. Milliseconds, 200 by default. */
  readonly settleMs?: number;
  /** Hears of each content that was refused, once. */
  readonly onRefused?: () => void;
}

/** Certificates that follow their files. */
export interface CertificateWatcher {
  readonly name: string;
  /** What new connections use; always a set that was whole and valid when it was taken. */
  readonly current: Certificates;
  /** Whether the files hold something newer that was refused, so that `current` is no longer what they say. */
  readonly isRefusing: boolean;
  /** Called after `current` has changed. @returns how to hear no more */
  onChange(listener: (certificates: Certificates) => void): () => void;
  /** Looks at once, for a process that is told that the files are new. */
  look(): void;
  close(): void;
}

/** What was seen at a look: contents, or why there are none. */
type Seen = CertificateContents | CertificateRefusedError;

const asSeen = (files: CertificateFiles): Seen => {
  try {
    return readCertificateFiles(files);
  } catch (thrown) {
    if (thrown instanceof CertificateRefusedError) return thrown;
    throw thrown;
  }
};

const isSame = (one: Seen | undefined, other: Seen): boolean => {
  if (one instanceof Error || other instanceof Error)
    return one instanceof Error && one.message === toError(other).message;
  return sameContents(one, other);
};

/**
 * Reads the files and follows them by their content, which a rename, a write in place and a swapped link all change. New
 * files are taken all at once, when they have stayed the same for `settleMs` and are good; until then, and where they are
 * not, the last good ones serve.
 * @throws CertificateRefusedError where the files are not good now
 */
export function watchCertificates(options: WatchCertificatesOptions): CertificateWatcher {
  const { name, files, clock, logger, lookEveryMs = 1_000, settleMs = 200, onRefused } = options;
  const listeners = new Set<(certificates: Certificates) => void>();
  let current = checkCertificates(readCertificateFiles(files), files, clock.now());
  let lastSeen: Seen = current.contents;
  let toldRefusal: string | undefined;
  let hasToldEnd = false;
  let timer: NodeJS.Timeout | undefined;

  const take = (certificates: Certificates): void => {
    current = certificates;
    toldRefusal = undefined;
    hasToldEnd = false;
    const facts = { certificate: name, serial: current.serial, not_after: new Date(current.notAfter).toISOString() };
    logger.info(facts, 'New certificates are in use');
    for (const listener of listeners) listener(current);
  };

  const refuse = ({ message, facts }: CertificateRefusedError): void => {
    if (toldRefusal === message) return;
    toldRefusal = message;
    onRefused?.();
    logger.error(
      { certificate: name, refusal: message, ...facts, serial_in_use: current.serial },
      'New certificate files are refused; the last good ones stay in use',
    );
  };

  const judge = (seen: Seen): void => {
    if (sameContents(current.contents, seen instanceof Error ? {} : seen)) {
      if (toldRefusal !== undefined) logger.info({ certificate: name }, 'The certificate files are those in use again');
      toldRefusal = undefined;
      return;
    }
    try {
      if (seen instanceof Error) throw seen;
      take(checkCertificates(seen, files, clock.now()));
    } catch (thrown) {
      if (!(thrown instanceof CertificateRefusedError)) throw thrown;
      refuse(thrown);
    }
  };

  const tellEnd = (): void => {
    if (hasToldEnd || clock.now() < current.notAfter) return;
    hasToldEnd = true;
    const facts = { certificate: name, serial: current.serial, not_after: new Date(current.notAfter).toISOString() };
    logger.error(facts, 'The certificate in use has ended, and no new one has come');
  };

  const look = (): void => {
    clearTimeout(timer);
    const seen = asSeen(files);
    // What is still being written is looked at again before it is judged.
    const hasSettled = isSame(lastSeen, seen);
    lastSeen = seen;
    if (hasSettled) judge(seen);
    tellEnd();
    timer = setTimeout(look, hasSettled ? lookEveryMs : settleMs);
    timer.unref();
  };

  timer = setTimeout(look, lookEveryMs);
  timer.unref();
  return {
    name,
    get current() {
      return current;
    },
    get isRefusing() {
      return toldRefusal !== undefined;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look,
    close: () => {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
