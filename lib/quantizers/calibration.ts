import { Tensor } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { batchRows, onlyMatrix } from '#lib/evaluation/engineMatrix';
import { value } from '#lib/onnx/graph';
import { decodeModel, encodeModel } from '#lib/onnx/model';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { minMaxObserver, type Observer, type ValueRange } from '#lib/quantizers/observer';

/** For each tensor to be quantized, by its name in the model, the range of values to represent. */
export type Ranges = ReadonlyMap<string, ValueRange>;

export interface CalibrationOptions {
  /** Makes the observer of one tensor; min-max if left out. */
  readonly observer?: () => Observer;
  /** Threads of the engine, 1 if left out. */
  readonly threads?: number;
  /** Told after each batch how many are done. */
  readonly onBatch?: (done: number) => void;
  /** Ends the calibration between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a float32 model over examples and observes what enters its fully connected layers: the
 * activations that {@link quantizeStatic} quantizes.
 *
 * @param model content of an ONNX file
 * @param batches float32, shape [rows, width] each, row-major; an array may be reused for the next
 * @returns a range for the input of each layer
 * @throws Error if `model` is no such file or has no layer to quantize, or there are no batches
 * @throws RangeError, naming the tensor, if an activation is NaN or infinite
 */
export async function calibrate(
  model: Uint8Array,
  batches: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  { observer = minMaxObserver, threads = 1, onBatch, signal }: CalibrationOptions = {},
): Promise<Ranges> {
  const observers = new Map(
    linearLayers(decodeModel(model).graph).map(({ input }) => [input, observer()]),
  );
  const engine = await openEngine(withOutputs(model, [...observers.keys()]), { threads });
  try {
    const input = onlyMatrix(engine.inputMetadata, 'input');
    let done = 0;
    for await (const batch of batches) {
      signal?.throwIfAborted();
      const tensor = new Tensor('float32', batch, [batchRows(batch, input), input.columns]);
      const activations = { ...(await engine.run({ [input.name]: tensor })), [input.name]: tensor };
      for (const [name, { observe }] of observers) {
        naming(name, () => {
          observe(activations[name].data as Float32Array);
        });
      }
      onBatch?.(++done);
    }
    return new Map(Array.from(observers, ([name, { range }]) => [name, naming(name, range)]));
  } finally {
    await engine.release();
  }
}

/** The model with these of its inner tensors as further outputs. */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const model = decodeModel(bytes);
  const known = new Set([...model.graph.input, ...model.graph.output].map(({ name }) => name));
  const added = names.filter((name) => !known.has(name)).map((name) => value(name, 'float32'));
  return encodeModel({
    ...model,
    graph: { ...model.graph, output: [...model.graph.output, ...added] },
  });
}

/** Does what is asked, and says in its error which tensor it was about. */
function naming<T>(tensor: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) error.message = `Activation "${tensor}": ${error.message}`;
    throw error;
  }
}
