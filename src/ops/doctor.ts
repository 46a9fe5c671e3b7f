// `points doctor`: what is wrong with the configuration, this machine and every server, and what to do about it. Exit code 1
// where something is, 78 where it is the configuration.
import { Command, Option } from 'commander';
import { type ProcessName, processNames, rolesOf } from '../app/index.ts';
import type { Finding } from '../app/operators/doctor/finding.ts';
import type { Ending } from './ending.ts';
import { configExitCode } from './exit-codes.ts';

interface Flags {
  readonly role?: ProcessName;
  readonly json: boolean;
}

const marks: Readonly<Record<Finding['state'], string>> = { ok: 'ok    ', warning: 'look  ', fault: 'WRONG ' };

/** Indented to where the text of a finding begins. */
const below = (text: string): string => `${' '.repeat(8)}${text}\n`;

export function findingText({ name, state, found, advice, runbook }: Finding): string {
  return [
    `${marks[state]}  ${name}: ${found}\n`,
    advice === undefined ? '' : below(advice),
    runbook === undefined ? '' : below(`docs/runbooks/${runbook}.md`),
  ].join('');
}

const count = (findings: readonly Finding[], state: Finding['state']): number =>
  findings.filter((one) => one.state === state).length;

async function run({ role, json }: Flags): Promise<void> {
  const { examineAll } = await import('../app/operators/doctor/doctor.ts');
  const roles = role === undefined ? [...rolesOf('service'), ...rolesOf('balances-server')] : rolesOf(role);
  const findings = await examineAll(process.env, roles);
  if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else {
    const sum = `${String(count(findings, 'fault'))} wrong, ${String(count(findings, 'warning'))} to look at, ${String(count(findings, 'ok'))} ok\n`;
    process.stdout.write(`${findings.map(findingText).join('')}${sum}`);
  }
  const faults = findings.filter(({ state }) => state === 'fault');
  if (faults.length > 0) process.exitCode = faults.some(({ name }) => name === 'configuration') ? configExitCode : 1;
}

export const doctorCommand = (ending: Ending): Command =>
  new Command('doctor')
    .description('Checks configuration, machine and every server, and says what to do; changes nothing')
    .addOption(
      new Option('--role <name>', 'whose configuration; service and balances-server by default').choices(processNames),
    )
    .option('--json', 'as JSON', false)
    .action(ending(run));
