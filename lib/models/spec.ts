/** The lab's models, as data: change a number here or in the first cell of a notebook. */

/** Which data a model reads, and in which form. */
export type Input =
  | { readonly dataset: 'MNIST'; /** Side of the centre crop, pixels. */ readonly crop: number }
  | {
      readonly dataset: 'SST-2';
      /** Most frequent training words kept, or all of them. */ readonly vocabulary: number | 'all';
    };

/** A feed-forward network with ReLU between its layers, and how it is trained (Adam, cross-entropy). */
export interface ModelSpec {
  /** Short name, used in file names: lower case, digits and hyphens. */
  readonly name: string;
  readonly input: Input;
  /** Units of each hidden layer. */
  readonly hiddenSize: number;
  readonly hiddenLayers: number;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** MNIST model of this lab: 400-1024-1024-10. */
export const mnistModel: ModelSpec = {
  name: 'mnist',
  input: { dataset: 'MNIST', crop: 20 },
  hiddenSize: 1024,
  hiddenLayers: 2,
  learningRate: 0.001,
  batchSize: 64,
  epochs: 2,
};

/** SST-2 model of this lab: 5000-512-512-2. */
export const sst2Model: ModelSpec = {
  name: 'sst2',
  input: { dataset: 'SST-2', vocabulary: 5000 },
  hiddenSize: 512,
  hiddenLayers: 2,
  learningRate: 0.001,
  batchSize: 64,
  epochs: 2,
};

/** MNIST model of Lab 1: 784-512-10. */
export const mnistLab1Model: ModelSpec = {
  name: 'mnist-lab1',
  input: { dataset: 'MNIST', crop: 28 },
  hiddenSize: 512,
  hiddenLayers: 1,
  learningRate: 0.001,
  batchSize: 100,
  epochs: 2,
};

/** SST-2 model of Lab 1: 14817-512-2 on the real data, which has that many training words. */
export const sst2Lab1Model: ModelSpec = {
  name: 'sst2-lab1',
  input: { dataset: 'SST-2', vocabulary: 'all' },
  hiddenSize: 512,
  hiddenLayers: 1,
  learningRate: 0.001,
  batchSize: 100,
  epochs: 2,
};

/** Width of the input rows; undefined where only the data tells it: a vocabulary of all words. */
export function inputWidth({ input }: ModelSpec): number | undefined {
  if (input.dataset === 'MNIST') return input.crop ** 2;
  return input.vocabulary === 'all' ? undefined : input.vocabulary;
}

/** Number of classes the model tells apart. */
export function classCount({ input }: ModelSpec): number {
  return input.dataset === 'MNIST' ? 10 : 2;
}

/**
 * Widths from input to output: `[400, 1024, 1024, 10]`.
 *
 * @param inputs width of the rows that the model reads, as the data set has them
 */
export function layerWidths(spec: ModelSpec, inputs: number): number[] {
  return [
    inputs,
    ...Array.from({ length: spec.hiddenLayers }, () => spec.hiddenSize),
    classCount(spec),
  ];
}
