import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { root } from '#setup/environment';
import { readJson } from '#lib/jsonFile';

/** Where the write-up shows the code of the cells. */
export const codePlaces = ['inline', 'appendix', 'none'] as const;

const settingsSchema = z.strictObject({
  /** Who hands it in; several names as one text. */
  author: z.string().default(''),
  /** For which course, with the term. */
  course: z.string().default(''),
  /** Day on the title page; the day of the export if left out. */
  date: z.iso.date('a day such as 2026-01-31').optional(),
  code: z.enum(codePlaces).default('inline'),
});

/** What the user says of the write-up: `write-up.json` in the repository. */
export type WriteUpSettings = z.infer<typeof settingsSchema>;

/**
 * Reads the settings of the write-up; the defaults where there is no such file.
 *
 * @throws Error naming the file and what is wrong with it
 */
export function readWriteUpSettings(file = path.join(root, 'write-up.json')): WriteUpSettings {
  if (!existsSync(file)) return settingsSchema.parse({});
  const name = path.basename(file);
  return readJson(
    file,
    settingsSchema,
    (reason) => `${name} can't be read: ${reason}\nMend it, or delete it for the defaults.`,
  );
}
