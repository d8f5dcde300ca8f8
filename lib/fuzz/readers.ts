/** The readers of files that come from elsewhere, and what they may do with a damaged one. */
import { DataFileError } from '#lib/loaders/dataFile';
import { encodeIdx, parseIdx } from '#lib/loaders/idx';
import { npyOf } from '#lib/loaders/exampleNpy';
import { parseNpy } from '#lib/loaders/npy';
import { parseSentences } from '#lib/loaders/sst2';
import { exampleModel } from '#lib/onnx/exampleModel';
import { decodeModel } from '#lib/onnx/model';
import { elementCount, readTensor } from '#lib/onnx/tensor';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { layersLeft } from '#lib/quantizers/linearLayers';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';

export interface Reader {
  readonly name: string;
  /** Files that are read without fault. */
  readonly whole: readonly Uint8Array[];
  /**
   * Reads a file.
   *
   * @throws one of the reader's own errors if it refuses the file, another Error if what it read is wrong
   */
  readonly read: (bytes: Uint8Array) => void;
  /** Whether an error is one of the reader's own, which tells the user what is wrong. */
  readonly isOwn: (error: Error) => boolean;
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const file = (bytes: Uint8Array) => ({ path: 'file', content: Buffer.from(bytes), sha256: '' });
const isDataFileError = (error: Error): boolean => error instanceof DataFileError;

function must(holds: boolean, what: string): void {
  if (!holds) throw new TypeError(`accepted, although ${what}`);
}

function idxReader(dimensions: 1 | 3, shapes: readonly (readonly number[])[]): Reader {
  return {
    name: dimensions === 1 ? 'IDX labels' : 'IDX images',
    whole: shapes.map((shape) => {
      const values = Uint8Array.from({ length: elementCount(shape) }, (_, i) => i % 10);
      return encodeIdx({ shape, values });
    }),
    read: (bytes) => {
      const { shape, values } = parseIdx(file(bytes), dimensions);
      must(values.length === elementCount(shape), 'the values are not those of its shape');
    },
    isOwn: isDataFileError,
  };
}

const sentences: Reader = {
  name: 'TSV',
  whole: [
    text('sentence\tlabel\nit \'s a  Café-style "film" . \t1\n-- ugh\t0\n'),
    text('sentence\tlabel\na b c \t0\n'),
  ],
  read: (bytes) => {
    const { sentences, labels } = parseSentences(file(bytes));
    must(sentences.length === labels.length, 'it has more or fewer labels than sentences');
    must(
      labels.every((label) => label <= 1),
      'a label is neither 0 nor 1',
    );
    must(
      sentences.every((words) => words.length > 0),
      'a sentence is empty',
    );
  },
  isOwn: isDataFileError,
};

const arrays: Reader = {
  name: 'NPY',
  whole: [
    npyOf('(2, 3)', new Float32Array(6)),
    npyOf('(4,)', new Float32Array(4)),
    npyOf('(1, 2, 2)', new Float32Array(4), 2),
  ],
  read: (bytes) => {
    const { dims, data } = parseNpy(bytes);
    must(data.length === elementCount(dims), 'the values are not those of its shape');
  },
  isOwn: ({ name, message }) => name === 'Error' && /^(it|its) /.test(message),
};

const models: Reader = {
  name: 'ONNX',
  whole: [
    exampleModel,
    quantizeDynamic(exampleModel),
    quantizeWeightOnly(exampleModel, { bits: 4, blockSize: 16 }),
  ],
  read: (bytes) => {
    for (const initializer of decodeModel(bytes).graph.initializer) {
      const { dims, data } = readTensor(initializer);
      must(data.length === elementCount(dims), 'the values are not those of its shape');
    }
    layersLeft(bytes);
  },
  isOwn: ({ name, message }) =>
    name === 'Error' && /not an ONNX model|^Tensor "|^This model|only finite numbers/.test(message),
};

export const readers: readonly Reader[] = [
  idxReader(3, [
    [2, 2, 3],
    [1, 28, 28],
  ]),
  idxReader(1, [[3], [20]]),
  sentences,
  arrays,
  models,
];

/**
 * Gives a file to a reader.
 *
 * @returns whether it was accepted
 * @throws Error if the reader fails in another way than by its own error, which is one paragraph
 */
export function offer({ read, isOwn }: Reader, bytes: Uint8Array): boolean {
  try {
    read(bytes);
    return true;
  } catch (error) {
    if (error instanceof Error && isOwn(error) && !error.message.includes('\n')) return false;
    throw error;
  }
}
