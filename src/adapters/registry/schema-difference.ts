import type { Type } from 'avsc';
import {
  branchesOf,
  branchFor,
  canRead,
  describeType,
  fieldFor,
  isArray,
  isEnum,
  isMap,
  isRecord,
} from './avro-types.ts';

/** One reason why a reader cannot read what a writer may have written, for people: it begins with the path of the field. */
export type SchemaFault = string;

const shortName = ({ name }: Type): string => name?.split('.').at(-1) ?? '';

/**
 * Why `reader` cannot read everything that `writer` may have written; nothing where it can. Registries say it each in
 * their own way, and some without the field.
 */
export function schemaDifference(reader: Type, writer: Type): readonly SchemaFault[] {
  const seen = new Set<Type>();

  const compare = (ours: Type, theirs: Type, path: string): readonly SchemaFault[] => {
    const branches = branchesOf(ours);
    const theirBranches = branchesOf(theirs);
    if (branches !== undefined) {
      return (theirBranches ?? [theirs]).flatMap((branch) => {
        const match = branchFor(branches, branch);
        if (match === undefined) return [`${path} no longer takes ${describeType(branch)}`];
        return compare(match, branch, branch.name === undefined ? path : `${path}.${shortName(branch)}`);
      });
    }
    if (theirBranches !== undefined) return theirBranches.flatMap((branch) => compare(ours, branch, path));
    if (isRecord(ours) && isRecord(theirs) && isSameName(ours, theirs)) {
      // A record that holds itself is compared once.
      if (seen.has(ours)) return [];
      seen.add(ours);
      return ours.fields.flatMap((field) => {
        const written = fieldFor(theirs, field);
        if (written !== undefined) return compare(field.type, written.type, `${path}.${field.name}`);
        return field.defaultValue() === undefined ? [`${path}.${field.name} is new and has no default`] : [];
      });
    }
    if (isEnum(ours) && isEnum(theirs) && isSameName(ours, theirs)) {
      if (canRead(ours, theirs)) return [];
      const gone = theirs.symbols.filter((symbol) => !ours.symbols.includes(symbol));
      return [`${path} no longer has ${gone.join(', ')}`];
    }
    if (isArray(ours) && isArray(theirs)) return compare(ours.itemsType, theirs.itemsType, `${path}[]`);
    if (isMap(ours) && isMap(theirs)) return compare(ours.valuesType as Type, theirs.valuesType as Type, `${path}{}`);
    return canRead(ours, theirs) ? [] : [`${path} was ${describeType(theirs)} and is ${describeType(ours)}`];
  };

  return compare(reader, writer, shortName(reader));
}

const isSameName = (ours: Type, theirs: Type): boolean =>
  theirs.name !== undefined && [ours.name, ...(ours.aliases ?? [])].includes(theirs.name);
