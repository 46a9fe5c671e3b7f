import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { NewId } from '../../common/new-id.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What an instance calls itself, the same after each restart on the same folder: by it, the transaction that a killed one
 * has left open is ended at once and not by its time-out. So a file that cannot be read or written costs only time.
 */
export async function instanceId(file: string, newId: NewId, logger: Logger): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (uuid.test(text)) return text;
  const id = newId();
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, id);
  } catch (error) {
    logger.warn({ err: toError(error), file }, 'The id of the instance was not remembered');
  }
  return id;
}
