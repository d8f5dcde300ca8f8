import type * as tfjs from '@tensorflow/tfjs';
import { adamDefaults, type AdamOptions } from '#lib/models/adam';
import type { Tfjs } from '#lib/models/backend';
import type { Optimizer } from '#lib/models/optimizer';
import { runOperation } from '#lib/models/tensorflowOperation';
import { tensorflowVariable, type TensorflowVariable } from '#lib/models/tensorflowVariable';

/**
 * Adam in TensorFlow's own kernel, which passes once over parameter, means and gradient, in vectors and
 * on all threads. Neither parameters nor gradients cross into JavaScript.
 *
 * The kernel adds ε̂ to √v before the bias of v is corrected. That is the paper's algorithm 1 where
 * ε̂ = ε √(1 − β2^step) (end of its section 2).
 */
export function tensorflowOptimizer(
  tf: Tfjs,
  start: readonly tfjs.Tensor2D[],
  options: AdamOptions,
): Optimizer {
  const { learningRate, beta1, beta2, epsilon } = { ...adamDefaults, ...options };
  const zeros = (like: tfjs.Tensor2D): TensorflowVariable => {
    const zero = tf.zerosLike(like);
    const variable = tensorflowVariable(tf, zero);
    zero.dispose();
    return variable;
  };
  const parameters = start.map((value) => tensorflowVariable(tf, value));
  const means = start.map(zeros);
  const squares = start.map(zeros);
  /** Gradient of the first parameter where only some rows are given: zero between two steps. */
  const spread = zeros(start[0]);

  let steps = 0;
  const update = (i: number, gradient: tfjs.Tensor, rate: number): void => {
    const state = [parameters[i], means[i], squares[i]].map(({ handle }) => handle);
    const decayed = [beta1 ** steps, beta2 ** steps];
    const epsilonHat = epsilon * Math.sqrt(1 - beta2 ** steps);
    const numbers = [...decayed, rate, beta1, beta2, epsilonHat];
    const scalars = numbers.map((number) => tf.scalar(number));
    const types = { T: 'float32' } as const;
    runOperation(tf, 'ResourceApplyAdam', { types }, [...state, ...scalars, gradient]);
  };
  return {
    parameters: (rows) =>
      parameters.map((parameter, i) =>
        i === 0 && rows ? parameter.rows(indices(tf, rows)) : parameter.read(),
      ),
    step: (gradients, rows, rate = learningRate) => {
      steps += 1;
      tf.tidy(() => {
        const [first, ...others] = gradients;
        others.forEach((gradient, i) => {
          update(i + 1, gradient, rate);
        });
        if (rows) spread.setRows(indices(tf, rows), first);
        tf.tidy(() => {
          update(0, rows ? spread.read() : first, rate);
        });
        if (rows) spread.setRows(indices(tf, rows), tf.scalar(0));
      });
    },
    replace: (change) => {
      for (const parameter of parameters) {
        tf.tidy(() => {
          const value = parameter.read();
          parameter.assign(tf.tensor2d(change(value.dataSync<'float32'>()), value.shape));
        });
      }
    },
    values: () =>
      parameters.map((parameter) => {
        const value = parameter.read();
        const copy = value.dataSync<'float32'>();
        value.dispose();
        return copy;
      }),
    dispose: () => {
      for (const variable of [...parameters, ...means, ...squares, spread]) variable.dispose();
    },
  };
}

function indices(tf: Tfjs, rows: Uint32Array): tfjs.Tensor1D {
  return tf.tensor1d(Int32Array.from(rows), 'int32');
}
