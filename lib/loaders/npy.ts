import { elementCount, type TensorOf } from '#lib/onnx/tensor';

const magic = '\x93NUMPY';

/**
 * Reads an array that `numpy.save` wrote, of float32 in C order (format versions 1 to 3, numpy.lib.format).
 *
 * @param bytes content of an .npy file
 * @throws Error if it is no such file, holds numbers of another type or order, or has another length than
 *   its shape says
 */
export function parseNpy(bytes: Uint8Array): TensorOf<'float32'> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Not by TextDecoder: its latin1 is windows-1252, to which Node 20 did not hold, but 22 does.
  if (file.toString('latin1', 0, 6) !== magic || file.length < 12) {
    throw new Error('it is not an .npy file, as numpy.save writes it');
  }
  const isShort = file[6] === 1;
  const start = isShort ? 10 : 12;
  const end = start + (isShort ? file.readUInt16LE(8) : file.readUInt32LE(8));
  const header = file.toString('latin1', start, end);
  const type = /'descr': *'([<>|=]?\w+)'/.exec(header)?.[1];
  const shape = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (end > bytes.length || type === undefined || shape === undefined) {
    throw new Error('its header is damaged, or it holds no plain array');
  }
  if (type !== '<f4' || !/'fortran_order': *False/.test(header)) {
    throw new Error(
      `it holds ${type}${/'fortran_order': *True/.test(header) ? ' in Fortran order' : ''}, which is not read here. ` +
        'Save float32 in C order: numpy.save(file, numpy.ascontiguousarray(x, dtype="<f4"))',
    );
  }
  const dims = Array.from(shape.matchAll(/\d+/g), ([size]) => Number(size));
  const data = new Uint8Array(bytes.subarray(end)); // a copy: within the file it may be unaligned
  if (data.length !== 4 * elementCount(dims)) {
    throw new Error(
      `its shape (${dims.join(', ')}) takes ${4 * elementCount(dims)} bytes, it has ${data.length}`,
    );
  }
  return { dtype: 'float32', dims, data: new Float32Array(data.buffer) };
}
