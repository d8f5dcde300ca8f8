import { expect, test } from 'vitest';
import { npyFile, npyOf } from '#lib/loaders/exampleNpy';
import { parseNpy } from '#lib/loaders/npy';

const values = Float32Array.of(1, -2, 3, 0.5, 0, 6);
const six = new Uint8Array(values.buffer);

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
  expect(parseNpy(npyOf(shape, values, version)).dims).toEqual(dims);
});

test.each([
  ['another file', new TextEncoder().encode('id,label\n1,2\n'), 'not an .npy file'],
  ['a cut header', Buffer.from(saved, 'base64').subarray(0, 60), 'header is damaged'],
  // A pattern that could take the digits apart in many ways would try them all.
  [
    'a shape that is no list of numbers',
    npyFile(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1'.repeat(100)}x,), }`, six),
    'header is damaged',
  ],
  [
    'a type with a line end in it (found by npm run fuzz)',
    npyFile("{'descr': '\ng4', 'fortran_order': False, 'shape': (6,), }", six),
    'header is damaged',
  ],
  ['a cut array', Buffer.from(saved, 'base64').subarray(0, -1), 'takes 24 bytes, it has 23'],
  ['float64', npyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", six), '<f8'],
  [
    'columns first',
    npyFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", six),
    'Fortran',
  ],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseNpy(bytes)).toThrow(message);
});
