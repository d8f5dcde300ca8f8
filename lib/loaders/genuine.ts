import { createHash } from 'node:crypto';
import { DataFileError, type DataFile } from '#lib/loaders/dataFile';
import type { DataSource } from '#lib/loaders/sources';

/**
 * Checks files that were read without fault against `data/sources.json`.
 *
 * @param files in the order of `source.files`
 * @param examples number of examples found in each
 * @throws DataFileError if a file holds another number of examples, or its SHA-256 differs
 */
export function assertGenuine(
  source: DataSource,
  files: readonly DataFile[],
  examples: readonly number[],
): void {
  source.files.forEach((expected, i) => {
    const { path, sha256 } = files[i];
    if (examples[i] !== expected.examples) {
      throw new DataFileError(
        path,
        `expected the ${expected.examples} examples of ${source.name}'s ${expected.name}, found ${examples[i]}: ` +
          `part of the file is missing, or it is another file under this name.`,
      );
    }
    if (!expected.sha256.includes(sha256)) {
      throw new DataFileError(
        path,
        `the content was altered: expected SHA-256 ${expected.sha256.join(' or ')}, found ${sha256}.`,
      );
    }
  });
}

/** SHA-256 (hex) over the files' contents and the form in which they were loaded. */
export function datasetChecksum(
  files: readonly DataFile[],
  form: Readonly<Record<string, number | string>>,
): string {
  const loaded = { files: files.map(({ sha256 }) => sha256), ...form };
  return createHash('sha256').update(JSON.stringify(loaded)).digest('hex');
}
