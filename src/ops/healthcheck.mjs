// The image's health check, which has neither a shell nor curl: exit code 0 when /health answers 200 within 3 s. A path as argument
// asks that one, such as /ready.
import { get } from 'node:http';

const { POINTS_HTTP_PORT: port = '8080', POINTS_HTTP_HOST: host = '0.0.0.0' } = process.env;
// What listens everywhere answers here; `::` listens everywhere too.
const everywhere = { '0.0.0.0': '127.0.0.1', '::': '::1' };
const call = get(
  { host: everywhere[host] ?? host, port, path: process.argv[2] ?? '/health', signal: AbortSignal.timeout(3_000) },
  (response) => {
    response.resume();
    process.exitCode = response.statusCode === 200 ? 0 : 1;
  },
);
call.on('error', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
