import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataFile } from '#lib/loaders/dataFile';
import { denseBatch, type SparseFeatures } from '#lib/loaders/dataset';
import { repositoryData } from '#lib/loaders/sources';
import { loadSst2, parseSentences } from '#lib/loaders/sst2';

const real = process.env.LAB_DATA ?? repositoryData;
beforeEach(() => {
  vi.stubEnv('LAB_SAMPLE', '');
  vi.stubEnv('LAB_DATA', real);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const parse = (text: string | Buffer) =>
  parseSentences(dataFile('some/dev.tsv', Buffer.from(text)));

describe('parseSentences', () => {
  it('parts words at spaces and leaves them as they are', () => {
    const { sentences, labels } = parse(
      'sentence\tlabel\nit \'s a  Café-style "film" . \t1\n-- ugh\t0\n',
    );
    expect(sentences).toEqual([
      ['it', "'s", 'a', 'Café-style', '"film"', '.'],
      ['--', 'ugh'],
    ]);
    expect([...labels]).toEqual([1, 0]);
  });

  it.each([
    ['another header', 'index\tsentence\n0\ta b \n', 'line 1: expected the header'],
    ['no header', 'a fine film \t1\n', 'line 1: expected the header.*found "a fine film'],
    [
      'a byte order mark',
      '\uFEFFsentence\tlabel\na \t1\n',
      'line 1: begins with a byte order mark',
    ],
    ['CR LF', 'sentence\tlabel\r\na \t1\r\n', 'line 1: ends in CR LF'],
    ['CR LF further on', 'sentence\tlabel\na \t1\nb \t1\r\n', 'line 3: ends in CR LF'],
    ['a label cut off', 'sentence\tlabel\na \t1\nb ', 'line 3: has no line end'],
    [
      'another label',
      'sentence\tlabel\na \t1\nb \t2\n',
      'line 3: expected .* 0 or 1, found "b .*2"',
    ],
    ['no label', 'sentence\tlabel\na\n', 'line 2: expected a sentence, a tab'],
    ['a tab too many', 'sentence\tlabel\na\tb\t1\n', 'line 2: expected a sentence, a tab'],
    ['an empty line', 'sentence\tlabel\na \t1\n\n', 'line 3: expected a sentence, a tab'],
    ['no words', 'sentence\tlabel\n \t1\n', 'line 2: expected a sentence before the tab'],
  ])('names the line of %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(new RegExp(`^some/dev.tsv: ${message}.*data/README.md`));
  });

  it('names the line that is not UTF-8', () => {
    const latin1 = Buffer.from('sentence\tlabel\na \t1\ncaf\xe9 \t1\n', 'latin1');
    expect(() => parse(latin1)).toThrow(/line 3: is not UTF-8/);
  });
});

describe('loadSst2', () => {
  it('keeps the width where the text has fewer words', async () => {
    vi.stubEnv('LAB_SAMPLE', '1');
    const { train, test, vocabulary, origin } = await loadSst2({ vocabulary: 20_000 });
    expect(origin).toBe('generated');
    expect(vocabulary.length).toBeLessThan(20_000);
    expect([train.features.width, test.features.width]).toEqual([20_000, 20_000]);
    const { columns } = train.features as SparseFeatures;
    expect(columns.reduce((a, b) => Math.max(a, b))).toBe(vocabulary.length - 1);
  });

  it('is as wide as there are words where all are wanted, in the same order', async () => {
    vi.stubEnv('LAB_SAMPLE', '1');
    const all = await loadSst2({ vocabulary: 'all' });
    const wide = await loadSst2({ vocabulary: 20_000 });
    expect(all.vocabulary).toEqual(wide.vocabulary);
    expect(all.train.features).toEqual({ ...wide.train.features, width: all.vocabulary.length });
    expect(all.test.features.width).toBe(all.vocabulary.length);
    expect(all.checksum).not.toBe(wide.checksum);
  });

  it.each([0, -1, 2.5, NaN])('refuses a vocabulary of %d', async (vocabulary) => {
    await expect(loadSst2({ vocabulary })).rejects.toThrow(RangeError);
  });
});

describe.skipIf(!existsSync(join(real, 'sst2')))('the real SST-2 (in LAB_DATA or data/)', () => {
  it('is as GLUE describes it, and as Python counts it', async () => {
    const { train, test, vocabulary, origin } = await loadSst2({ vocabulary: 20_000 });
    expect(origin).toBe('real');
    expect([train.labels.length, test.labels.length]).toEqual([67_349, 872]);
    const positives = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0);
    expect([positives(train.labels), positives(test.labels)]).toEqual([37_569, 444]);

    // Counted with Python's collections.Counter over line.split().
    expect(vocabulary).toHaveLength(14_817);
    const most = ['the', ',', 'a', 'and', 'of', '.', 'to', "'s", 'is', 'that', 'in', 'it'];
    expect(vocabulary.slice(0, 12)).toEqual(most);
    expect(vocabulary.slice(4998, 5003)).toEqual(['phrase', 'pill', 'pink', 'pinnacle', 'pizza']);
    const { columns, values } = train.features as SparseFeatures;
    const total = (column?: number): number =>
      values.reduce(
        (sum, n, k) => sum + (column === undefined || columns[k] === column ? n : 0),
        0,
      );
    expect(total()).toBe(633_724);
    expect([total(0), total(11)]).toEqual([27_205, 7078]);
  });

  it('turns the first sentence into the counts of its words', async () => {
    const { train, vocabulary } = await loadSst2({ vocabulary: 5000 });
    const counts = denseBatch(train.features, [0]);
    const found = vocabulary.filter((_, column) => counts[column] === 1).sort();
    // "hide new secretions from the parental units", less the words rarer than the 5,000th.
    expect(found).toEqual(['from', 'hide', 'new', 'the']);
    expect(counts.reduce((a, b) => a + b)).toBe(4);
  });

  it('is refused with one byte altered, or without its last line', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sst2-'));
    const train = join(directory, 'sst2', 'train.tsv');
    await cp(join(real, 'sst2'), join(directory, 'sst2'), { recursive: true });
    const text = await readFile(train, 'utf8');
    vi.stubEnv('LAB_DATA', directory);
    await writeFile(train, text.replace('parental', 'parentel'));
    await expect(loadSst2({ vocabulary: 10 })).rejects.toThrow(
      /train\.tsv: the content was altered/,
    );
    await writeFile(train, text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
    await expect(loadSst2({ vocabulary: 10 })).rejects.toThrow(
      /train\.tsv: expected the 67349 examples of SST-2's train\.tsv, found 67348/,
    );
    await rm(directory, { recursive: true });
  });
});
