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

  let steps = 0;
  const types = { T: 'float32' } as const;
  return {
    parameters: (rows) =>
      parameters.map((parameter, i) =>
        i === 0 && rows ? parameter.rows(indices(tf, rows)) : parameter.read(),
      ),
    step: (gradients, rows, rate = learningRate) => {
      steps += 1;
      const decayed = [beta1 ** steps, beta2 ** steps];
      const epsilonHat = epsilon * Math.sqrt(1 - beta2 ** steps);
      tf.tidy(() => {
        const numbers = [...decayed, rate, beta1, beta2, epsilonHat].map((number) =>
          tf.scalar(number),
        );
        gradients.forEach((given, i) => {
          const gradient =
            i === 0 && rows
              ? tf.scatterND(indices(tf, rows).as2D(rows.length, 1), given, start[0].shape)
              : given;
          const state = [parameters[i], means[i], squares[i]].map(({ handle }) => handle);
          runOperation(tf, 'ResourceApplyAdam', { types }, [...state, ...numbers, gradient]);
        });
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
      for (const variable of [...parameters, ...means, ...squares]) variable.dispose();
    },
  };
}

function indices(tf: Tfjs, rows: Uint32Array): tfjs.Tensor1D {
  return tf.tensor1d(Int32Array.from(rows), 'int32');
}
