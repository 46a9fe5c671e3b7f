// `points compliance export`: what is held of a customer, for the merchant to hand over.
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../app/index.ts';
import { systemClock } from '../common/clock.ts';
import { type ErrorOptions, PointsError } from '../common/errors.ts';
import { isUuid } from '../domain/index.ts';
import type { Ending } from './ending.ts';

interface ExportFlags {
  readonly merchant: string;
  readonly customer: string;
  readonly out?: string;
}

/** The file could not be written; nothing of what was to be in it is told. */
class ExportNotWrittenError extends PointsError {
  readonly code = 'EXPORT_NOT_WRITTEN';

  constructor(file: string, options: ErrorOptions) {
    super(`The export cannot be written to ${file}; a file that is there already is not overwritten`, options);
  }
}

const merchantOption = (text: string): string => {
  if (!isUuid(text)) throw new InvalidArgumentError('It is a UUID.');
  return text.toLowerCase();
};

const customerOption = (text: string): string => {
  if (!isUuid(text) && !/^[1-9]\d{0,19}$/.test(text)) {
    throw new InvalidArgumentError('It is a UUID, or Shopify’s id of the customer in digits.');
  }
  return text;
};

async function write({ merchant: merchantId, customer, out }: ExportFlags): Promise<void> {
  const config = loadConfig(process.env, ['compliance']);
  const { exportCustomer } = await import('../app/operators/compliance-export.ts');
  const exported = await exportCustomer(config, { merchantId, customer }, systemClock);
  const text = `${JSON.stringify(exported, null, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  // For nobody else on this machine to read.
  await writeFile(out, text, { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    throw new ExportNotWrittenError(out, { cause });
  });
  const { transactions, redemptions, waiting } = exported;
  process.stdout.write(
    `${out}: ${transactions.length} transactions, ${redemptions.length} redemptions, ${waiting.length} waiting\n`,
  );
}

export const complianceCommand = (ending: Ending): Command => {
  const command = new Command('compliance').description('Answers what the law lets customers ask');
  command
    .command('export')
    .description('Writes everything held of a customer as JSON')
    .requiredOption('--merchant <uuid>', 'The merchant', merchantOption)
    .requiredOption('--customer <id>', 'The customer: our UUID, or Shopify’s id', customerOption)
    .option('--out <file>', 'Writes to a new file that only its owner may read, instead of to stdout')
    .action(ending(write));
  return command;
};
