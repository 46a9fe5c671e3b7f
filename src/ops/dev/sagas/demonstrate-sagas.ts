import { silentLogger } from '../../../common/logger.ts';
import type { DevFile } from '../dev-file.ts';
import type { Steps } from '../steps.ts';
import { createDocumentHops } from './document-hops.ts';
import { findHops } from './find-hops.ts';
import { hopLines } from '../../../follow/index.ts';
import { runSagas, type SagaOutcome } from './run-sagas.ts';
import { sagasOf } from './sagas.ts';
import { isCoreOurs } from './standin-hops.ts';
import { createTopicHops } from './topic-hops.ts';

const withinMs = 15_000;

const outcomeText = ({ saga, correlationId, hops, faults }: SagaOutcome): string =>
  [
    saga.title,
    ...(correlationId === null ? [] : [`  npm run follow -- ${correlationId}`]),
    hopLines(hops),
    ...faults.map((fault) => `  WRONG: ${fault}`),
    '',
  ].join('\n');

/**
 * Runs the sagas and prints by which hops each has come.
 * @returns what was not right; empty when all have arrived
 */
export const demonstrateSagas = async (devFile: DevFile, steps: Steps): Promise<readonly string[]> => {
  const { brokers, registry, standins } = devFile;
  const logger = silentLogger;
  const topics = await createTopicHops({ brokers, registry, from: 'end', logger });
  const documents = createDocumentHops(devFile.mongo);
  try {
    steps.tell('Sagas through the services beside ours, each followed by one correlation id:\n');
    const faults = await runSagas({
      sagas: sagasOf(devFile, { isCoreOurs: await isCoreOurs(standins) }),
      find: (correlationId) => findHops({ topics, documents, standins }, correlationId),
      shown: (outcome) => steps.print(outcomeText(outcome)),
      withinMs,
    });
    steps.tell(faults.length === 0 ? 'Every saga has arrived' : `Not arrived:\n${faults.join('\n')}`);
    return faults;
  } finally {
    await topics.close();
    await documents.close();
  }
};
