import { bagOfWords } from '#lib/loaders/bagOfWords';
import { openDataFiles, type Loading } from '#lib/loaders/dataDirectory';
import { DataFileError, type DataFile } from '#lib/loaders/dataFile';
import type { Dataset, Split } from '#lib/loaders/dataset';
import { assertGenuine, datasetChecksum } from '#lib/loaders/genuine';
import { dataSources } from '#lib/loaders/sources';
import { mostFrequentWords } from '#lib/loaders/vocabulary';

export interface Sst2Options extends Loading {
  /**
   * Width of the rows: how many of the most frequent training words are counted, or all of them: the
   * width is then the number of different words.
   */
  readonly vocabulary: number | 'all';
}

export interface Sst2 extends Dataset {
  /**
   * The word of each column. Shorter than the rows are wide if the training sentences have fewer
   * different words (the real ones have 14,817): the columns left over are zero in every row.
   */
  readonly vocabulary: readonly string[];
}

/**
 * SST-2 of the GLUE benchmark: 67,349 phrases from film reviews to train with and the 872 dev
 * sentences to test with, 0 negative and 1 positive, each a bag of words (counts). Where the files
 * are looked for is told at {@link openDataFiles}.
 *
 * @throws RangeError if `vocabulary` is neither a whole number above 0 nor 'all'
 * @throws DataFileError if a file is damaged, or not what its name says
 */
export async function loadSst2({ vocabulary: size, ...loading }: Sst2Options): Promise<Sst2> {
  if (size !== 'all' && !(Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `vocabulary is ${size}, must be a whole number of words above 0, or 'all' for all of them`,
    );
  }
  const { origin, files } = await openDataFiles(dataSources.sst2, loading);
  const [train, dev] = files.map(parseSentences);
  if (origin === 'real') {
    assertGenuine(dataSources.sst2, files, [train.labels.length, dev.labels.length]);
  }
  const vocabulary = mostFrequentWords(train.sentences, size);
  const width = size === 'all' ? vocabulary.length : size;
  const split = ({ sentences, labels }: LabelledSentences): Split => ({
    features: bagOfWords(sentences, vocabulary, width),
    labels,
  });
  return {
    name: 'SST-2',
    origin,
    classes: 2,
    train: split(train),
    test: split(dev),
    checksum: datasetChecksum(files, { vocabulary: size }),
    vocabulary,
  };
}

export interface LabelledSentences {
  /** Words of each sentence, as the spaces in GLUE's text part them. */
  readonly sentences: readonly (readonly string[])[];
  readonly labels: Uint8Array;
}

/**
 * Reads GLUE's format: a header line, then a sentence, a tab and 0 or 1 on each line.
 *
 * @throws DataFileError that names the line, counted from 1
 */
export function parseSentences({ path, content }: DataFile): LabelledSentences {
  const lines = content.toString('utf8').split('\n');
  const fail = (line: number, problem: string): DataFileError =>
    new DataFileError(path, `line ${line}: ${problem}`);
  const quote = (text: string): string => JSON.stringify(text.slice(-60));

  if (lines[0].startsWith('\uFEFF')) {
    throw fail(1, 'begins with a byte order mark, as some editors add it; the original has none.');
  }
  const converted = lines.findIndex((line) => line.endsWith('\r'));
  if (converted >= 0) {
    throw fail(
      converted + 1,
      'ends in CR LF, the original in LF: an editor or git (autocrlf) converted the file.',
    );
  }
  if (lines[0] !== 'sentence\tlabel') {
    throw fail(1, `expected the header "sentence\\tlabel", found ${quote(lines[0])}.`);
  }
  if (lines.pop() !== '') {
    throw fail(lines.length + 1, 'has no line end: the file was cut short here.');
  }
  const rows = lines.slice(1);
  const labels = new Uint8Array(rows.length);
  const sentences = rows.map((row, i) => {
    if (row.includes('\uFFFD')) throw fail(i + 2, `is not UTF-8: ${quote(row)}.`);
    const [sentence, label, ...rest] = row.split('\t');
    if ((label !== '0' && label !== '1') || rest.length > 0) {
      throw fail(i + 2, `expected a sentence, a tab and 0 or 1, found ${quote(row)}.`);
    }
    const words = sentence.split(' ').filter((word) => word !== '');
    if (words.length === 0) throw fail(i + 2, 'expected a sentence before the tab, found none.');
    labels[i] = Number(label);
    return words;
  });
  return { sentences, labels };
}
