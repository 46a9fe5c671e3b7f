// `npm run test:containers`: the whole system in containers; fails where no Docker engine answers, instead of leaving it out.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const vitest = path.resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', '--project', 'containers', ...process.argv.slice(2)];
const env = { ...process.env, POINTS_DEMAND_DOCKER: '1' };
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
