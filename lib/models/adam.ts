import { wasmInstance } from '#lib/wasm/instance';

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

const bytesPerNumber = Float32Array.BYTES_PER_ELEMENT;

/**
 * Adam (Kingma and Ba, 2015, algorithm 1) in WebAssembly, in one pass over the arrays and in float32:
 * tfjs' own optimizer runs a dozen element-wise operations for each variable, which takes longer than
 * the gradients themselves.
 *
 * @param start values of the parameters to begin with
 * @throws RangeError if there is no memory for four times the parameters
 */
export async function adam(start: readonly Float32Array[], options: AdamOptions): Promise<Adam> {
  const { learningRate, beta1, beta2, epsilon } = { ...adamDefaults, ...options };
  const lengths = start.map(({ length }) => Math.ceil(length / 4) * 4); // whole vectors
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const area = total * bytesPerNumber;
  const { memory, exports } = await wasmInstance('adam', 4 * area);

  /** The arrays, one behind the other, in one of the four areas. */
  const arrays = (address: number): Float32Array[] =>
    start.map(({ length }, i) => {
      const before = lengths.slice(0, i).reduce((sum, each) => sum + each, 0);
      return new Float32Array(memory, address + before * bytesPerNumber, length);
    });
  const [p, m, v, g] = [0, area, 2 * area, 3 * area];
  const parameters = arrays(p);
  parameters.forEach((parameter, i) => {
    parameter.set(start[i]);
  });
  let steps = 0;
  return {
    parameters,
    gradients: arrays(g),
    step: (rateNow = learningRate) => {
      steps += 1;
      const rate = rateNow / (1 - beta1 ** steps);
      const correction = 1 / Math.sqrt(1 - beta2 ** steps);
      const numbers = [rate, beta1, beta2, correction, epsilon, smallestMean];
      exports.adamStep(p, m, v, g, total, ...numbers);
    },
  };
}
