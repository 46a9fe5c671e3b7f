// The image's entry point: becomes `points <arguments>`. There is nothing to install and no other Node to find, so the
// launcher's second process, and its memory, are spared: this one takes on the roles' options and stays the one that is signalled.
import path from 'node:path';
import { roleEnvironment, roleNodeOptions } from './role-options.mjs';

const cli = path.join(import.meta.dirname, 'cli.ts');
const args = [process.execPath, ...roleNodeOptions, cli, ...process.argv.slice(2)];
process.execve(process.execPath, args, { ...roleEnvironment, ...process.env });
