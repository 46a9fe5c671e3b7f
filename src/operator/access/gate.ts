import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GuessGuard } from './guess-guard.ts';
import { type Sessions, sessionMs } from './session.ts';

/** What a request without a right to the page is answered. */
export interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

const cookieName = 'points_operator';
/** No other site can make a browser send it without asking first, and nobody here says yes. */
export const pageHeader = 'x-points-operator';

const cookieOf = ({ headers }: FastifyRequest): string | undefined =>
  (headers.cookie ?? '')
    .split(';')
    .map((each) => each.trim().split('='))
    .find(([name]) => name === cookieName)?.[1];

const isSecure = ({ protocol, headers }: FastifyRequest): boolean =>
  protocol === 'https' || headers['x-forwarded-proto'] === 'https';

const cookie = (request: FastifyRequest, value: string, seconds: number): string =>
  [
    ...[`${cookieName}=${value}`, 'Path=/operator', 'HttpOnly', 'SameSite=Strict', `Max-Age=${String(seconds)}`],
    ...(isSecure(request) ? ['Secure'] : []),
  ].join('; ');

const unknown: Refusal = { status: 401, detail: 'Log in with the operator token' };

/** Who comes in: the token once, for a session; a session after that; the token each time for scripts. */
export class Gate {
  readonly #sessions: Sessions;
  readonly #guard: GuessGuard;

  constructor(sessions: Sessions, guard: GuessGuard) {
    this.#sessions = sessions;
    this.#guard = guard;
  }

  /** Null where the request may go on. */
  refusalOf(request: FastifyRequest): Refusal | null {
    const bearer = /^Bearer +(\S{1,1000})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return this.#tried(request, bearer);
    const session = cookieOf(request);
    if (session === undefined || !this.#sessions.isOpen(session)) return unknown;
    return isFromPage(request) ? null : { status: 403, detail: 'Only the page itself may ask for this' };
  }

  /** Opens a session for who knows the token. */
  logIn(request: FastifyRequest, reply: FastifyReply, token: string): Refusal | null {
    if (!isFromPage(request)) return { status: 403, detail: 'Only the page itself may ask for this' };
    const refusal = this.#tried(request, token);
    if (refusal === null) reply.header('set-cookie', cookie(request, this.#sessions.open(), sessionMs / 1_000));
    return refusal;
  }

  logOut(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('set-cookie', cookie(request, '', 0));
  }

  #tried({ ip }: FastifyRequest, token: string): Refusal | null {
    const waitMs = this.#guard.waitMs(ip);
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / 1_000);
      return { status: 429, detail: `Wait for ${String(retryAfterSeconds)} s, then try again`, retryAfterSeconds };
    }
    if (this.#sessions.isToken(token)) {
      this.#guard.succeeded(ip);
      return null;
    }
    this.#guard.failed(ip);
    return { status: 401, detail: 'This is not the operator token' };
  }
}

/** Reading needs nothing; what acts must carry our header and come from our own origin. */
function isFromPage({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  if (headers[pageHeader] === undefined) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
