export { type Account, evolve, initialAccount } from './account.ts';
export type { Command, OrderCreated } from './commands.ts';
export { type DecisionSettings, decide } from './decide.ts';
export { type BuiltInLocale, defaultMessages, type MessageKey } from './default-messages.ts';
export { pointsFor, ruleText } from './earning.ts';
export type { Entry, EntryType } from './entry.ts';
export { RejectedCommandError, type RejectionCode } from './errors.ts';
export { customerIdOf, IdentityError, isUuid, orderEarnEventId } from './identity.ts';
export { lastResortLocale, localeChain, negotiateLocale } from './locale.ts';
export type { EarningRule, MerchantSettings } from './merchant.ts';
export { MerchantInvalidError, parseMerchant } from './merchant-document.ts';
export {
  createMessages,
  type MessageCatalogue,
  type Messages,
  type MessagesOptions,
  type MessageValues,
  type RenderedMessage,
  type UnusableReason,
} from './messages.ts';
export { currencyDecimals, isKnownCurrency, MoneyError, type MoneyFault, toMinorUnits } from './money.ts';
