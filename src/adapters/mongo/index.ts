export { connectMongo, type MongoConnection } from './client.ts';
export { assertShardable, type CollectionDeclaration, type IndexDeclaration, NotShardableError } from './collection.ts';
export { collections } from './collections.ts';
export { type CustomerRecords, readCustomerRecords } from './customers/customer-records.ts';
export { newestRedemptions } from './customers/account-redemptions.ts';
export { createFollowedDocuments } from './customers/followed-documents.ts';
export { createHeldData } from './customers/held-data.ts';
export { createLedgerBook } from './ledger/ledger-book.ts';
export { createLedgerHistory } from './ledger/ledger-history.ts';
export { createLedgerPages } from './ledger/ledger-pages.ts';
export { createLedgerReader } from './ledger/ledger-reader.ts';
export { createLedgerStore } from './ledger/ledger-store.ts';
export { createMerchantDirectory, type MerchantDirectory } from './merchants/merchant-directory.ts';
export { createOfflineQueue } from './offline-queue/offline-queue.ts';
export { createRedemptionStore } from './redemptions/redemption-store.ts';
export {
  createMerchantStore,
  type MerchantDocument,
  MerchantExistsError,
  type MerchantStore,
} from './merchants/merchant-store.ts';
export { createRedemptionBook } from './redemptions/redemption-book.ts';
export { createOutcomeReader } from './redemptions/outcome-reader.ts';
export { shopDomainsOf } from './merchants/merchant-names.ts';
export { seedMerchants, translationSeeds } from './seed.ts';
export { sentenceRules, textRules } from './texts/text-rules.ts';
export { IndexConflictError, setUpMongo } from './setup.ts';
export { type MongoFacts, mongoFacts } from './server-facts.ts';
export { createTranslationStore, type StoredTranslation } from './texts/translation-store.ts';
export { createTranslationCatalogue, type TextChange, type TranslationCatalogue } from './texts/translations.ts';
