/**
 * The service's processor with the topologies named as arguments, composed, configured and ended as production does it:
 * settings come from the environment. Tells its parent where /ready and /metrics are.
 */
import { loadConfig } from '../../src/app/config.ts';
import { endWithProcess } from '../../src/app/lifecycle.ts';
import { routeProcessWarnings } from '../../src/app/process-warnings.ts';
import { processorTopologies, startProcessor } from '../../src/app/processor.ts';
import { runRoles } from '../../src/app/run-roles.ts';
import { processTracing } from '../../src/app/tracing/process-tracing.ts';
import { createLogger } from '../../src/common/logger.ts';
import { answerParent } from '../rig/child.ts';

const chosen = processorTopologies.filter((name) => process.argv.slice(2).includes(name));
const config = loadConfig(process.env, ['processor']);
const { mixin, load } = processTracing(config, 'processor');
const logger = createLogger({ level: config.logLevel, role: 'processor', ...(mixin && { mixin }) });
routeProcessWarnings(logger);
const createTracing = await load();
const running = runRoles<'processor'>({
  ...{ config, logger, starts: [(context) => startProcessor(context, chosen)] },
  ...(createTracing && { createTracing }),
});
answerParent(async () => (await running).httpPort);
const { lifecycle, started } = await running;
endWithProcess(lifecycle, logger);
await started;
