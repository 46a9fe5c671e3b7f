import type { Document } from 'mongodb';
import type { Logger } from '../../../common/logger.ts';
import type { MongoConnection } from '../client.ts';
import { translations } from '../collections.ts';
import { type CollectionCopy, followCollection } from '../follow-collection.ts';

/** The `translations` collection in memory; what it holds while MongoDB is away is what it held before. */
export interface TranslationCatalogue {
  /** @throws DependencyUnavailableError when the translations cannot be read; it may be called again */
  start(): Promise<void>;
  close(): Promise<void>;
  /** ICU MessageFormat text of a key in exactly this locale; undefined where there is none. Fits `createMessages`. */
  readonly lookup: (key: string, locale: string) => string | undefined;
}

/** What is known of one text. */
export interface TextChange {
  readonly key: string;
  readonly locale: string;
  /** ICU MessageFormat text; null: there is none any more. */
  readonly value: string | null;
  /** 1, 2, 3 …; 0 where the collection does not tell, and of what is not there. */
  readonly version: number;
  /** How much of MongoDB's history this knows, see CollectionCopy: of two changes the one with the greater is right. */
  readonly at: number;
}

export interface TranslationCatalogueOptions {
  readonly connection: MongoConnection;
  readonly logger: Logger;
  /** Told each text that is read, and each that changes or goes away. */
  readonly onText?: (change: TextChange) => void;
  /** Texts kept in memory; 10,000 by default. What is beyond is as if it were not there, and is logged. */
  readonly maxTexts?: number;
}

interface Text extends Omit<TextChange, 'at'> {
  readonly value: string;
  /** Of its document: another may have taken its name over. */
  readonly id: string;
}

const nameOf = ({ key, locale }: Pick<Text, 'key' | 'locale'>): string => `${key}:${locale}`;

const textOf = ({ _id, key, locale, value, version }: Document): Text | undefined => {
  if (typeof key !== 'string' || typeof locale !== 'string' || typeof value !== 'string') return undefined;
  return { id: String(_id), key, locale, value, version: Number.isSafeInteger(version) ? Number(version) : 0 };
};

const changeOf = ({ key, locale, value, version }: Text, at: number): TextChange => ({
  ...{ key, locale, value, version, at },
});

/** The texts by name, kept by their documents, since a deletion tells only a document's `_id`. */
class TextCopy implements CollectionCopy {
  readonly #texts = new Map<string, Text>();
  readonly #nameByDocument = new Map<string, string>();
  readonly #onText: (change: TextChange) => void;
  readonly #maxTexts: number;
  readonly #logger: Logger;

  constructor({
    onText = () => undefined,
    maxTexts = 10_000,
    logger,
  }: Omit<TranslationCatalogueOptions, 'connection'>) {
    this.#onText = onText;
    this.#maxTexts = maxTexts;
    this.#logger = logger;
  }

  lookup(key: string, locale: string): string | undefined {
    return this.#texts.get(nameOf({ key, locale }))?.value;
  }

  put(document: Document, at: number): void {
    const id = String(document['_id']);
    const text = textOf(document);
    const name = text && nameOf(text);
    if (name !== this.#nameByDocument.get(id)) this.remove(id, at);
    if (text === undefined || name === undefined) return;
    if (this.#texts.size >= this.#maxTexts && !this.#texts.has(name)) {
      this.#logger.error({ key: text.key, locale: text.locale, max_texts: this.#maxTexts }, 'Too many translations');
      return;
    }
    this.#nameByDocument.set(id, name);
    this.#texts.set(name, text);
    this.#onText(changeOf(text, at));
  }

  remove(id: unknown, at: number): void {
    const name = this.#nameByDocument.get(String(id));
    if (name === undefined) return;
    this.#nameByDocument.delete(String(id));
    const text = this.#texts.get(name);
    if (text?.id !== String(id)) return;
    this.#texts.delete(name);
    this.#onText({ key: text.key, locale: text.locale, value: null, version: 0, at });
  }

  replaceAll(documents: readonly Document[], at: number): void {
    const present = new Set(documents.map(({ _id }) => String(_id)));
    for (const id of [...this.#nameByDocument.keys()].filter((known) => !present.has(known))) this.remove(id, at);
    for (const document of documents) this.put(document, at);
  }
}

/** @example createMessages(catalogue.lookup) */
export const createTranslationCatalogue = (options: TranslationCatalogueOptions): TranslationCatalogue => {
  const { connection, logger } = options;
  const copy = new TextCopy(options);
  const follower = followCollection({ connection, collection: translations.name, copy, logger });
  return {
    start: () => follower.start(),
    close: () => follower.close(),
    lookup: (key, locale) => copy.lookup(key, locale),
  };
};
