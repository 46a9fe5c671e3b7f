export { type Config, loadConfig } from './config.ts';
export { explainConfig } from './explain-config.ts';
export { endWithProcess } from './lifecycle.ts';
export { routeProcessWarnings } from './process-warnings.ts';
export { type PreparedProcess, prepareProcess, type ProcessName, processNames, rolesOf } from './processes.ts';
export type { RunningRoles } from './run-roles.ts';
export { openTransport } from './transport.ts';
export { describeSettings } from './settings/index.ts';
