export { type Account, evolve, initialAccount } from './decide/account.ts';
export type { Command } from './decide/commands.ts';
export { decide, ownerOf } from './decide/decide.ts';
export { refusePosTransaction } from './decide/decide-till.ts';
export type { Decision, DecisionSettings, DecisionState, RedemptionStep, Refusal } from './decide/decision.ts';
export { type BuiltInLocale, defaultMessages, type MessageKey } from './texts/default-messages.ts';
export { pointsFor, ruleText } from './decide/earning.ts';
export type { Entry, EntryCause } from './decide/entry.ts';
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
export type { LintRules, TextToLint } from './texts/lint-fault.ts';
export { lintText } from './texts/lint-text.ts';
export { builtInTexts, lintTexts, type LocatedFault, reviewTexts, type TextReview } from './texts/lint-texts.ts';
export { lastResortLocale, localeChain, negotiateLocale } from './texts/locale.ts';
export { type MerchantSettings, usualTerms } from './merchant.ts';
export { MerchantInvalidError, merchantTerms, parseMerchant } from './merchant-document.ts';
export { createMessages, type Messages } from './texts/messages.ts';
export { type OrderHistory } from './decide/order-history.ts';
export { currencyDecimals, isKnownCurrency, MoneyError, toMinorUnits } from './money.ts';
export type { Redemption } from './decide/redemption.ts';
