import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { takesGzip } from './answer.ts';
import { type PageFile, readPageFiles } from './page-files.ts';

const sendFile = (request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply => {
  // Asked for each time, and answered with 304 where nothing has changed: a new version is there at once.
  const answer = reply
    .header('cache-control', 'no-cache')
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .type(file.type);
  if (request.headers['if-none-match'] === file.etag) return answer.code(304).send();
  if (!takesGzip(request)) return answer.send(file.plain);
  return answer.header('content-encoding', 'gzip').send(file.packed);
};

/** The page's own files, which hold nothing of anybody: open to all, so that there is a form to log in with. */
export const pageRoutes: FastifyPluginAsync = async (app) => {
  for (const [name, file] of readPageFiles()) {
    const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => sendFile(request, reply, file);
    if (name === 'index.html') app.get('/', answer);
    else app.get(`/${name}`, answer);
  }
};
