/** Arrays as NumPy writes them, for tests. */

/** An .npy file with any header: format versions 1 to 3 of numpy.lib.format. */
export function npyFile(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1');
  return new Uint8Array(Buffer.concat([start, length, Buffer.from(header, 'latin1'), data]));
}

/**
 * An .npy file of float32 in C order.
 *
 * @param shape as Python writes it, such as `(6,)` or `(2, 3)`
 */
export function npyOf(shape: string, values: Float32Array, version = 1): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;
  return npyFile(header, new Uint8Array(values.buffer), version);
}
