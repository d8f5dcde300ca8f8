import type { TensorOf } from '#lib/onnx/tensor';

type Matrix = TensorOf<'int8'> | TensorOf<'uint8'> | TensorOf<'float32'>;

/** A matrix with rows and columns exchanged. */
export function transposed<T extends Matrix>(matrix: T): T {
  const { dims, data } = matrix;
  const [rows, columns] = dims;
  const turned = data.slice();
  for (let i = 0; i < data.length; i++) {
    turned[(i % columns) * rows + Math.floor(i / columns)] = data[i];
  }
  return { ...matrix, dims: [columns, rows], data: turned };
}
