import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const measure = join(import.meta.dirname, 'measure.ts');

/**
 * Runs measure.ts in a process whose young generation is small. The load generator makes garbage all the time, and with
 * the default size its collector stops it for 20-30 ms at once, which would be charged to the server it measures; many
 * short pauses are not.
 */
export async function runLoad(isShort: boolean): Promise<void> {
  const flags = ['--max-semi-space-size=2', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, measure, ...(isShort ? ['--short'] : [])], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
