/**
 * Writes the TypeScript types of what topics hold (avro/*.avsc) and of gRPC messages (proto/*.proto) to
 * src/contracts/generated. `--check` writes nothing and exits 1 when a file is not what would be written.
 *
 * The Avro half is our own: the generators that are still maintained do not know that a union of records is written
 * with its branch's name around it, as our serdes read it (see src/adapters/registry).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

type AvroType = string | AvroRecord | AvroEnum | AvroLogical | AvroArray | readonly AvroType[];
interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
}
interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}
interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly symbols: readonly string[];
}
interface AvroArray {
  readonly type: 'array';
  readonly items: AvroType;
}
interface AvroLogical {
  readonly type: string;
  readonly logicalType: string;
}

const root = join(import.meta.dirname, '..', '..');
const generatedDir = join(root, 'src', 'contracts', 'generated');

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Buffer',
  string: 'string',
};

const isUnion = (type: AvroType): type is readonly AvroType[] => Array.isArray(type);

/** A branch of a union of records carries its full name around it. */
function typescriptOf(type: AvroType, records: ReadonlySet<string>): string {
  if (isUnion(type)) {
    const named = type.filter((branch) => typeof branch === 'string').filter((branch) => records.has(branch));
    if (named.length === type.length)
      return `OneOf<{ ${named.map((name) => `'points.${name}': ${name}`).join('; ')} }>`;
    return type.map((branch) => typescriptOf(branch, records)).join(' | ');
  }
  if (typeof type === 'string') {
    const primitive = primitives[type];
    if (primitive !== undefined) return primitive;
    if (records.has(type)) return type;
    throw new TypeError(`Avro type ${type} is not known`);
  }
  if (type.type === 'enum') return (type as AvroEnum).symbols.map((symbol) => `'${symbol}'`).join(' | ');
  if (type.type === 'array') return `readonly (${typescriptOf((type as AvroArray).items, records)})[]`;
  return typescriptOf(type.type, records);
}

const docOf = (doc: string | undefined, indent: string): string =>
  doc === undefined ? '' : `${indent}/** ${doc} */\n`;

/** So a branch can be asked for by its name, and the compiler knows that there is one only. */
const oneOf = `/** A union of records: exactly one branch, under its full name. */
type OneOf<Branches> = {
  [Name in keyof Branches]: { readonly [Own in Name]: Branches[Own] } & {
    readonly [Other in Exclude<keyof Branches, Name>]?: never;
  };
}[keyof Branches];
`;

function avroTypes(): string {
  const files = readdirSync(join(root, 'avro'))
    .filter((file) => file.endsWith('.avsc'))
    .sort();
  const schemas = files.map((file) => JSON.parse(readFileSync(join(root, 'avro', file), 'utf8')) as AvroRecord);
  const records = new Set(schemas.map((schema) => schema.name));
  const interfaces = schemas.map((schema) => {
    const fields = schema.fields.map(
      (field) => `${docOf(field.doc, '  ')}  readonly ${field.name}: ${typescriptOf(field.type, records)};\n`,
    );
    return `${docOf(schema.doc, '')}export interface ${schema.name} {\n${fields.join('')}}\n`;
  });
  const names = schemas.map(({ name }) => `  readonly ${name}: ${name};\n`).join('');
  const byName = `/** Every record by its name, which is also its file's. */\nexport interface AvroRecords {\n${names}}\n`;
  const head = '// Generated from avro/*.avsc by `npm run generate`: edit there.\n';
  return [head, oneOf, ...interfaces, byName].join('\n');
}

function grpcTypes(): ReadonlyMap<string, string> {
  const out = mkdtempSync(join(tmpdir(), 'points-proto-'));
  try {
    const generator = join(root, 'node_modules', '@grpc', 'proto-loader', 'build', 'bin', 'proto-loader-gen-types.js');
    const options = ['--keepCase', '--longs=String', '--defaults', '--grpcLib=@grpc/grpc-js'];
    const extensions = ['--importFileExtension=.ts', '--targetFileExtension=.ts'];
    const protos = readdirSync(join(root, 'proto')).filter((file) => file.endsWith('.proto'));
    execFileSync(process.execPath, [generator, ...options, ...extensions, `--outDir=${out}`, ...protos], {
      cwd: join(root, 'proto'),
    });
    const written = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    return new Map(written.map((file) => [join('grpc', file), readFileSync(join(out, file), 'utf8')]));
  } finally {
    rmSync(out, { recursive: true });
  }
}

const wanted = new Map([['avro.ts', avroTypes()], ...grpcTypes()]);
const present = readdirSync(generatedDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

if (process.argv.includes('--check')) {
  const stale = [...wanted].filter(
    ([file, text]) => !present.includes(file) || readFileSync(join(generatedDir, file), 'utf8') !== text,
  );
  const orphans = present.filter((file) => !wanted.has(file));
  for (const file of [...stale.map(([name]) => name), ...orphans]) {
    process.stderr.write(`${relative(root, join(generatedDir, file))} is not up to date: npm run generate\n`);
  }
  process.exitCode = stale.length + orphans.length > 0 ? 1 : 0;
} else {
  rmSync(generatedDir, { recursive: true, force: true });
  for (const [file, text] of wanted) {
    mkdirSync(join(generatedDir, file, '..'), { recursive: true });
    writeFileSync(join(generatedDir, file), text);
    process.stdout.write(`${basename(file)}\n`);
  }
}
