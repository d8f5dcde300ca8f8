import type { InferenceSession } from 'onnxruntime-node';

/** A float32 matrix [batch, columns] that a model takes or gives. */
export interface EngineMatrix {
  readonly name: string;
  readonly columns: number;
}

/**
 * The one matrix among a model's inputs or outputs.
 *
 * @throws Error if there are others, or it has not a fixed number of float32 columns
 */
export function onlyMatrix(
  values: readonly InferenceSession.ValueMetadata[],
  role: 'input' | 'output',
): EngineMatrix {
  const [value] = values;
  if (values.length === 1 && value.isTensor && value.type === 'float32') {
    const { name, shape } = value;
    const columns = shape[1];
    if (shape.length === 2 && typeof columns === 'number') return { name, columns };
  }
  const found = values.map((value) =>
    value.isTensor ? `${value.name} ${value.type} [${value.shape.join(', ')}]` : value.name,
  );
  throw new Error(
    `A classifier has one ${role}, a float32 matrix [batch, columns] with a fixed number of ` +
      `columns; this model has: ${found.join('; ')}.`,
  );
}

/**
 * The only input of a model.
 *
 * @throws Error if it has several, or it is not a float32 tensor
 */
export function onlyInput({
  inputMetadata,
}: InferenceSession): InferenceSession.TensorValueMetadata {
  const [input] = inputMetadata;
  if (inputMetadata.length === 1 && input.isTensor && input.type === 'float32') return input;
  const found = inputMetadata.map(
    (input) => `${input.name} (${input.isTensor ? input.type : 'no tensor'})`,
  );
  throw new Error(`A model with one float32 input is needed; this one has: ${found.join(', ')}.`);
}

/**
 * Number of rows in a batch.
 *
 * @throws RangeError if `batch` isn't one or more whole rows
 */
export function batchRows(batch: Float32Array, { columns }: EngineMatrix): number {
  const rows = batch.length / columns;
  if (!Number.isInteger(rows) || rows < 1) {
    throw new RangeError(`a batch of ${batch.length} values isn't made of rows of ${columns}`);
  }
  return rows;
}
