import { transportRules } from './transport-rules.ts';

/**
 * What settings must be together. Gets the values that could be read, by key; tells every fault as a sentence that
 * begins with a variable's name.
 */
export type Rule = (values: Readonly<Record<string, unknown>>) => readonly string[];

export const rules: readonly Rule[] = [...transportRules];
