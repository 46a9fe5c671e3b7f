import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';

/** A login lasts for a shift. Milliseconds. */
export const sessionMs = 8 * 60 * 60 * 1_000;

const shape = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/;

/**
 * Signed sessions: what they hold is when they end, and a number nobody else has. Every instance with the same token takes
 * the sessions of all others, and none of before the token was changed.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #tokenDigest: Buffer;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(token: string, clock: Clock, newId: () => string) {
    this.#key = createHmac('sha256', token).update('points operator session 1').digest();
    this.#tokenDigest = this.#digest(token);
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Whether it is the token; the time it takes tells nothing of how near it came. */
  isToken(candidate: string): boolean {
    return timingSafeEqual(this.#digest(candidate), this.#tokenDigest);
  }

  open(): string {
    const head = `${String(this.#clock.now() + sessionMs)}.${this.#newId()}`;
    return `${head}.${this.#sign(head)}`;
  }

  /** Whether it is one of ours, and has not ended. */
  isOpen(session: string): boolean {
    const [, endsAt = '', id = '', signature = ''] = shape.exec(session) ?? [];
    const isOurs = timingSafeEqual(this.#digest(signature), this.#digest(this.#sign(`${endsAt}.${id}`)));
    return isOurs && Number(endsAt) > this.#clock.now();
  }

  /** Seals what is to come back unchanged. */
  seal(text: string): string {
    return this.#sign(`sealed ${text}`);
  }

  isSealed(text: string, seal: string): boolean {
    return timingSafeEqual(this.#digest(seal), this.#digest(this.seal(text)));
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  /** Of equal length, whatever it is made of. */
  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(`digest ${text}`).digest();
  }
}
