export { describeSettings } from './describe.ts';
export { common, servers } from './groups.ts';
export { type Environment, isSet, type Reading, readSetting, type ReadSecret, type Source } from './read-setting.ts';
export { needs, type RoleName, uses } from './roles.ts';
export { rules } from './rules.ts';
export type { Setting, ValuesOf } from './setting.ts';
