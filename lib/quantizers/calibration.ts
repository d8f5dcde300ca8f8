import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { batchRows, onlyMatrix } from '#lib/evaluation/engineMatrix';
import { withOutputs } from '#lib/onnx/model';
import type { TensorOf } from '#lib/onnx/tensor';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { minMaxObserver, type Observer } from '#lib/quantizers/observers/observer';
import type { ValueRange } from '#lib/mapping/valueRange';

/** For each tensor to be quantized, by its name in the model, the range of values to represent. */
export type Ranges = ReadonlyMap<string, ValueRange>;

/**
 * Examples to run together: rows of the one matrix that a model takes, row-major, or a tensor of any
 * shape for a model that takes one of another kind.
 */
export type Batch = Float32Array | TensorOf<'float32'>;

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
 * @param batches float32, [rows, width] each if they are arrays; an array may be reused for the next
 * @returns a range for the input of each layer
 * @throws Error if `model` is no such file or has no layer to quantize, or there are no batches
 * @throws RangeError, naming the tensor, if an activation is NaN or infinite
 */
export async function calibrate(
  model: Uint8Array,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  { observer = minMaxObserver, threads = 1, onBatch, signal }: CalibrationOptions = {},
): Promise<Ranges> {
  const observers = new Map(
    linearLayers(readCanonical(model).graph).map(({ input }) => [input, observer()]),
  );
  const engine = await openEngine(withOutputs(model, [...observers.keys()]), { threads });
  try {
    let done = 0;
    for await (const batch of batches) {
      signal?.throwIfAborted();
      const feeds = feedsOf(batch, engine);
      const activations: InferenceSession.OnnxValueMapType = {
        ...(await engine.run(feeds)),
        ...feeds,
      };
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

/** A batch by the name of the input that it is for. */
function feedsOf(batch: Batch, { inputNames, inputMetadata }: InferenceSession): Feeds {
  if (batch instanceof Float32Array) {
    const { name, columns } = onlyMatrix(inputMetadata, 'input');
    const rows = batchRows(batch, { name, columns });
    return { [name]: new Tensor('float32', batch, [rows, columns]) };
  }
  if (inputNames.length !== 1) {
    throw new Error(
      `A model with one input can be calibrated; this one has: ${inputNames.join(', ')}.`,
    );
  }
  return { [inputNames[0]]: new Tensor('float32', batch.data, batch.dims) };
}

type Feeds = Readonly<Record<string, Tensor>>;

/** Does what is asked, and says in its error which tensor it was about. */
function naming<T>(tensor: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) error.message = `Activation "${tensor}": ${error.message}`;
    throw error;
  }
}
