import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../common/clock.ts';
import { isUuid } from '../../../domain/index.ts';
import { asJsonLines, jsonLines, readIfThere } from './journal.ts';

/** A record as it is kept. */
export interface KeptRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly correlation_id: string;
  /** When it was taken in; milliseconds since the epoch. */
  readonly kept_at: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Where a record goes, and for how long. */
export interface Keeping {
  readonly merchantId: string;
  /** When it happened; milliseconds since the epoch. */
  readonly happenedAt: number;
  readonly retentionDays: number;
}

/**
 * Files that are only appended to, as an object store with a lifecycle rule would hold them:
 * `<topic>/<day>/<merchant>.<days>d.jsonl`. The name alone says when a file's time is over.
 */
export interface Archive {
  /** May be given the same record again: it is found once. */
  keep(record: KeptRecord, keeping: Keeping): Promise<void>;
  /** Everything about one correlation id, in the order in which it was taken in. */
  find(correlationId: string): Promise<readonly KeptRecord[]>;
  /** Deletes the files whose time is over. @returns how many */
  sweep(): Promise<number>;
}

const dayMs = 24 * 60 * 60 * 1_000;
const fileName = /^(?<merchant>.+)\.(?<days>\d+)d\.jsonl$/;
const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

/** @param folder made when something is kept */
export const createArchive = ({ folder, clock }: { readonly folder: string; readonly clock: Clock }): Archive => {
  const files = async (): Promise<readonly string[]> => {
    try {
      return (await readdir(folder, { recursive: true })).filter((file) => fileName.test(path.basename(file))).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  return {
    keep: async (record, { merchantId, happenedAt, retentionDays }) => {
      // What comes from outside names no folder.
      const merchant = isUuid(merchantId) ? merchantId.toLowerCase() : 'no-merchant';
      const day = path.join(folder, record.topic, dayOf(happenedAt));
      await mkdir(day, { recursive: true });
      await appendFile(path.join(day, `${merchant}.${retentionDays}d.jsonl`), asJsonLines([record]));
    },
    find: async (correlationId) => {
      const found = new Map<string, KeptRecord>();
      for (const file of await files()) {
        const text = await readIfThere(path.join(folder, file));
        for (const line of jsonLines(text)) {
          const kept = line as KeptRecord;
          if (kept.correlation_id !== correlationId) continue;
          // The contents, too: another Kafka may have begun to count anew beside files of the one before.
          const id = JSON.stringify([kept.topic, kept.partition, kept.offset, kept.record]);
          if (!found.has(id)) found.set(id, kept);
        }
      }
      return [...found.values()].sort((a, b) => a.kept_at - b.kept_at);
    },
    sweep: async () => {
      const over = (await files()).filter((file) => {
        const days = Number(fileName.exec(path.basename(file))?.groups?.['days']);
        const day = Date.parse(path.basename(path.dirname(file)));
        // The last record of the day is kept for as long as the first.
        return day + (days + 1) * dayMs <= clock.now();
      });
      await Promise.all(over.map((file) => rm(path.join(folder, file), { force: true })));
      return over.length;
    },
  };
};
