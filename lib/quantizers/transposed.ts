import type { TensorOf } from '#lib/onnx/tensor';

/** A matrix with rows and columns exchanged. */
export function transposed({ dtype, dims, data }: TensorOf<'int8'>): TensorOf<'int8'> {
  const [rows, columns] = dims;
  const turned = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    turned[(i % columns) * rows + Math.floor(i / columns)] = data[i];
  }
  return { dtype, dims: [columns, rows], data: turned };
}
