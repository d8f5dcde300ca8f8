import { expect, test } from 'vitest';
import { parseNpy } from '#lib/loaders/npy';

/** An .npy file as numpy 1.26.4 writes it. */
function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const start = version === 1 ? [text.length & 255, text.length >> 8] : [text.length, 0, 0, 0];
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...start,
    ...text,
    ...data,
  );
}

const six = new Uint8Array(Float32Array.of(1, -2, 3, 0.5, 0, 6).buffer);

/** `numpy.save(file, numpy.float32([[1, -2, 3], [0.5, 0, 6]]))`, numpy 1.26.4. */
const saved =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLC' +
  'B9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAA' +
  'wAAAQEAAAAA/AAAAAAAAwEA=';

test('reads what NumPy saved', () => {
  const { dims, data } = parseNpy(Buffer.from(saved, 'base64'));
  expect(dims).toEqual([2, 3]);
  expect([...data]).toEqual([1, -2, 3, 0.5, 0, 6]);
});

test.each([
  ['(6,)', [6], 1],
  ['(1, 2, 3)', [1, 2, 3], 2],
])('reads the shape %s', (shape, dims, version) => {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;
  expect(parseNpy(npy(header, six, version)).dims).toEqual(dims);
});

test.each([
  ['another file', new TextEncoder().encode('id,label\n1,2\n'), 'not an .npy file'],
  ['a cut header', Buffer.from(saved, 'base64').subarray(0, 60), 'header is damaged'],
  // A pattern that could take the digits apart in many ways would try them all.
  [
    'a shape that is no list of numbers',
    npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1'.repeat(100)}x,), }`, six),
    'header is damaged',
  ],
  [
    'a type with a line end in it (found by npm run fuzz)',
    npy("{'descr': '\ng4', 'fortran_order': False, 'shape': (6,), }", six),
    'header is damaged',
  ],
  ['a cut array', Buffer.from(saved, 'base64').subarray(0, -1), 'takes 24 bytes, it has 23'],
  ['float64', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", six), '<f8'],
  [
    'columns first',
    npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", six),
    'Fortran',
  ],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseNpy(bytes)).toThrow(message);
});
