/** Settings of Adam; the defaults are those of the paper and of PyTorch. */
export interface AdamOptions {
  readonly learningRate: number;
  /** Decay of the running mean of gradients. */
  readonly beta1?: number;
  /** Decay of the running mean of squared gradients. */
  readonly beta2?: number;
  readonly epsilon?: number;
}

/**
 * Running means below this become 0. They decay without end where a gradient stays 0, as for a rare
 * word, and below 1.2e-38 arithmetic on them takes a hundred times longer. What is lost is less than
 * 1e-25 a step, far below the last bit of a weight.
 */
const smallestMean = 1e-30;

/** Updates `parameters` in place from `gradients`, array by array, and counts one step. */
export type AdamStep = (gradients: readonly Float32Array[]) => void;

/**
 * Adam (Kingma and Ba, 2015, algorithm 1) over plain arrays, in one pass: tfjs' own optimizer runs a
 * dozen element-wise operations for each variable, which takes longer than the gradients themselves.
 *
 * @param parameters arrays that each step changes in place
 */
export function adam(parameters: readonly Float32Array[], options: AdamOptions): AdamStep {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const means = parameters.map((p) => new Float32Array(p.length));
  const squares = parameters.map((p) => new Float32Array(p.length));
  let step = 0;
  return (gradients) => {
    step += 1;
    const rate = learningRate / (1 - beta1 ** step);
    const squareCorrection = 1 / Math.sqrt(1 - beta2 ** step);
    parameters.forEach((parameter, n) => {
      const gradient = gradients[n];
      const mean = means[n];
      const square = squares[n];
      for (let i = 0; i < parameter.length; i++) {
        const g = gradient[i];
        const v = beta2 * square[i] + (1 - beta2) * g * g;
        square[i] = v < smallestMean ? 0 : v;
        const m = beta1 * mean[i] + (1 - beta1) * g;
        if (Math.abs(m) < smallestMean) {
          mean[i] = 0;
          continue;
        }
        mean[i] = m;
        parameter[i] -= (rate * m) / (Math.sqrt(v) * squareCorrection + epsilon);
      }
    });
  };
}
