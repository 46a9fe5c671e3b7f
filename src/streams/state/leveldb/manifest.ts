import { ByteReader } from './byte-reader.ts';
import { FileFault } from './file-fault.ts';
import { readLog } from './log-file.ts';

/** What of a database's folder is in use; other files are left-overs that LevelDB removes when it opens. */
export interface LiveFiles {
  /** Length in bytes of each table, by number. */
  readonly tables: ReadonlyMap<number, number>;
  /** Journals from this number on are read when the database is opened, and the one called `previousJournal`. */
  readonly firstJournal: number;
  readonly previousJournal: number;
}

/** Fields of a version edit. */
const tags = {
  comparator: 1,
  journal: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedTable: 6,
  newTable: 7,
  previousJournal: 9,
} as const;

/** @throws FileFault */
export function readManifest(file: Buffer): LiveFiles {
  const { records, isTorn } = readLog(file);
  // LevelDB would take up an older version, and then find a hole between its tables and the journal.
  if (isTorn || records.length === 0) throw new FileFault('it ends too early');
  const tables = new Map<number, number>();
  const journals = { firstJournal: 0, previousJournal: 0 };
  for (const record of records) applyEdit(new ByteReader(record), tables, journals);
  return { tables, ...journals };
}

function applyEdit(
  edit: ByteReader,
  tables: Map<number, number>,
  journals: { firstJournal: number; previousJournal: number },
): void {
  const string = (): Buffer => edit.bytes(edit.varint());
  while (!edit.isAtEnd) {
    const tag = edit.varint();
    switch (tag) {
      case tags.comparator:
        string();
        break;
      case tags.journal:
        journals.firstJournal = edit.varint();
        break;
      case tags.previousJournal:
        journals.previousJournal = edit.varint();
        break;
      case tags.nextFile:
      case tags.lastSequence:
        edit.varint();
        break;
      case tags.compactPointer:
        edit.varint();
        string();
        break;
      case tags.deletedTable:
        edit.varint();
        tables.delete(edit.varint());
        break;
      case tags.newTable: {
        edit.varint();
        const number = edit.varint();
        tables.set(number, edit.varint());
        string();
        string();
        break;
      }
      default:
        throw new FileFault(`it has an unknown field ${String(tag)}`);
    }
  }
}
