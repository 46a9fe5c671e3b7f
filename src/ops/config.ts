// `points config`: what is in force and where it comes from, every fault at once; exit code 78 where there is one.
import { Command, Option } from 'commander';
import { explainConfig, type ProcessName, processNames, rolesOf } from '../app/index.ts';
import type { Ending } from './ending.ts';
import { configExitCode } from './exit-codes.ts';
import { table } from './table.ts';

interface Flags {
  readonly role?: ProcessName;
  readonly changed: boolean;
  readonly json: boolean;
}

const lines = (heading: string, sentences: readonly string[]): string =>
  sentences.length === 0 ? '' : `\n${heading}\n${sentences.map((sentence) => `  ${sentence}\n`).join('')}`;

function run({ role, changed, json }: Flags): Promise<void> {
  const explained = explainConfig(process.env, role && rolesOf(role));
  const settings = explained.settings.filter(({ isSet }) => isSet || !changed);
  if (json) process.stdout.write(`${JSON.stringify({ ...explained, settings }, null, 2)}\n`);
  else {
    const rows = settings.map(({ name, from, value }) => [name, from, value]);
    process.stdout.write(table(['setting', 'from', 'value'], rows));
    process.stdout.write(lines('Not usable:', explained.faults));
    process.stdout.write(lines('Perhaps misspelt:', explained.suspects));
  }
  process.exitCode = explained.faults.length === 0 ? 0 : configExitCode;
  return Promise.resolve();
}

export const configCommand = (ending: Ending): Command =>
  new Command('config')
    .description('Prints what is in force and where each value comes from, secrets hidden; lists every fault')
    .addOption(new Option('--role <name>', 'only what this process has; all by default').choices(processNames))
    .option('--changed', 'only what somebody has set', false)
    .option('--json', 'as JSON', false)
    .action(ending(run));
