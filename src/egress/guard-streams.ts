import type { Server } from '@grpc/grpc-js';
import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';

/** @returns what a call is answered with at once; undefined for one that goes on to gRPC */
export type Judge = (headers: IncomingHttpHeaders) => OutgoingHttpHeaders | undefined;

export interface GuardOptions {
  readonly judge: Judge;
  /** Streams that may be open on all connections together before connections get fewer each. */
  readonly mostStreams: number;
  /** On one connection. */
  readonly mostOfConnection: number;
  /** What a connection keeps, however many there are. */
  readonly leastOfConnection: number;
}

type Listener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => void;

/** What of grpc-js is not in its types: the one place where it makes its HTTP/2 server. */
interface Inner {
  createHttp2Server?: (...args: unknown[]) => Http2Server;
}

const ignore = (): void => undefined;

const answerAt = (stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void => {
  stream.on('error', ignore);
  stream.respond(headers, { endStream: true });
  // The client need not send what nobody reads.
  stream.close(constants.NGHTTP2_NO_ERROR);
};

/**
 * Connections share the open streams between them. What is beyond waits with its client, where it costs nothing here: a
 * process never has more to look at in one turn of its loop, so even what is shed is shed in time.
 */
const shareStreams = (server: Http2Server, options: GuardOptions): void => {
  const sessions = new Map<ServerHttp2Session, number>();
  const each = (): number => {
    const share = Math.floor(options.mostStreams / Math.max(1, sessions.size));
    return Math.max(options.leastOfConnection, Math.min(options.mostOfConnection, share));
  };
  const tell = (): void => {
    const now = each();
    for (const [session, told] of sessions) {
      // Small changes are not worth a frame to every client.
      if (session.closed || session.destroyed || Math.abs(told - now) * 4 < told) continue;
      sessions.set(session, now);
      session.settings({ maxConcurrentStreams: now });
    }
  };
  server.on('session', (session: ServerHttp2Session) => {
    sessions.set(session, options.mostOfConnection);
    session.once('close', () => {
      sessions.delete(session);
      tell();
    });
    tell();
  });
};

/**
 * Looks at each call before grpc-js does, which spends most of what an answered call costs before any interceptor sees
 * it. grpc-js has no door for that, so this stands where it makes its HTTP/2 server.
 * @throws TypeError where grpc-js no longer makes it there, at the latest when the server is bound
 */
export function guardStreams(server: Server, options: GuardOptions): void {
  const inner = server as unknown as Inner;
  const create = inner.createHttp2Server?.bind(server);
  if (create === undefined) throw new TypeError('grpc-js makes its HTTP/2 server elsewhere than it did');
  inner.createHttp2Server = (...args) => {
    const http2Server = create(...args);
    const [handle, ...others] = http2Server.listeners('stream') as Listener[];
    if (handle === undefined || others.length > 0)
      throw new TypeError('grpc-js handles its streams elsewhere than it did');
    http2Server.removeAllListeners('stream');
    http2Server.on('stream', ((stream, headers, ...rest) => {
      const answer = options.judge(headers);
      if (answer === undefined) handle(stream, headers, ...rest);
      else answerAt(stream, answer);
    }) as Listener);
    shareStreams(http2Server, options);
    return http2Server;
  };
}
