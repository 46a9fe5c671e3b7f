import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { TransactionalProducer } from '../ports.ts';

/** The one transactional producer of an instance; another takes its place when it has failed. */
export class CurrentProducer {
  readonly #create: () => TransactionalProducer;
  readonly #logger: Logger;
  #opening: Promise<TransactionalProducer> | null = null;
  #ready: TransactionalProducer | null = null;

  constructor(create: () => TransactionalProducer, logger: Logger) {
    this.#create = create;
    this.#logger = logger;
  }

  /** Initialized: no transaction of an earlier producer is open any more. @throws what `init` throws */
  open(): Promise<TransactionalProducer> {
    this.#opening ??= this.#initialized();
    return this.#opening;
  }

  /** A producer that has failed is thrown away: the next one learns from the broker how its transaction ended. */
  async discard(producer: TransactionalProducer): Promise<void> {
    // Closed already; and another may have begun to take its place, which is not to blame.
    if (this.#ready !== producer) return;
    this.#forget();
    await this.#close(producer);
  }

  /** Also one that is still being initialized is waited for, and closed. */
  async close(): Promise<void> {
    const producer = await this.#opening?.catch(() => null);
    this.#forget();
    if (producer) await this.#close(producer);
  }

  async #initialized(): Promise<TransactionalProducer> {
    const producer = this.#create();
    try {
      await producer.init();
      this.#ready = producer;
      return producer;
    } catch (error) {
      this.#forget();
      await this.#close(producer);
      throw error;
    }
  }

  #forget(): void {
    this.#opening = null;
    this.#ready = null;
  }

  async #close(producer: TransactionalProducer): Promise<void> {
    await producer.close().catch((error: unknown) => {
      this.#logger.warn({ err: toError(error) }, 'A producer could not be closed');
    });
  }
}
