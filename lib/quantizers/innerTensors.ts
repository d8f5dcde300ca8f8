import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { batchRows, onlyInput, onlyMatrix } from '#lib/evaluation/engineMatrix';
import { withOutputs } from '#lib/onnx/model';
import type { TensorOf } from '#lib/onnx/tensor';

/**
 * Examples to run together: rows of the one matrix that a model takes, row-major, or a tensor of any
 * shape for a model that takes one of another kind.
 */
export type Batch = Float32Array | TensorOf<'float32'>;

/** Batch after batch; an array may be reused for the next. */
export type Batches<B extends Batch> = Iterable<B> | AsyncIterable<B>;

/** Copies of all batches, for methods that go over them more than once. */
export async function keepBatches(batches: Batches<Float32Array>): Promise<Float32Array[]> {
  const kept: Float32Array[] = [];
  for await (const batch of batches) kept.push(batch.slice());
  if (kept.length === 0) throw new Error('There are no calibration examples: give at least one.');
  return kept;
}

/**
 * Runs a model over batches, on one thread, and reads some of its float32 tensors: inputs, outputs or
 * inner ones.
 *
 * @returns for each batch the values of each tensor, row-major
 * @throws Error if the model has not one float32 input, or rows are given that aren't those of its matrix
 */
export async function* innerTensors(
  model: Uint8Array,
  names: readonly string[],
  batches: Batches<Batch>,
): AsyncGenerator<Float32Array[], void> {
  const engine = await openEngine(withOutputs(model, names), { threads: 1 });
  try {
    for await (const batch of batches) {
      const feeds = feedsOf(batch, engine);
      const tensors: InferenceSession.OnnxValueMapType = { ...(await engine.run(feeds)), ...feeds };
      yield names.map((name) => tensors[name].data as Float32Array);
    }
  } finally {
    await engine.release();
  }
}

/** A batch by the name of the input that it is for. */
function feedsOf(batch: Batch, engine: InferenceSession): Readonly<Record<string, Tensor>> {
  if (batch instanceof Float32Array) {
    const { name, columns } = onlyMatrix(engine.inputMetadata, 'input');
    const rows = batchRows(batch, { name, columns });
    return { [name]: new Tensor('float32', batch, [rows, columns]) };
  }
  return { [onlyInput(engine).name]: new Tensor('float32', batch.data, batch.dims) };
}
