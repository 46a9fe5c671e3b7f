// Runs one server as its child and ends it when stdin closes: that happens when the process that started us asks for it
// and also when it dies in whatever way, kill -9 included, so that no server outlives its run.
//
// arguments: seconds of grace, the command, its arguments · fd 3: the server's log
// stdout: one JSON line {"pid"} when the server is started or {"error"}, one {"code","signal"} when it has ended
import { spawn } from 'node:child_process';

const [graceSeconds, command, ...args] = process.argv.slice(2);

// The reader may be dead; then there is nobody to tell.
process.stdout.on('error', () => {});
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const server = spawn(command, args, { stdio: ['ignore', 3, 3] });

let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), Number(graceSeconds) * 1000);
};

server.on('spawn', () => tell({ pid: server.pid }));
server.on('error', (error) => {
  tell({ error: error.message });
  process.exitCode = 1;
  process.stdin.destroy();
});
server.on('exit', (code, signal) => {
  tell({ code, signal });
  // Not exit(): the last line must leave the pipe first.
  process.exitCode = 0;
  process.stdin.destroy();
  setTimeout(() => process.exit(0), 200);
});

process.stdin.on('error', end).on('end', end).on('close', end).resume();
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('SIGHUP', () => {});
