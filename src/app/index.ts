export { type Config, loadConfig } from './config.ts';
export { endWithProcess } from './lifecycle.ts';
export { routeProcessWarnings } from './process-warnings.ts';
export { type PreparedProcess, prepareProcess, type ProcessName, processNames } from './processes.ts';
export type { RunningRoles } from './run-roles.ts';
export { describeSettings } from './settings.ts';
