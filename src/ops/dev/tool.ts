import { spawn } from 'node:child_process';
import { InstallFailedError, ToolMissingError } from './errors.ts';

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Hears what the tool prints, on either stream, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** The tool is ended after this long; none by default. */
  readonly timeoutMs?: number;
}

const keptCharacters = 4_000;
const tailLines = 12;

/** The last lines of a text, without empty ones, each at most 300 characters. */
export const tail = (text: string, lines = tailLines): string =>
  text
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd().slice(0, 300))
    .filter((line) => line !== '')
    .slice(-lines)
    .join('\n');

/**
 * Runs a tool to its end and returns the tail of its output.
 * @throws ToolMissingError when it is not on the PATH, InstallFailedError with the tail when it does not exit with 0
 */
export const runTool = (command: string, args: readonly string[], options: ToolOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      // No stdin: a tool that asks a question gets an end of file instead of hanging.
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
    });
    const hear = (text: string): void => {
      output = (output + text).slice(-keptCharacters);
      options.onOutput?.(text);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.on('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'ENOENT'
          ? new ToolMissingError(`${command} is not on the PATH`, { facts: { command }, cause })
          : new InstallFailedError(`${command} could not be started`, { facts: { command }, cause }),
      );
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(tail(output));
      const how = signal === null ? `exited with ${code ?? 'nothing'}` : `was ended by ${signal}`;
      reject(
        new InstallFailedError(`${command} ${args[0] ?? ''} ${how}:\n${tail(output)}`, { facts: { command, code } }),
      );
    });
  });

/** Whether a tool is there and exits with 0. */
export const toolWorks = async (command: string, args: readonly string[], timeoutMs = 10_000): Promise<boolean> => {
  try {
    await runTool(command, args, { timeoutMs });
    return true;
  } catch {
    return false;
  }
};
