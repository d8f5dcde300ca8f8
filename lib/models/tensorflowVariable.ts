import type * as tfjs from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';
import { runOperation } from '#lib/models/tensorflowOperation';

/** A float32 matrix that TensorFlow keeps and changes in place; tfjs has only tensors that never change. */
export interface TensorflowVariable {
  /** What operations that change the variable take. */
  readonly handle: tfjs.Tensor;
  /** Its value, not copied: dispose of it before the variable changes, or TensorFlow copies it then. */
  readonly read: () => tfjs.Tensor2D;
  /** Replaces its value: by a copy, as a tensor shares memory with the array that it was made of. */
  readonly assign: (value: tfjs.Tensor2D) => void;
  /** A copy of some of its rows. */
  readonly rows: (rows: tfjs.Tensor1D) => tfjs.Tensor2D;
  readonly dispose: () => void;
}

/** Variables made so far: each needs a name of its own. */
let count = 0;

/**
 * Creates a variable.
 *
 * @param tf with the native backend
 * @param start its first value, copied
 */
export function tensorflowVariable(tf: Tfjs, start: tfjs.Tensor2D): TensorflowVariable {
  const value = { types: { dtype: 'float32' } } as const;
  const rowsOf = { types: { dtype: 'float32', Tindices: 'int32' } } as const;
  const names = { container: '', shared_name: `variable${count++}` };
  const described = { ...value, shapes: { shape: start.shape }, strings: names };
  const [handle] = runOperation(tf, 'VarHandleOp', described, [], 1);
  tf.keep(handle);
  const assign: TensorflowVariable['assign'] = (next) => {
    tf.tidy(() => {
      runOperation(tf, 'AssignVariableOp', value, [handle, tf.mul(next, 1)]);
    });
  };
  assign(start);
  return {
    handle,
    assign,
    read: () => runOperation(tf, 'ReadVariableOp', value, [handle], 1)[0] as tfjs.Tensor2D,
    rows: (rows) =>
      runOperation(tf, 'ResourceGather', rowsOf, [handle, rows], 1)[0] as tfjs.Tensor2D,
    dispose: () => {
      runOperation(tf, 'DestroyResourceOp', {}, [handle]);
      handle.dispose();
    },
  };
}
