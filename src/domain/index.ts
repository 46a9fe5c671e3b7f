export { type Account, evolve, initialAccount } from './account.ts';
export type { Command } from './commands.ts';
export { decide, ownerOf } from './decide.ts';
export { refusePosTransaction } from './decide-till.ts';
export type { Decision, DecisionSettings, DecisionState, RedemptionStep, Refusal } from './decision.ts';
export { type BuiltInLocale, defaultMessages, type MessageKey } from './default-messages.ts';
export { pointsFor, ruleText } from './earning.ts';
export type { Entry, EntryCause } from './entry.ts';
export { RejectedCommandError } from './errors.ts';
export {
  complianceEventId,
  customerIdOf,
  IdentityError,
  isUuid,
  orderCancelEventId,
  orderEarnEventId,
  orderRefundEventId,
  redemptionReturnEventId,
  settlementEventId,
  tokenEventId,
} from './identity.ts';
export type { LintRules, TextToLint } from './lint-fault.ts';
export { lintText } from './lint-text.ts';
export { builtInTexts, lintTexts, type LocatedFault, reviewTexts, type TextReview } from './lint-texts.ts';
export { lastResortLocale, localeChain, negotiateLocale } from './locale.ts';
export { type MerchantSettings, usualTerms } from './merchant.ts';
export { MerchantInvalidError, merchantTerms, parseMerchant } from './merchant-document.ts';
export { createMessages, type Messages } from './messages.ts';
export { type OrderHistory } from './order-history.ts';
export { currencyDecimals, isKnownCurrency, MoneyError, toMinorUnits } from './money.ts';
export type { Redemption } from './redemption.ts';
