// `points verify`: proves that the books agree; exit code 1 where they do not, or cannot be compared.
import { Command } from 'commander';
import { loadConfig } from '../app/index.ts';
import type { Fault, VerifyReport } from '../audit/index.ts';
import { createLogger } from '../common/logger.ts';
import type { Ending } from './ending.ts';
import { uuidOption, wholeNumberOption } from './option-values.ts';

interface Flags {
  readonly merchant?: string;
  readonly json: boolean;
  readonly wait: number;
}

const shownFaults = 20;

const faultLine = ({ merchantId, customerId, place, what }: Fault): string =>
  `merchant ${merchantId}${customerId === null ? '' : `, customer ${customerId}`}: ${place}: ${what}`;

/** What was looked at and found, for people. */
export function reportLines(report: VerifyReport): readonly string[] {
  const { accounts, entries, ledgerEntries, redemptions, cached, points, begunBefore, faults, firstFaults } = report;
  const [first, ...others] = firstFaults;
  const shown = others.slice(0, shownFaults - 1);
  const left = faults - shown.length - 1;
  return [
    `${String(accounts)} accounts with ${String(points)} points: ${String(entries)} entries in audit_log, ` +
      `${String(ledgerEntries)} in points_transactions, ${String(redemptions)} redemptions, ${String(cached)} balances in the cache`,
    ...(begunBefore === 0
      ? []
      : [
          `${String(begunBefore)} accounts are older than what audit_log still holds: what is older was taken as ` +
            'points_transactions has it, and its sequences and sums were checked',
        ]),
    ...(first === undefined
      ? ['The books are right']
      : [
          `The books are WRONG: ${String(faults)} ${faults === 1 ? 'fault' : 'faults'}. The first wrong account:`,
          `  ${faultLine(first)}`,
          ...shown.map((fault) => `  ${faultLine(fault)}`),
          ...(left > 0 ? [`  and ${String(left)} more`] : []),
        ]),
  ];
}

async function run({ merchant, json, wait }: Flags): Promise<void> {
  const config = loadConfig(process.env, ['verify']);
  const { verify } = await import('../app/operators/verify.ts');
  const report = await verify(config, createLogger({ level: 'silent', role: 'verify' }), {
    ...(merchant !== undefined && { merchantId: merchant }),
    timeoutMs: wait * 1_000,
    onProgress: (partition, records) => {
      if (process.stderr.isTTY)
        process.stderr.write(`points: partition ${String(partition)}: ${String(records)} records\n`);
    },
  });
  const lines = json ? [JSON.stringify(report)] : reportLines(report);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  process.exitCode = report.faults > 0 ? 1 : 0;
}

export const verifyCommand = (ending: Ending): Command =>
  new Command('verify')
    .description('Rebuilds every account from audit_log and compares ledger, balances, cache and redemptions')
    .option('--merchant <uuid>', 'only this merchant', uuidOption)
    .option('--wait <seconds>', 'how long projections may take to catch up', wholeNumberOption(0, 3_600), 60)
    .option('--json', 'as JSON', false)
    .action(ending(run));
