import { readdir } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Hop } from '../../../follow/index.ts';

interface LogLine {
  readonly time: string;
  readonly role: string;
  readonly standin?: string;
  readonly correlation_id?: string;
  readonly msg: string;
}

/** Log lines of our processes that name the correlation id. @param folder of the logs; one that is not there has none */
export const logHops = async (folder: string, correlationId: string): Promise<readonly Hop[]> => {
  const files = await readdir(folder).catch(() => []);
  const found: Hop[] = [];
  for (const file of files.filter((name) => name.endsWith('.log'))) {
    for await (const text of createInterface({ input: createReadStream(path.join(folder, file)) })) {
      if (!text.includes(correlationId)) continue;
      try {
        const { time, role, standin, correlation_id, msg } = JSON.parse(text) as LogLine;
        if (correlation_id !== correlationId) continue;
        found.push({ at: Date.parse(time), where: `log ${standin ?? role}`, what: msg, eventId: null });
      } catch {
        // A line that another program wrote, which only holds the same characters.
      }
    }
  }
  return found;
};
