import { consul } from './consul.ts';
import { decisions } from './decisions.ts';
import { listening } from './listening.ts';
import { operators } from './operators.ts';
import { ofProcess } from './process.ts';
import { storage } from './storage.ts';
import { tracing } from './tracing.ts';
import { transport } from './transport.ts';

export { servers } from './servers.ts';

/** Settings of every role, a file for each group. */
export const common = {
  ...listening,
  ...storage,
  ...decisions,
  ...ofProcess,
  ...tracing,
  ...transport,
  ...consul,
  ...operators,
} as const;
