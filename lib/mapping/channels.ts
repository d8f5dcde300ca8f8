/**
 * Takes a tensor apart into its channels: the slices along one axis, such as the columns of a matrix
 * for axis 1.
 *
 * @param data row-major, shape `dims`
 * @param axis left out: all values are one channel
 * @returns the values of each channel, in their order in `data`
 */
export function splitChannels(
  data: Float32Array,
  dims: readonly number[],
  axis?: number,
): Float32Array[] {
  const { count, inner } = layout(dims, axis);
  const length = count === 0 ? 0 : data.length / count;
  const channels = Array.from({ length: count }, () => new Float32Array(length));
  let i = 0;
  for (let start = 0; start < length; start += inner) {
    for (const channel of channels) {
      for (let k = start; k < start + inner; k++) channel[k] = data[i++];
    }
  }
  return channels;
}

/**
 * Puts together what {@link splitChannels} took apart.
 *
 * @param into where to write, row-major, shape `dims`
 * @returns `into`
 */
export function joinChannels<T extends Float32Array | Int32Array | Int8Array>(
  channels: readonly ArrayLike<number>[],
  dims: readonly number[],
  axis: number | undefined,
  into: T,
): T {
  const { count, inner } = layout(dims, axis);
  const length = count === 0 ? 0 : into.length / count;
  let i = 0;
  for (let start = 0; start < length; start += inner) {
    for (const channel of channels) {
      for (let k = start; k < start + inner; k++) into[i++] = channel[k];
    }
  }
  return into;
}

/** Number of channels, and how many neighbouring values belong to the same one. */
function layout(dims: readonly number[], axis?: number): { count: number; inner: number } {
  const size = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  if (axis === undefined) return { count: 1, inner: size(dims) };
  if (!Number.isInteger(axis) || axis < 0 || axis >= dims.length) {
    throw new RangeError(`a tensor of shape [${dims.join(', ')}] has no axis ${axis}`);
  }
  return { count: dims[axis], inner: size(dims.slice(axis + 1)) };
}
