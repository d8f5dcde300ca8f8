/** How a tensor is cut along one axis. */
export interface Blocks {
  /** The axis that is cut: for weights that of the layer's inputs, over which a product is summed. */
  readonly axis: number;
  /** Neighbours along the axis that share a scale; the last block takes what is left. */
  readonly blockSize: number;
}

/**
 * Takes a tensor apart into blocks of `blockSize` neighbours along one axis, as blocked QuantizeLinear
 * of ONNX (operator set 21) and MatMulNBits of ONNX Runtime do.
 *
 * @param data row-major, shape `dims`
 * @returns the values of each block in their order along the axis; the blocks in the order of their
 *   scales in ONNX: row-major, shape `dims` with the number of blocks in the place of the axis
 * @throws RangeError if there is no such axis, or the size isn't a positive whole number
 */
export function splitBlocks(
  data: Float32Array,
  dims: readonly number[],
  blocks: Blocks,
): Float32Array[] {
  const { length, inner, count } = layout(dims, blocks);
  const { blockSize } = blocks;
  const total = length === 0 ? 0 : (data.length / length) * count;
  const parts = Array.from({ length: total }, (_, i) => {
    const first = (Math.floor(i / inner) % count) * blockSize;
    return new Float32Array(Math.min(blockSize, length - first));
  });
  let i = 0;
  for (let first = 0; first < total; first += count * inner) {
    for (let along = 0; along < length; along++) {
      const part = first + Math.floor(along / blockSize) * inner;
      for (let k = 0; k < inner; k++) parts[part + k][along % blockSize] = data[i++];
    }
  }
  return parts;
}

/**
 * Puts together what {@link splitBlocks} took apart.
 *
 * @param into where to write, row-major, shape `dims`
 * @returns `into`
 */
export function joinBlocks<T extends Float32Array | Int32Array | Int8Array>(
  parts: readonly ArrayLike<number>[],
  dims: readonly number[],
  blocks: Blocks,
  into: T,
): T {
  const { length, inner, count } = layout(dims, blocks);
  let i = 0;
  for (let first = 0; first < parts.length; first += count * inner) {
    for (let along = 0; along < length; along++) {
      const part = first + Math.floor(along / blocks.blockSize) * inner;
      for (let k = 0; k < inner; k++) into[i++] = parts[part + k][along % blocks.blockSize];
    }
  }
  return into;
}

/** Values along the axis, how far apart neighbours are in `data`, and blocks along the axis. */
function layout(
  dims: readonly number[],
  { axis, blockSize }: Blocks,
): { length: number; inner: number; count: number } {
  if (!Number.isInteger(axis) || axis < 0 || axis >= dims.length) {
    throw new RangeError(`a tensor of shape [${dims.join(', ')}] has no axis ${axis}`);
  }
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new RangeError(`blockSize must be a positive whole number, not ${blockSize}`);
  }
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return { length: dims[axis], inner, count: Math.ceil(dims[axis] / blockSize) };
}
