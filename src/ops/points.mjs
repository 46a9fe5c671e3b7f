#!/usr/bin/env node
// The `points` command. Runs on Node 20, on a fresh clone; what it does is in cli.ts.
import { launch } from './launch.mjs';
import { roleEnvironment, roleNodeOptions } from './role-options.mjs';

await launch('src/ops/cli.ts', process.argv.slice(2), { nodeOptions: roleNodeOptions, environment: roleEnvironment });
