import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDataFiles } from '#lib/loaders/dataDirectory';
import { startLoopback, type Loopback } from '#lib/loaders/loopback';
import type { DataSource } from '#lib/loaders/sources';

const content: Readonly<Record<string, string>> = { 'train.tsv': 'train', 'dev.tsv': 'dev text' };
const sourceWith = (mirrors: readonly string[]): DataSource => ({
  name: 'SST-2',
  folder: 'sst2',
  files: Object.entries(content).map(([name, text]) => ({
    name,
    bytes: text.length,
    examples: 1,
    sha256: [createHash('sha256').update(text).digest('hex')],
  })),
  mirrors,
});

let directory: string;
let mirror: Loopback;
let requests: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'data-directory-'));
  requests = [];
  mirror = await startLoopback(({ method, url = '' }, response) => {
    requests.push(`${method ?? ''} ${url}`);
    response.end(content[url.slice(1)]);
  });
  vi.stubEnv('LAB_SAMPLE', '');
  vi.stubEnv('LAB_DATA', '');
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await mirror.close();
  await rm(directory, { recursive: true });
});

const texts = ({ files }: Awaited<ReturnType<typeof openDataFiles>>): string[] =>
  files.map((file) => file.content.toString());
async function put(name: string, text: string): Promise<void> {
  await mkdir(join(directory, 'sst2'), { recursive: true });
  await writeFile(join(directory, 'sst2', name), text);
}

describe('openDataFiles', () => {
  it('downloads what data/ lacks, once, and tells the progress over all files', async () => {
    const source = sourceWith([mirror.url]);
    const progress: number[][] = [];
    const onProgress = (...bytes: number[]): number => progress.push(bytes);
    const open = () => openDataFiles(source, { onProgress }, directory);
    const [opened] = await Promise.all([open(), open()]);
    expect(opened.origin).toBe('real');
    expect(texts(opened)).toEqual(['train', 'dev text']);
    expect(progress).toEqual([
      [5, 13],
      [13, 13],
    ]);
    await open();
    expect(requests).toEqual(['HEAD /train.tsv', 'GET /train.tsv', 'GET /dev.tsv']);
    expect(await readdir(join(directory, 'sst2'))).toEqual(['dev.tsv', 'train.tsv']);
  });

  it('leaves the files alone that are there', async () => {
    await put('train.tsv', 'kept as it is');
    const opened = await openDataFiles(sourceWith([mirror.url]), undefined, directory);
    expect(texts(opened)).toEqual(['kept as it is', 'dev text']);
    expect(requests).toEqual(['HEAD /train.tsv', 'GET /dev.tsv']);
  });

  it('ends when it is told to, and takes no sample instead', async () => {
    const controller = new AbortController();
    const loading = {
      onProgress: () => {
        controller.abort(new Error('stopped'));
      },
      signal: controller.signal,
    };
    const source = sourceWith([mirror.url]);
    await expect(openDataFiles(source, loading, directory)).rejects.toThrow('stopped');
    expect(console.warn).not.toHaveBeenCalled();
    expect(requests).toEqual(['HEAD /train.tsv', 'GET /train.tsv']);
    expect((await openDataFiles(source, {}, directory)).origin).toBe('real');
  });

  it('stands the sample in when no mirror answers, says so once, and asks no more', async () => {
    const gone = sourceWith([mirror.url]);
    await mirror.close();
    const opened = await openDataFiles(gone, undefined, directory);
    expect(opened.origin).toBe('generated');
    expect(console.warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        /^SST-2 CAN'T BE DOWNLOADED, A GENERATED SAMPLE .*LAB_DATA.*ECONNREFUSED/,
      ),
    );
    expect((await openDataFiles(gone, undefined, directory)).origin).toBe('generated');
    expect(console.warn).toHaveBeenCalledOnce();

    await put('train.tsv', 'a');
    await put('dev.tsv', 'b');
    expect(texts(await openDataFiles(gone, undefined, directory))).toEqual(['a', 'b']);
  });

  it('reads the directory that LAB_DATA names, and nothing else', async () => {
    await put('train.tsv', 'a');
    await put('dev.tsv', 'b');
    vi.stubEnv('LAB_DATA', directory);
    const opened = await openDataFiles(sourceWith([mirror.url]), undefined, '/nowhere');
    expect({ ...opened, files: texts(opened) }).toEqual({ origin: 'real', files: ['a', 'b'] });
    expect(requests).toEqual([]);
  });

  it.each(['', 'missing'])(
    'says what it looked for when LAB_DATA lacks the data (%s)',
    async (sub) => {
      await put('train.tsv', 'a');
      vi.stubEnv('LAB_DATA', join(directory, sub));
      await expect(openDataFiles(sourceWith([mirror.url]), undefined, directory)).rejects.toThrow(
        /sst2 does not hold SST-2: there is no (train|dev)\.tsv. Looked for train\.tsv, dev\.tsv.*unset LAB_DATA/,
      );
      expect(requests).toEqual([]);
      expect(await readFile(join(directory, 'sst2', 'train.tsv'), 'utf8')).toBe('a');
    },
  );

  it('takes the sample when LAB_SAMPLE=1 asks for it, without a warning', async () => {
    vi.stubEnv('LAB_SAMPLE', '1');
    vi.stubEnv('LAB_DATA', directory);
    expect((await openDataFiles(sourceWith([]))).origin).toBe('generated');
    expect(console.warn).not.toHaveBeenCalled();
  });
});
