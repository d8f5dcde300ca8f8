import { DataFileError, type DataFile } from '#lib/loaders/dataFile';

/** An array as MNIST's files hold it: unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const unsignedByte = 0x08;
const holds: Readonly<Record<number, string>> = { 1: 'labels', 3: 'images' };

/**
 * Reads the IDX format: bytes 00 00, type, number of dimensions; each dimension as a big-endian
 * uint32; then the values.
 *
 * @param dimensions 3 for images [count, rows, columns], 1 for labels [count]
 * @returns a view on the file's content
 * @throws DataFileError that names the byte, what was expected there and what was found
 */
export function parseIdx({ path, content }: DataFile, dimensions: 1 | 3): IdxArray {
  const fail = (offset: number, expected: string, found: string): DataFileError =>
    new DataFileError(path, `at byte ${offset}: expected ${expected}, found ${found}.`);

  const header = 4 + 4 * dimensions;
  if (content.length < header) {
    throw fail(content.length, `a header of ${header} bytes`, 'the end of the file');
  }
  if (content.readUIntBE(0, 3) !== unsignedByte) {
    const start = content.subarray(0, 3).toString('hex');
    const webPage = content[0] === 0x3c ? ' (a web page, by its first character)' : '';
    throw fail(0, '000008, the start of an IDX file of unsigned bytes', start + webPage);
  }
  if (content[3] !== dimensions) {
    const other =
      content[3] in holds ? `: ${holds[content[3]]}; images and labels look swapped` : '';
    throw fail(3, `${dimensions} as in a file of ${holds[dimensions]}`, `${content[3]}${other}`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => content.readUInt32BE(4 + 4 * i));
  const length = header + shape.reduce((product, size) => product * size);
  if (content.length !== length) {
    throw fail(
      Math.min(content.length, length),
      `${length} bytes in all, ${header} of header and ${shape.join(' x ')} values`,
      `${content.length}: the file ${content.length < length ? 'was cut short' : 'goes on after its end'}`,
    );
  }
  return { shape, values: content.subarray(header) };
}

/** Writes what {@link parseIdx} reads. */
export function encodeIdx({ shape, values }: IdxArray): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE((unsignedByte << 8) | shape.length, 0);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, values]);
}
