import type { Document } from 'mongodb';
import type { Logger } from '../../common/logger.ts';
import type { MongoConnection } from './client.ts';
import { translations } from './collections.ts';
import { type CollectionCopy, followCollection } from './follow-collection.ts';

/** The `translations` collection in memory; what it holds while MongoDB is away is what it held before. */
export interface TranslationCatalogue {
  /** @throws DependencyUnavailableError when the translations cannot be read; it may be called again */
  start(): Promise<void>;
  close(): Promise<void>;
  /** ICU MessageFormat text of a key in exactly this locale; undefined where there is none. Fits `createMessages`. */
  readonly lookup: (key: string, locale: string) => string | undefined;
}

export interface TranslationCatalogueOptions {
  readonly connection: MongoConnection;
  readonly logger: Logger;
}

const nameOf = (key: unknown, locale: unknown): string => `${String(key)}:${String(locale)}`;

const createCopy = (texts: Map<string, string>): CollectionCopy => {
  /** Which name a document gave, since a deletion tells only its `_id`. */
  const nameByDocument = new Map<string, string>();
  const remove = (id: unknown): void => {
    const name = nameByDocument.get(String(id));
    if (name === undefined) return;
    nameByDocument.delete(String(id));
    texts.delete(name);
  };
  const put = (document: Document): void => {
    remove(document['_id']);
    if (typeof document['value'] !== 'string') return;
    const name = nameOf(document['key'], document['locale']);
    nameByDocument.set(String(document['_id']), name);
    texts.set(name, document['value']);
  };
  return {
    put,
    remove,
    replaceAll(documents) {
      texts.clear();
      nameByDocument.clear();
      for (const document of documents) put(document);
    },
  };
};

/** @example createMessages(catalogue.lookup) */
export const createTranslationCatalogue = (options: TranslationCatalogueOptions): TranslationCatalogue => {
  const { connection, logger } = options;
  const texts = new Map<string, string>();
  const follower = followCollection({ connection, collection: translations.name, copy: createCopy(texts), logger });
  return {
    start: () => follower.start(),
    close: () => follower.close(),
    lookup: (key, locale) => texts.get(nameOf(key, locale)),
  };
};
