import { createServer, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

export type Answer = (response: ServerResponse) => void;

export const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
export const html =
  (status: number): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>A proxy</h1>');
  };
export const empty: Answer = (response) => {
  response.writeHead(503).end();
};
export const never: Answer = () => undefined;
/** The connection is lost in the middle of an answer. */
export const cut: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"sch', () => response.destroy());
};

/** Whatever answers at the registry's address, by method and path; a path that is not named here is not found. */
export const answeringServer = async (answers: Record<string, Answer>) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const [path = ''] = (request.url ?? '').split('?');
    const what = `${request.method ?? ''} ${path}`;
    asked.push(what);
    (answers[what] ?? html(404))(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${String(port)}`, asked, answers };
};

export const away = { code: 'DEPENDENCY_UNAVAILABLE', retryable: true };
