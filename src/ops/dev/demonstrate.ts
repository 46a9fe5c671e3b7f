import { createBalanceClient } from './balance-client.ts';
import type { DevFile } from './dev-file.ts';
import { runSamples } from './run-samples.ts';
import { sampleOrders } from './sample-orders.ts';
import { sendWebhook } from './send-webhook.ts';
import { outcomeLines, samplesHead } from './show-samples.ts';
import type { Steps } from './steps.ts';

const withinMs = 10_000;

/**
 * Sends the sample orders and prints what came of each.
 * @returns what was not right; empty when all was
 */
export const demonstrate = async (devFile: DevFile, steps: Steps): Promise<readonly string[]> => {
  const [usd, jpy] = devFile.merchants;
  if (usd === undefined || jpy === undefined) throw new RangeError('A run has two demo merchants');
  const balances = createBalanceClient(devFile.grpc);
  try {
    steps.tell('Sample orders, signed and sent to the front door as Shopify does:');
    steps.print(`\n${samplesHead()}`);
    const faults = await runSamples({
      deliver: (delivery) => sendWebhook(devFile.http, delivery),
      balances,
      merchants: { usd, jpy },
      samples: sampleOrders(Date.now()),
      withinMs,
      shown: (outcome) => steps.print(outcomeLines(outcome)),
    });
    steps.print('');
    steps.tell(faults.length === 0 ? 'Every balance is right' : `Not right:\n${faults.join('\n')}`);
    return faults;
  } finally {
    balances.close();
  }
};
