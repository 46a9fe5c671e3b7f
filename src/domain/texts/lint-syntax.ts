import type { TextFault } from './lint-fault.ts';
import { elementKinds as kinds, kindOf, type MessageElement } from './message-format.ts';

/** The one value that messages are given. */
const placeholder = 'points';

/** Names under which a sender of mails would fill in somebody. */
const personal =
  /name|mail|phone|tel|mobile|address|street|city|zip|post|birth|customer|client|user|order|link|url|token|card/i;

const categories: ReadonlySet<string> = new Set(['zero', 'one', 'two', 'few', 'many', 'other']);
const exactNumber = /^=(\d+)$/;

/** What CLDR says a language tells apart; whole numbers may reach only some of it. */
const categoriesOf = (locale: string, type: Intl.PluralRuleType): readonly string[] =>
  new Intl.PluralRules(locale, { type }).resolvedOptions().pluralCategories;

type Plural = Extract<MessageElement, { readonly pluralType: unknown }>;

const isPlural = (element: MessageElement): element is Plural => kindOf(element) === kinds.plural;

const branchesOf = (element: MessageElement): readonly (readonly MessageElement[])[] =>
  'options' in element ? Object.values(element.options).map(({ value }) => value) : [];

const placeholderFault = (name: string): TextFault | undefined => {
  if (name === placeholder) return undefined;
  return personal.test(name)
    ? { code: 'personal_data', message: `asks for {${name}}, which may carry personal data` }
    : { code: 'unknown_placeholder', message: `asks for {${name}}, which no message is given` };
};

const isStyled = (element: MessageElement): boolean => {
  const style: unknown = 'style' in element ? element.style : undefined;
  return style !== undefined && style !== null;
};

const formatFault = (element: MessageElement): TextFault | undefined => {
  switch (kindOf(element)) {
    case kinds.number:
      if (!isStyled(element)) return undefined;
      return { code: 'unfit_format', message: 'formats the points in another way than as a number' };
    case kinds.date:
    case kinds.time:
      return { code: 'unfit_format', message: 'formats the points as a date or a time' };
    case kinds.select:
      return { code: 'unfit_format', message: 'selects by the text of the points; plural is for numbers' };
    default:
      return undefined;
  }
};

const pluralFaults = ({ options, offset, pluralType }: Plural, locale: string): readonly TextFault[] => {
  const selectors = Object.keys(options);
  const needed = categoriesOf(locale, pluralType ?? 'cardinal');
  const faults: TextFault[] = needed
    .filter((category) => !selectors.includes(category))
    .map((category) => ({
      code: 'branch_missing',
      message: `has no plural branch ${category}, which ${locale} needs`,
    }));
  for (const selector of selectors) {
    if (categories.has(selector) || exactNumber.test(selector)) continue;
    faults.push({ code: 'branch_unknown', message: `has a plural branch ${selector}, which no number takes` });
  }
  if (offset !== 0) faults.push({ code: 'unfit_format', message: 'takes an offset from the points' });
  return faults;
};

/** Whether numbers are told apart in the language at all: in some, one sentence does for all of them. */
const hasPlurals = (locale: string): boolean => categoriesOf(locale, 'cardinal').length > 1;

/**
 * What is wrong with how a text uses its placeholders. An exact branch (`=0`) is taken by its number only, and stands for
 * no category.
 * @param locale one that Intl knows
 */
export const syntaxFaults = (
  elements: readonly MessageElement[],
  locale: string,
  isInPlural = false,
): readonly TextFault[] =>
  elements.flatMap((element) => {
    const kind = kindOf(element);
    if (kind === kinds.literal || kind === kinds.pound || !('value' in element)) return [];
    const faults = [placeholderFault(element.value), formatFault(element)].filter((fault) => fault !== undefined);
    if (kind === kinds.number && element.value === placeholder && !isInPlural && hasPlurals(locale)) {
      faults.push({ code: 'plural_missing', message: `says the points without a plural, which ${locale} needs` });
    }
    const within = isInPlural || isPlural(element);
    return [
      ...faults,
      ...(isPlural(element) ? pluralFaults(element, locale) : []),
      ...branchesOf(element).flatMap((branch) => syntaxFaults(branch, locale, within)),
    ];
  });

/** The numbers that a text has branches of their own for. */
export const exactNumbers = (elements: readonly MessageElement[]): readonly number[] =>
  elements.flatMap((element) => [
    ...(isPlural(element)
      ? Object.keys(element.options).flatMap((selector) => Number(exactNumber.exec(selector)?.[1] ?? []))
      : []),
    ...branchesOf(element).flatMap(exactNumbers),
  ]);
