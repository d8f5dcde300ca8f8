import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readDataFile, type DataFile } from '#lib/loaders/dataFile';
import type { Dataset } from '#lib/loaders/dataset';
import { download, DownloadError, reachableMirrors } from '#lib/loaders/download';
import { generateMnist } from '#lib/loaders/generatedMnist';
import { generateSst2 } from '#lib/loaders/generatedSst2';
import { repositoryData, type DataSource } from '#lib/loaders/sources';

/** What the one who waits for a download, if there is one, may want. */
export interface Loading {
  /** Told how much of a data set is downloaded, bytes over all its files. */
  readonly onProgress?: (received: number, total: number) => void;
  /** Ends the download. */
  readonly signal?: AbortSignal;
}

export interface OpenedFiles {
  readonly origin: Dataset['origin'];
  /** In the order of the source's files. */
  readonly files: readonly DataFile[];
}

/**
 * Finds and reads the files of a data set, not yet verified. The first that applies:
 * 1. LAB_SAMPLE=1: the generated sample.
 * 2. LAB_DATA: the directory of that name, `mnist/…` and `sst2/…` in it.
 * 3. The repository's `data/`, where what is missing is downloaded.
 * 4. The generated sample, announced by a warning, if no mirror can serve the files.
 *
 * @param directory stands in for the repository's `data/`
 * @throws Error if LAB_DATA names a directory that lacks the data set, or a download can't be written
 * @throws DataFileError if a file can't be read
 * @throws the signal's reason, if it is aborted during a download
 */
export async function openDataFiles(
  source: DataSource,
  loading: Loading = {},
  directory = repositoryData,
): Promise<OpenedFiles> {
  if (process.env.LAB_SAMPLE === '1') return generated(source);
  const named = process.env.LAB_DATA;
  const folder = join(named ? resolve(named) : directory, source.folder);
  let paths = await locate(source, folder);
  if (!named && paths.includes(undefined)) {
    if (!(await downloadOnce(source, folder, loading))) return generated(source);
    paths = await locate(source, folder);
  }
  const files = source.files.map(async ({ name }, i) => {
    const path = paths[i];
    if (path === undefined) throw new Error(notFound(source, folder, name));
    return readDataFile(path);
  });
  return { origin: 'real', files: await Promise.all(files) };
}

function generated({ name }: DataSource): OpenedFiles {
  return { origin: 'generated', files: name === 'MNIST' ? generateMnist() : generateSst2() };
}

/** Path of each file that is there, packed or plain. */
async function locate(source: DataSource, folder: string): Promise<(string | undefined)[]> {
  const present = await readdir(folder).catch((error: unknown): string[] => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  });
  return source.files.map(({ name }) => {
    const spelling = [name, name.replace(/\.gz$/, '')].find((each) => present.includes(each));
    return spelling && join(folder, spelling);
  });
}

function notFound({ name, files }: DataSource, folder: string, missing: string): string {
  return (
    `${folder} does not hold ${name}: there is no ${missing}. Looked for ` +
    `${files.map((file) => file.name).join(', ')} (.gz or unpacked). Put them there, name ` +
    `another directory in LAB_DATA, or unset LAB_DATA to have the data downloaded into data/.`
  );
}

/** Downloads under way, and those that no mirror could serve: a closed network is tried once. */
const downloads = new Map<string, Promise<boolean>>();

function downloadOnce(source: DataSource, folder: string, loading: Loading): Promise<boolean> {
  const known = downloads.get(folder);
  if (known) return known;
  const started = downloadMissing(source, folder, loading);
  downloads.set(folder, started);
  const forget = (): boolean => downloads.delete(folder);
  started.then((done) => done && forget(), forget);
  return started;
}

/** @returns whether the folder is complete now; if not, the sample has been announced */
async function downloadMissing(
  source: DataSource,
  folder: string,
  { onProgress, signal }: Loading,
): Promise<boolean> {
  const paths = await locate(source, folder);
  const missing = source.files.filter((_, i) => paths[i] === undefined);
  const total = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  try {
    const mirrors = await reachableMirrors(source.mirrors, source.files[0].name);
    console.log(`Downloading ${source.name}, ${(total / 1e6).toFixed(1)} MB`);
    let before = 0;
    for (const { name, bytes, sha256 } of missing) {
      await download({
        urls: mirrors.map((mirror) => mirror + name),
        target: join(folder, name),
        bytes,
        sha256,
        onBytes: (received) => {
          onProgress?.(before + received, total);
        },
        signal,
      });
      before += bytes;
    }
    return true;
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    console.warn(
      `${source.name} CAN'T BE DOWNLOADED, A GENERATED SAMPLE STANDS IN FOR IT. Its results say nothing ` +
        `about ${source.name}. Connect to the internet and start again, or set LAB_DATA to a directory ` +
        `that holds the data (see data/README.md). What the mirrors answered: ${error.message}`,
    );
    return false;
  }
}
