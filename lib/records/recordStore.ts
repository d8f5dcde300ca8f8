import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { writeWhole } from '#lib/wholeFile';

/** Keeps one record a file, and finds the one of exactly the same measurement again. */
export interface RecordStore<Key, Stored extends Key> {
  /**
   * Writes a record in one piece, so that an interruption leaves no half of one.
   *
   * @returns the record as kept, without what belongs to no record
   * @throws ZodError if it is not a valid record
   */
  readonly save: (record: Stored) => Stored;
  /** The record of exactly this measurement, if it was made before. A damaged one counts as none. */
  readonly find: (key: Key) => Stored | undefined;
}

export interface RecordStoreOptions<Key, Stored extends Key> {
  readonly schema: z.ZodType<Stored>;
  /** Begins the file's name: the name of the case. */
  readonly name: (key: Key) => string;
  /** All that the measurement depends on. */
  readonly dependsOn: (key: Key) => readonly unknown[];
}

/** @param directory is made with the first record */
export function recordStore<Key, Stored extends Key>(
  directory: string,
  { schema, name, dependsOn }: RecordStoreOptions<Key, Stored>,
): RecordStore<Key, Stored> {
  const pathOf = (key: Key): string => {
    const hash = createHash('sha256')
      .update(JSON.stringify(dependsOn(key)))
      .digest('hex');
    return join(directory, `${name(key)}-${hash.slice(0, 12)}.json`);
  };
  return {
    save: (record) => {
      const kept = schema.parse(record);
      writeWhole(pathOf(kept), `${JSON.stringify(kept, null, 1)}\n`);
      return kept;
    },
    find: (key) => {
      const path = pathOf(key);
      if (!existsSync(path)) return undefined;
      try {
        return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch {
        console.warn(`${path} is damaged: this case is measured anew.`);
        return undefined;
      }
    },
  };
}
