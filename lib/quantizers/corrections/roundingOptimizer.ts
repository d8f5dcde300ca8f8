import { adamNumbers, type AdamOptions } from '#lib/models/adam';
import {
  bins,
  maxAlpha,
  pulls,
  roundings,
  slopes,
  type Regularization,
} from '#lib/quantizers/corrections/rectifiedSigmoid';
import type { RoundingProblem } from '#lib/quantizers/corrections/roundingProblem';
import { address, float32Instance } from '#lib/wasm/instance';

/** Adam at work on its own copy of the roundings of a layer. */
export interface RoundingOptimizer {
  /** Changed by each step. */
  readonly alphas: Float32Array;
  /** D = s (h(α) − f), what the roundings change the weights by: changed by each step. */
  readonly changes: Float32Array;
  /** X' (X D): to be written by the caller before each step, which overwrites it. */
  readonly gradient: Float32Array;
  /** Updates α by the gradient of ‖X D‖² / rows and of the regularization. */
  readonly step: (options: Regularization & { readonly rows: number }) => void;
}

/**
 * The element-wise part of AdaRound, in WebAssembly: over a million weights, JavaScript takes several
 * times as long for it as the engine for the matrix products.
 *
 * @throws RangeError if there is no memory for six numbers for each weight
 */
export async function roundingOptimizer(
  problem: Pick<RoundingProblem, 'alphas' | 'scale' | 'fractions'>,
  options: AdamOptions,
): Promise<RoundingOptimizer> {
  const { scale } = problem;
  const { length } = problem.alphas;
  const lengths = [...new Array<number>(6).fill(length), bins, bins, bins];
  const { arrays, exports } = await float32Instance('adaRound', lengths);
  const [alphas, fractions, changes, gradient, , , h, slope, pull] = arrays;
  alphas.set(problem.alphas);
  fractions.set(problem.fractions);
  h.set(roundings);
  slope.set(slopes);
  const [p, f, d, g, m, v, ofH, ofSlope, ofPull] = arrays.map(address);
  const setChanges = (): void => {
    exports.softChanges(d, p, scale, f, length, ofH, maxAlpha, bins);
  };
  setChanges();
  let steps = 0;
  return {
    alphas,
    changes,
    gradient,
    step: ({ rows, ...regularization }) => {
      steps += 1;
      pull.set(pulls(regularization));
      const factor = Math.fround(2 / rows) * scale;
      exports.lossGradient(g, p, length, factor, ofPull, ofSlope, maxAlpha, bins);
      exports.adamStep(p, m, v, g, length, ...adamNumbers(options, steps));
      setChanges();
    },
  };
}
