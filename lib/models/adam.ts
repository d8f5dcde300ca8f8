import { address, float32Instance } from '#lib/wasm/instance';

/** Settings of Adam; the defaults are those of the paper and of PyTorch. */
export interface AdamOptions {
  readonly learningRate: number;
  /** Decay of the running mean of gradients. */
  readonly beta1?: number;
  /** Decay of the running mean of squared gradients. */
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** What is not said otherwise. */
export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Running means below this become 0. They decay without end where a gradient stays 0, as for a rare
 * word, and below 1.2e-38 arithmetic on them takes a hundred times longer. What is lost is less than
 * 1e-25 a step, far below the last bit of a weight.
 */
const smallestMean = 1e-30;

/** An optimizer at work on its own copy of the parameters. */
export interface Adam {
  /** Where the parameters stand: changed by each step. */
  readonly parameters: readonly Float32Array[];
  /** Gradients of the next step, zeros at first: to be written by the caller, left as they are. */
  readonly gradients: readonly Float32Array[];
  /** Updates the parameters from the gradients, at another rate if one is given. */
  readonly step: (learningRate?: number) => void;
}

/**
 * Adam (Kingma and Ba, 2015, algorithm 1) in WebAssembly, in one pass over the arrays and in float32:
 * tfjs' own optimizer runs a dozen element-wise operations for each variable, which takes longer than
 * the gradients themselves.
 *
 * @param start values of the parameters to begin with
 * @throws RangeError if there is no memory for four times the parameters
 */
export async function adam(start: readonly Float32Array[], options: AdamOptions): Promise<Adam> {
  const lengths = [0, 1, 2, 3].flatMap(() => start.map(({ length }) => length));
  const { arrays, exports } = await float32Instance('adam', lengths);
  const [parameters, means, squares, gradients] = [0, 1, 2, 3].map((kind) =>
    arrays.slice(kind * start.length, (kind + 1) * start.length),
  );
  parameters.forEach((parameter, i) => {
    parameter.set(start[i]);
  });
  let steps = 0;
  return {
    parameters,
    gradients,
    step: (learningRate = options.learningRate) => {
      steps += 1;
      const numbers = adamNumbers({ ...options, learningRate }, steps);
      parameters.forEach((parameter, i) => {
        const addresses = [parameter, means[i], squares[i], gradients[i]].map(address);
        exports.adamStep(...addresses, parameter.length, ...numbers);
      });
    },
  };
}

/** The last parameters of `adamStep` in WebAssembly, for a step that counts from 1. */
export function adamNumbers(options: AdamOptions, step: number): number[] {
  const { learningRate, beta1, beta2, epsilon } = { ...adamDefaults, ...options };
  const rate = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  return [rate, beta1, beta2, correction, epsilon, smallestMean];
}
