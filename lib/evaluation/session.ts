import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openEngine, type EngineOptions } from '#lib/evaluation/engine';
import { denseBatch, rowCount, rowRange, type Features } from '#lib/loaders/dataset';

/** A classifier that is loaded and ready to run. */
export interface Session {
  /** Values in an input row. */
  readonly width: number;
  /** Values in an output row. */
  readonly classes: number;
  /**
   * Runs one batch. The array is read in place: reuse it for the next batch.
   *
   * @param batch float32, shape [rows, width], row-major, at least one row
   * @returns logits, shape [rows, classes], row-major
   * @throws RangeError if `batch` is not a whole number of rows
   */
  readonly run: (batch: Float32Array) => Promise<Float32Array>;
  /** Frees the engine's memory. The session can't be used after it. */
  readonly release: () => Promise<void>;
}

/**
 * Loads a classifier: an ONNX model with one float32 input [batch, width] and one float32 output
 * [batch, classes].
 *
 * @throws Error if it isn't that, or the engine can't load it
 */
export async function openSession(model: Uint8Array, options: EngineOptions): Promise<Session> {
  const engine = await openEngine(model, options);
  try {
    const input = onlyMatrix(engine.inputMetadata, 'input');
    const output = onlyMatrix(engine.outputMetadata, 'output');
    return {
      width: input.columns,
      classes: output.columns,
      run: async (batch) => {
        const rows = batch.length / input.columns;
        if (!Number.isInteger(rows) || rows < 1) {
          throw new RangeError(
            `a batch of ${batch.length} values isn't made of rows of ${input.columns}`,
          );
        }
        const tensor = new Tensor('float32', batch, [rows, input.columns]);
        const outputs = await engine.run({ [input.name]: tensor });
        return outputs[output.name].data as Float32Array;
      },
      release: () => engine.release(),
    };
  } catch (error) {
    await engine.release();
    throw error;
  }
}

/** The one float32 matrix among the model's inputs or outputs. */
function onlyMatrix(
  values: readonly InferenceSession.ValueMetadata[],
  role: 'input' | 'output',
): { name: string; columns: number } {
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

export interface PredictOptions {
  /** Rows given to the engine at a time; the last batch may be shorter. */
  readonly batchSize: number;
}

/**
 * Logits of all rows. Sparse features are made dense one batch at a time.
 *
 * With dynamic quantization a row's logits depend on the others in its batch.
 *
 * @returns float32, shape [rows, classes], row-major
 * @throws RangeError if the features don't have the width of the model's input, or `batchSize` is no
 *   whole number from 1
 */
export async function predict(
  session: Session,
  features: Features,
  { batchSize }: PredictOptions,
): Promise<Float32Array> {
  if (features.width !== session.width) {
    throw new RangeError(
      `The model takes rows of ${session.width} values, the data has rows of ${features.width}. ` +
        'Load the data that the model was trained on.',
    );
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a whole number from 1, not ${batchSize}`);
  }
  const rows = rowCount(features);
  const logits = new Float32Array(rows * session.classes);
  const buffer = new Float32Array(Math.min(batchSize, rows) * session.width);
  for (let start = 0; start < rows; start += batchSize) {
    const end = Math.min(start + batchSize, rows);
    const batch = buffer.subarray(0, (end - start) * session.width);
    denseBatch(features, rowRange(start, end), batch);
    logits.set(await session.run(batch), start * session.classes);
  }
  return logits;
}
