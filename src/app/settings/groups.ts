import { decisions } from './decisions.ts';
import { listening } from './listening.ts';
import { ofProcess } from './process.ts';
import { storage } from './storage.ts';
import { tracing } from './tracing.ts';

export { servers } from './servers.ts';

/** Settings of every role, a file for each group. */
export const common = {
  ...listening,
  ...storage,
  ...decisions,
  ...ofProcess,
  ...tracing,
} as const;
