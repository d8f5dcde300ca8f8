/** A training of a second, for tests. */
import type { Dataset } from '#lib/loaders/dataset';
import type { ModelSpec } from '#lib/models/spec';
import { seededRandom, uniform } from '#lib/random';

export const tinyModel: ModelSpec = {
  name: 'tiny',
  input: { dataset: 'SST-2', vocabulary: 4 },
  hiddenSize: 16,
  hiddenLayers: 1,
  learningRate: 0.01,
  batchSize: 10,
  epochs: 8,
};

/** Four numbers a row; the class tells whether the first exceeds the second. */
export function separable(rows: number): Dataset {
  const random = seededRandom(3);
  const values = Float32Array.from({ length: rows * 4 }, () => uniform(random, -1, 1));
  const labels = Uint8Array.from({ length: rows }, (_, r) =>
    values[4 * r] > values[4 * r + 1] ? 1 : 0,
  );
  const split = { features: { kind: 'dense', width: 4, values } as const, labels };
  return {
    name: 'SST-2',
    origin: 'generated',
    classes: 2,
    train: split,
    test: split,
    checksum: '',
  };
}
