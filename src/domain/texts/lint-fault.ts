/** A sentence of the catalogue as translators write it. */
export interface TextToLint {
  /** Of the message, e.g. `points.earned`. */
  readonly key: string;
  /** BCP 47 tag. */
  readonly locale: string;
  /** ICU MessageFormat text. */
  readonly value: string;
}

/** Stable names of what can be wrong with a text. */
export type TextFaultCode =
  | 'missing'
  | 'unknown_key'
  | 'locale_unusable'
  | 'malformed'
  | 'unknown_placeholder'
  | 'personal_data'
  | 'unfit_format'
  | 'unfit_character'
  | 'plural_missing'
  | 'branch_missing'
  | 'branch_unknown'
  | 'number_lost'
  | 'too_long';

export interface TextFault {
  readonly code: TextFaultCode;
  /** Completes "points.earned in fr …"; quotes nothing of the text but names of placeholders and branches. */
  readonly message: string;
}

/** A text must hold no match of the pattern, a regular expression of the `u` flag. */
export interface LintRule {
  readonly code: TextFaultCode;
  /** Completes "points.earned in fr …" where it is broken. */
  readonly refusal: string;
  readonly pattern: string;
}

export interface LintRules {
  /** For texts as they are written. */
  readonly text: readonly LintRule[];
  /** For sentences as customers read them. */
  readonly sentence: readonly LintRule[];
}
