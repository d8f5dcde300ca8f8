import { Tensor } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { batchRows, onlyMatrix } from '#lib/evaluation/engineMatrix';
import { withOutputs } from '#lib/onnx/model';

/** Batches of examples: float32, shape [rows, width] each, row-major; an array may be reused. */
export type Batches = Iterable<Float32Array> | AsyncIterable<Float32Array>;

/** Copies of all batches, for methods that go over them more than once. */
export async function keepBatches(batches: Batches): Promise<Float32Array[]> {
  const kept: Float32Array[] = [];
  for await (const batch of batches) kept.push(batch.slice());
  if (kept.length === 0) throw new Error('There are no calibration examples: give at least one.');
  return kept;
}

/**
 * Runs a model over batches, on one thread, and reads some of its float32 tensors: inputs, outputs or inner ones.
 *
 * @returns for each batch the values of each tensor, row-major
 */
export async function* innerTensors(
  model: Uint8Array,
  names: readonly string[],
  batches: readonly Float32Array[],
): AsyncGenerator<Float32Array[], void> {
  const engine = await openEngine(withOutputs(model, names), { threads: 1 });
  try {
    const input = onlyMatrix(engine.inputMetadata, 'input');
    for (const batch of batches) {
      const tensor = new Tensor('float32', batch, [batchRows(batch, input), input.columns]);
      const tensors = { ...(await engine.run({ [input.name]: tensor })), [input.name]: tensor };
      yield names.map((name) => tensors[name].data as Float32Array);
    }
  } finally {
    await engine.release();
  }
}
