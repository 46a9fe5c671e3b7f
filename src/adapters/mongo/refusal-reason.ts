import type { Document } from 'mongodb';

/** Where the server lists what was not satisfied, one level down. */
const branches = [
  'details',
  'clausesNotSatisfied',
  'schemaRulesNotSatisfied',
  'propertiesNotSatisfied',
  'schemasNotSatisfied',
] as const;

const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null;

const names = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** The field a range such as `{ merchant_id: { $gte: … } }` is about. */
const rangeField = (specifiedAs: unknown): string =>
  isDocument(specifiedAs) ? (Object.keys(specifiedAs)[0] ?? '') : '';

const ruleOf = (node: Document): string | undefined => {
  const operator: unknown = node['operatorName'];
  if (typeof operator !== 'string') return undefined;
  return operator.startsWith('$') ? `${rangeField(node['specifiedAs'])} ${operator}`.trim() : operator;
};

const collect = (node: unknown, property: string): readonly string[] => {
  if (!isDocument(node)) return [];
  if (Array.isArray(node)) return node.flatMap((child) => collect(child, property));
  const here = typeof node['propertyName'] === 'string' ? node['propertyName'] : property;
  if (typeof node['title'] === 'string') return [`${here} ${node['title']}`];
  const listed = [
    ...names(node['missingProperties']).map((name) => `${name} is missing`),
    ...names(node['additionalProperties']).map((name) => `${name} is not a field of it`),
  ];
  if (listed.length > 0) return listed;
  const below = branches.flatMap((branch) => collect(node[branch], here));
  if (below.length > 0) return below;
  const rule = ruleOf(node);
  return rule === undefined ? [] : [`${here} ${rule}`.trim()];
};

/**
 * What a validator said about a document (`errInfo` of error 121), as field and rule and never as a value: the server
 * repeats the values it refused, and those must reach neither a log nor a dead letter.
 * @example refusalReason(error.errInfo) // 'Document is refused: description carries an e-mail address'
 */
export const refusalReason = (errInfo: Document | undefined): string => {
  const rules = [...new Set(collect(errInfo?.['details'], ''))];
  return `Document is refused: ${rules.length === 0 ? 'the server does not say why' : rules.join('; ')}`;
};
