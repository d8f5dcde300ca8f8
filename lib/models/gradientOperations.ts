import type * as tfjs from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';
import { runOperation } from '#lib/models/tensorflowOperation';

/** What the way back through a network is made of. */
export interface GradientOperations {
  /**
   * Mean cross-entropy (nats) of a batch, and its slope by the logits: (softmax(z) − y) / batch, where
   * y is 1 for the class of an example, else 0.
   *
   * @param logits [batch, classes]
   * @param classOf class of each example, int32 [batch]
   */
  readonly crossEntropy: (
    logits: tfjs.Tensor2D,
    classOf: tfjs.Tensor1D,
  ) => { readonly loss: tfjs.Scalar; readonly slope: tfjs.Tensor2D };
  /** a b */
  readonly times: (a: tfjs.Tensor2D, b: tfjs.Tensor2D) => tfjs.Tensor2D;
  /** aᵀ b; a is better the smaller of the two. */
  readonly transposedTimes: (a: tfjs.Tensor2D, b: tfjs.Tensor2D) => tfjs.Tensor2D;
  /** a bᵀ; b is better the smaller of the two. */
  readonly timesTransposed: (a: tfjs.Tensor2D, b: tfjs.Tensor2D) => tfjs.Tensor2D;
  /** The gradient where the output of a ReLU is above 0, else 0. */
  readonly reluGradient: (gradient: tfjs.Tensor2D, output: tfjs.Tensor2D) => tfjs.Tensor2D;
}

/** Those of the backend in use: TensorFlow's own kernels where they are faster, else operations of tfjs. */
export function gradientOperations(tf: Tfjs): GradientOperations {
  return tf.getBackend() === 'tensorflow' ? ofTensorflow(tf) : ofTfjs(tf);
}

function ofTensorflow(tf: Tfjs): GradientOperations {
  const T = 'float32';
  /** Faster than BatchMatMulV2, by which tfjs multiplies, but not where the second matrix is transposed. */
  const product = (a: tfjs.Tensor2D, b: tfjs.Tensor2D, transpose_a: boolean): tfjs.Tensor2D => {
    const booleans = { transpose_a, transpose_b: false };
    return runOperation(tf, 'MatMul', { types: { T }, booleans }, [a, b], 1)[0] as tfjs.Tensor2D;
  };
  return {
    crossEntropy: (logits, classOf) => {
      const types = { T, Tlabels: 'int32' } as const;
      const [losses, slopes] = runOperation(
        tf,
        'SparseSoftmaxCrossEntropyWithLogits',
        { types },
        [logits, classOf],
        2,
      );
      return { loss: tf.mean(losses), slope: tf.div(slopes, logits.shape[0]) };
    },
    times: (a, b) => product(a, b, false),
    transposedTimes: (a, b) => product(a, b, true),
    timesTransposed: (a, b) => tf.matMul(a, b, false, true),
    reluGradient: (gradient, output) =>
      runOperation(tf, 'ReluGrad', { types: { T } }, [gradient, output], 1)[0] as tfjs.Tensor2D,
  };
}

/** WebAssembly's product is ten times slower where an operand is said to be transposed than where it is. */
function ofTfjs(tf: Tfjs): GradientOperations {
  return {
    crossEntropy: (logits, classOf) => {
      const [batch, classes] = logits.shape;
      const y = tf.oneHot(classOf, classes);
      const logProbabilities = tf.logSoftmax(logits);
      return {
        loss: tf.neg(tf.mean(tf.sum(tf.mul(y, logProbabilities), 1))),
        slope: tf.div(tf.sub(tf.exp(logProbabilities), y), batch),
      };
    },
    times: (a, b) => tf.matMul(a, b),
    transposedTimes: (a, b) => tf.matMul(tf.transpose(a), b),
    timesTransposed: (a, b) => tf.matMul(a, tf.transpose(b)),
    reluGradient: (gradient, output) => tf.mul(gradient, tf.step(output)),
  };
}
