import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { SecureContext } from 'node:tls';
import { DependencyUnavailableError } from './errors.ts';

export interface HttpRequest {
  /** GET by default. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** Certificates for https; the CAs of the system by default. */
  readonly tls?: SecureContext | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One exchange with a server named by settings. Not `fetch`, which refuses some eighty ports as a browser does: 10080, for
 * one, which is the front door under `--port-offset 2000`.
 * @throws DependencyUnavailableError when there is no whole answer in time
 */
export const httpRequest = (url: string, options: HttpRequest): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, timeoutMs, tls } = options;
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const fail = (cause: unknown): void => {
      reject(new DependencyUnavailableError(new URL(url).host, { cause }));
    };
    // Without an agent of many, each exchange makes its own connection, by the certificates of now.
    const own = tls && { secureContext: tls, agent: false as const };
    const call = send(url, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...own }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    call.on('error', fail);
    call.end(body);
  });
