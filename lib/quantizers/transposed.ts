import type { TensorOf } from '#lib/onnx/tensor';

/** A matrix with rows and columns exchanged. */
export function transposed<T extends 'int8' | 'float32'>(matrix: TensorOf<T>): TensorOf<T> {
  const { dtype, dims, data } = matrix;
  const [rows, columns] = dims;
  const turned = data.slice() as typeof data;
  for (let i = 0; i < data.length; i++) {
    turned[(i % columns) * rows + Math.floor(i / columns)] = data[i];
  }
  return { dtype, dims: [columns, rows], data: turned };
}
