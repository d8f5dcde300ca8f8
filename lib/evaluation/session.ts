import { Tensor } from 'onnxruntime-node';
import { availableCores } from '#lib/availableCores';
import { denseBatches } from '#lib/evaluation/batches';
import { openEngine, type EngineOptions } from '#lib/evaluation/engine';
import { batchRows, onlyMatrix } from '#lib/evaluation/engineMatrix';
import { rowCount, type Features } from '#lib/loaders/dataset';

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
   * @throws RangeError if `batch` isn't one or more whole rows
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
        const shape = [batchRows(batch, input), input.columns];
        const outputs = await engine.run({ [input.name]: new Tensor('float32', batch, shape) });
        return outputs[output.name].data as Float32Array;
      },
      release: () => engine.release(),
    };
  } catch (error) {
    await engine.release();
    throw error;
  }
}

export interface PredictOptions {
  /** Rows given to the engine at a time; the last batch may be shorter. */
  readonly batchSize: number;
}

export type ModelLogitsOptions = PredictOptions & Partial<EngineOptions>;

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
  const logits = new Float32Array(rowCount(features) * session.classes);
  let filled = 0;
  for (const batch of denseBatches(features, batchSize)) {
    const part = await session.run(batch);
    logits.set(part, filled);
    filled += part.length;
  }
  return logits;
}

/**
 * Logits of all rows by a model that is opened for them and released after: see {@link predict}.
 *
 * @param options.threads {@link availableCores} if left out: they give the same bits, as a row of a
 *   product is summed in the same order by whichever thread computes it
 * @throws what {@link openSession} and {@link predict} throw
 */
export async function modelLogits(
  model: Uint8Array,
  features: Features,
  { batchSize, threads = availableCores(), ...options }: ModelLogitsOptions,
): Promise<Float32Array> {
  const session = await openSession(model, { threads, ...options });
  try {
    return await predict(session, features, { batchSize });
  } finally {
    await session.release();
  }
}
