export { connectMongo, type MongoConnection } from './client.ts';
export { assertShardable, type CollectionDeclaration, type IndexDeclaration, NotShardableError } from './collection.ts';
export { collections } from './collections.ts';
export { type CustomerRecords, readCustomerRecords } from './customer-records.ts';
export { createHeldData } from './held-data.ts';
export { createLedgerBook } from './ledger-book.ts';
export { createLedgerHistory } from './ledger-history.ts';
export { createLedgerPages } from './ledger-pages.ts';
export { createLedgerReader } from './ledger-reader.ts';
export { createLedgerStore } from './ledger-store.ts';
export { createMerchantDirectory, type MerchantDirectory } from './merchant-directory.ts';
export { createOfflineQueue } from './offline-queue.ts';
export { createRedemptionStore } from './redemption-store.ts';
export {
  createMerchantStore,
  type MerchantDocument,
  MerchantExistsError,
  type MerchantStore,
} from './merchant-store.ts';
export { createRedemptionBook } from './redemption-book.ts';
export { createOutcomeReader } from './outcome-reader.ts';
export { seedMerchants, translationSeeds } from './seed.ts';
export { sentenceRules, textRules } from './text-rules.ts';
export { IndexConflictError, setUpMongo } from './setup.ts';
export { createTranslationStore, type StoredTranslation } from './translation-store.ts';
export { createTranslationCatalogue, type TextChange, type TranslationCatalogue } from './translations.ts';
