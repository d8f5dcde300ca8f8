import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Dataset } from '#lib/loaders/dataset';

/** One file of a data set, as `data/sources.json` names it. */
export interface SourceFile {
  readonly name: string;
  /** Length of the file as the mirrors serve it. */
  readonly bytes: number;
  /** Images, labels or sentences in it. */
  readonly examples: number;
  /** SHA-256 (hex) of the content, after gunzip: each one is accepted, the mirrors serve the first. */
  readonly sha256: readonly string[];
}

/** Where a data set comes from. */
export interface DataSource {
  readonly name: Dataset['name'];
  /** Its directory inside `data/`, or inside the one that LAB_DATA names. */
  readonly folder: string;
  /** In the order in which the loader reads them. */
  readonly files: readonly SourceFile[];
  /** A file's address is a mirror followed by the file's name; tried in this order. */
  readonly mirrors: readonly string[];
}

/** `data/` of the repository. */
export const repositoryData = resolve(__dirname, '../../data');

/** The table `data/sources.json`. */
export const dataSources = JSON.parse(
  readFileSync(join(repositoryData, 'sources.json'), 'utf8'),
) as { readonly mnist: DataSource; readonly sst2: DataSource };
