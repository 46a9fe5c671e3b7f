import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const scripts = { load: 'measure.ts', overload: join('overload', 'measure.ts') } as const;

/**
 * Runs one of the measurements in a process whose young generation is small. The load generator makes garbage all the time, and with
 * the default size its collector stops it for 20-30 ms at once, which would be charged to the server it measures; many
 * short pauses are not.
 */
export async function runLoad(which: keyof typeof scripts, args: readonly string[]): Promise<void> {
  const flags = ['--max-semi-space-size=2', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, join(import.meta.dirname, scripts[which]), ...args], {
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
