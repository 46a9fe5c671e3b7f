import type { Type } from 'avsc';
import { branchesOf, branchFor, fieldFor, isArray, isEnum, isMap, isRecord } from './avro-types.ts';
import { typeOf } from './schemas.ts';

/**
 * The reader's type with every enum symbol and union branch added that only the writer has.
 *
 * Avro judges those by the value: what uses a symbol or a branch that the reader does not know is unreadable, and all
 * else that was written with the same schema is read. avsc judges by the schema, so that in a rolling upgrade which adds
 * a kind of command, the instances not upgraded yet could read none of the kinds they know. So: read with the wider type,
 * then ask the reader's own whether the value is one of its.
 */
export function widerType(reader: Type, writer: Type): Type {
  const defined = new Set<string>();

  const widen = (ours: Type, theirs: Type): unknown => {
    if (ours.name !== undefined && defined.has(ours.name)) return ours.name;
    const branches = branchesOf(ours);
    const theirBranches = branchesOf(theirs);
    if (branches !== undefined) {
      const written = theirBranches ?? [theirs];
      const known = branches.map((branch) => {
        const match = written.find((other) => branchFor(branches, other) === branch);
        return match === undefined ? branch : widen(branch, match);
      });
      return [...known, ...written.filter((other) => branchFor(branches, other) === undefined)];
    }
    if (isRecord(ours) && isRecord(theirs)) {
      define(ours);
      const schema = ours.schema({ exportAttrs: true }) as unknown as { readonly fields: readonly object[] };
      const fields = ours.fields.map((field, index) => {
        const written = fieldFor(theirs, field);
        return { ...schema.fields[index], type: written === undefined ? field.type : widen(field.type, written.type) };
      });
      return { ...schema, fields };
    }
    if (isEnum(ours) && isEnum(theirs)) {
      define(ours);
      const symbols = [...new Set([...ours.symbols, ...theirs.symbols])];
      return { ...(ours.schema({ exportAttrs: true }) as object), symbols };
    }
    if (isArray(ours) && isArray(theirs)) return { type: 'array', items: widen(ours.itemsType, theirs.itemsType) };
    if (isMap(ours) && isMap(theirs)) {
      return { type: 'map', values: widen(ours.valuesType as Type, theirs.valuesType as Type) };
    }
    return ours;
  };

  // A name is defined where it comes first, and only named after that.
  const define = ({ name }: Type): void => {
    if (name !== undefined) defined.add(name);
  };

  return typeOf(widen(reader, writer));
}
