import { naming } from '#lib/onnx/naming';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { innerTensors, type Batch, type Batches } from '#lib/quantizers/innerTensors';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { minMaxObserver, type Observer } from '#lib/quantizers/observers/observer';
import type { ValueRange } from '#lib/mapping/valueRange';

/** For each tensor to be quantized, by its name in the model, the range of values to represent. */
export type Ranges = ReadonlyMap<string, ValueRange>;

export interface CalibrationOptions {
  /** Makes the observer of one tensor; min-max if left out. */
  readonly observer?: () => Observer;
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
  batches: Batches<Batch>,
  { observer = minMaxObserver, onBatch, signal }: CalibrationOptions = {},
): Promise<Ranges> {
  const observers = new Map(
    linearLayers(readCanonical(model).graph).map(({ input }) => [input, observer()]),
  );
  let done = 0;
  for await (const activations of innerTensors(model, [...observers.keys()], batches)) {
    [...observers].forEach(([name, { observe }], i) => {
      naming(`Activation "${name}"`, () => {
        observe(activations[i]);
      });
    });
    onBatch?.(++done);
    signal?.throwIfAborted();
  }
  return new Map(
    Array.from(observers, ([name, { range }]) => [name, naming(`Activation "${name}"`, range)]),
  );
}
