import { editDistance } from '../common/edit-distance.ts';
import { describeSettings, type Reading, type Source } from './settings/index.ts';
import { type Environment, type ReadEntry, readConfig, type RoleName } from './config.ts';

/** One setting as it is in force. */
export interface ExplainedSetting {
  readonly name: string;
  /** As it would be written, secrets hidden; empty where nothing is set. */
  readonly value: string;
  /** Where the value comes from: `environment`, `default`, `file (NAME_FILE)`, `REDIS_HOST`, `not set`. */
  readonly from: string;
  /** Set by somebody, not left as it is. */
  readonly isSet: boolean;
}

export interface ExplainedConfig {
  readonly settings: readonly ExplainedSetting[];
  /** What keeps the roles from starting. */
  readonly faults: readonly string[];
  /** Variables that look like a misspelt setting of ours; nothing reads them. */
  readonly suspects: readonly string[];
}

const hidden = '********';

/** Parameters of an address that hold a secret: MongoDB takes a certificate's password there. */
const secretParameter = /([?&][^=&#]*(?:password|secret|token)[^=&#]*=)[^&#]*/gi;

/** An address without who logs in, and with what. */
const withoutCredentials = (text: string): string =>
  text.replace(/^([a-z][a-z0-9+]*:\/\/)[^/?#]*@/i, `$1${hidden}@`).replace(secretParameter, `$1${hidden}`);

const shown = ({ setting, reading }: ReadEntry): string => {
  if (reading.text === undefined) return '';
  if (setting.secret === true) return hidden;
  return setting.secret === 'credentials' ? withoutCredentials(reading.text) : reading.text;
};

const sourceText = (source: Source): string => {
  switch (source.from) {
    case 'environment':
      return 'environment';
    case 'file':
      return `file (${source.variable})`;
    case 'another':
      return source.variable;
    case 'default':
      return 'default';
    case 'nowhere':
      return 'not set';
  }
};

const isSetBySomebody = ({ source }: Reading): boolean => source.from === 'environment' || source.from === 'file';

/** More than two letters away it is another word, such as what Kubernetes sets for each service it knows. */
const nearEnough = 2;

const suspectsOf = (env: Environment): readonly string[] => {
  const names = describeSettings().flatMap(({ name, isSecret }) => (isSecret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env)
    .filter((variable) => !names.includes(variable) && /^[A-Z][A-Z0-9_]{5,}$/.test(variable))
    .flatMap((variable) => {
      const near = names.find((name) => editDistance(variable, name) <= nearEnough);
      return near === undefined ? [] : [`${variable} is no setting and is not read: ${near}?`];
    });
};

/** Every setting of the roles (all by default): what is in force, where it comes from, and what is wrong. */
export function explainConfig(env: Environment, roles?: readonly RoleName[]): ExplainedConfig {
  const { entries, faults } = readConfig(env, roles);
  const settings = entries.map((entry) => ({
    ...{ name: entry.setting.name, value: shown(entry), from: sourceText(entry.reading.source) },
    isSet: isSetBySomebody(entry.reading),
  }));
  return { settings, faults, suspects: suspectsOf(env) };
}
