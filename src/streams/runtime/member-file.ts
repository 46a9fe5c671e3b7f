import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';

/**
 * Remembers under which id this instance is in its group, as long as it is: what a start finds there was killed. Nothing
 * depends on it but how fast the group goes on after a kill, so a file that cannot be written is only told.
 */
export class MemberFile {
  readonly #file: string;
  readonly #logger: Logger;
  #written: string | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** The id that the instance had before it was killed. */
  async former(): Promise<string | undefined> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    return text === '' ? undefined : text;
  }

  joined(memberId: string): void {
    if (this.#written === memberId) return;
    this.#written = memberId;
    this.#do(async () => {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(this.#file, memberId);
    });
  }

  /** The instance has left the group. */
  async left(): Promise<void> {
    this.#do(() => rm(this.#file, { force: true }));
    await this.#writing;
  }

  #do(step: () => Promise<void>): void {
    this.#writing = this.#writing.then(step).catch((error: unknown) => {
      this.#logger.warn({ err: toError(error), file: this.#file }, 'The id in the group was not remembered');
    });
  }
}
