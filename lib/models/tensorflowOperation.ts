import type * as tfjs from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';

/** Attributes of an operation by their names, each kind apart. */
export interface Attributes {
  readonly types?: Readonly<Record<string, 'float32' | 'int32'>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly strings?: Readonly<Record<string, string>>;
  readonly booleans?: Readonly<Record<string, boolean>>;
}

/** What tfjs-node's backend has beyond that of tfjs: it runs any operation, and numbers the types. */
interface TensorflowBackend {
  readonly binding: Readonly<
    Record<
      | 'TF_ATTR_TYPE'
      | 'TF_ATTR_SHAPE'
      | 'TF_ATTR_STRING'
      | 'TF_ATTR_BOOL'
      | 'TF_FLOAT'
      | 'TF_INT32',
      number
    >
  >;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly { name: string; type: number; value: unknown }[],
    inputs: readonly tfjs.Tensor[],
    outputs: number,
  ): tfjs.Tensor[];
}

/**
 * Runs one of TensorFlow's operations, which tfjs need not have; they are described at
 * https://www.tensorflow.org/api_docs/python/tf/raw_ops.
 *
 * @param tf with the native backend
 * @param outputs how many tensors it gives
 * @throws Error with TensorFlow's message if it refuses
 */
export function runOperation(
  tf: Tfjs,
  operation: string,
  { types = {}, shapes = {}, strings = {}, booleans = {} }: Attributes,
  inputs: readonly tfjs.Tensor[],
  outputs = 0,
): tfjs.Tensor[] {
  const backend = tf.backend() as unknown as TensorflowBackend;
  const { TF_ATTR_TYPE, TF_ATTR_SHAPE, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT, TF_INT32 } =
    backend.binding;
  const attributes = [
    ...Object.entries(types).map(([name, type]) => ({
      name,
      type: TF_ATTR_TYPE,
      value: type === 'float32' ? TF_FLOAT : TF_INT32,
    })),
    ...Object.entries(shapes).map(([name, value]) => ({ name, type: TF_ATTR_SHAPE, value })),
    ...Object.entries(strings).map(([name, value]) => ({ name, type: TF_ATTR_STRING, value })),
    ...Object.entries(booleans).map(([name, value]) => ({ name, type: TF_ATTR_BOOL, value })),
  ];
  return backend.executeMultipleOutputs(operation, attributes, inputs, outputs);
}
