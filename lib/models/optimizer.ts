import type * as tfjs from '@tensorflow/tfjs';
import type { AdamOptions } from '#lib/models/adam';
import { tfjsBackend } from '#lib/models/backend';
import { tensorflowOptimizer } from '#lib/models/tensorflowOptimizer';
import { wasmOptimizer } from '#lib/models/wasmOptimizer';

/** Adam at work on parameters that it keeps. */
export interface Optimizer {
  /**
   * The parameters as they stand, to be disposed of before the next step.
   *
   * @param rows the first parameter comes with only these rows
   */
  readonly parameters: (rows?: Uint32Array) => tfjs.Tensor2D[];
  /**
   * Updates the parameters.
   *
   * @param gradients in the order of the parameters
   * @param rows the first gradient has only these rows, and is zero in all others
   * @param learningRate of this step, if another than of all
   */
  readonly step: (
    gradients: readonly tfjs.Tensor2D[],
    rows?: Uint32Array,
    learningRate?: number,
  ) => void;
  /** Puts other values in the place of each parameter's, such as rounded ones. */
  readonly replace: (change: (values: Float32Array) => Float32Array) => void;
  /** Copies of the parameters' values, row-major. */
  readonly values: () => Float32Array[];
  /** Frees the memory. */
  readonly dispose: () => void;
}

/**
 * Adam (Kingma and Ba, 2015, algorithm 1) on the backend in use: in native TensorFlow the parameters
 * stay there and one kernel updates them, elsewhere a loop in WebAssembly does. Both are several times
 * faster than tfjs' own optimizer, which runs a dozen element-wise operations for each parameter.
 *
 * @param start values of the parameters to begin with; left to the caller
 */
export async function optimizer(
  start: readonly tfjs.Tensor2D[],
  options: AdamOptions,
): Promise<Optimizer> {
  const { tf, name } = await tfjsBackend();
  return name === 'tensorflow'
    ? tensorflowOptimizer(tf, start, options)
    : await wasmOptimizer(tf, start, options);
}
