import { expect, test } from 'vitest';
import { attribute, findInitializer, node, value } from '#lib/onnx/graph';
import {
  decodeModel,
  encodeModel,
  makeModel,
  metadata,
  opsetOf,
  parameterCount,
  withMetadata,
} from '#lib/onnx/model';
import { readTensor, tensorProto, type Tensor } from '#lib/onnx/tensor';

const weight: Tensor = { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };

function layer() {
  return makeModel({
    name: 'layer',
    input: [value('x', 'float32', ['batch', 2])],
    output: [value('y', 'float32', ['batch', 3])],
    initializer: [
      tensorProto('w', weight),
      tensorProto('w_scale', { dtype: 'float32', dims: [3], data: Float32Array.of(1, 1, 1) }),
    ],
    node: [node('Gemm', ['x', 'w'], ['y'], { transB: 1 })],
  });
}

test('gives back what was written, in the same bytes each time', () => {
  const bytes = encodeModel(layer());
  const read = decodeModel(bytes);
  expect(read.graph.node[0]).toMatchObject({ opType: 'Gemm', input: ['x', 'w'], output: ['y'] });
  expect(opsetOf(read)).toBe(13);
  expect(attribute(read.graph.node[0], 'transB', 0)).toBe(1);
  expect(attribute(read.graph.node[0], 'alpha', 1)).toBe(1);
  expect(encodeModel(read)).toEqual(bytes);
  expect(encodeModel(layer())).toEqual(bytes);
});

test('counts weights, not scales', () => {
  expect(parameterCount(layer())).toBe(6);
});

test('keeps metadata, and replaces an entry of the same key', () => {
  const once = withMetadata(layer(), { dataset: 'MNIST', seed: '1' });
  const read = decodeModel(encodeModel(withMetadata(once, { seed: '2' })));
  expect([...metadata(read)]).toEqual([
    ['dataset', 'MNIST'],
    ['seed', '2'],
  ]);
});

test.each([
  ['no bytes', new Uint8Array(0), '0 bytes are not an ONNX model'],
  ['a text', new TextEncoder().encode('id\tlabel'), 'are not an ONNX model'],
  ['half a model', encodeModel(layer()).subarray(0, 60), '60 bytes are not an ONNX model'],
])('refuses %s', (_, bytes, message) => {
  expect(() => decodeModel(bytes)).toThrow(message);
});

test.each<Tensor>([
  weight,
  { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xffff) },
  { dtype: 'int8', dims: [3], data: Int8Array.of(-128, 0, 127) },
  { dtype: 'uint8', dims: [], data: Uint8Array.of(255) },
  { dtype: 'int16', dims: [1, 1], data: Int16Array.of(-32768) },
  { dtype: 'uint16', dims: [1], data: Uint16Array.of(65535) },
  { dtype: 'int32', dims: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  { dtype: 'int4', dims: [5], data: Int8Array.of(-8, -1, 0, 1, 7) },
  { dtype: 'uint4', dims: [2, 2], data: Uint8Array.of(0, 7, 8, 15) },
])('stores $dtype tensors, wherever they lie in the file', (tensor) => {
  for (const name of ['t', 'tt', 'ttt', 'tttt']) {
    const model = makeModel({
      ...layer().graph,
      initializer: [tensorProto(name, tensor)],
    });
    const stored = findInitializer(decodeModel(encodeModel(model)).graph, name);
    expect(readTensor(stored ?? {})).toEqual(tensor);
  }
});

test('reads tensors that other writers store in typed fields', () => {
  expect(readTensor({ dataType: 1, dims: [2], floatData: [0.5, -1] }).data).toEqual(
    Float32Array.of(0.5, -1),
  );
  expect(readTensor({ dataType: 3, dims: [2], int32Data: [-3, 127] }).data).toEqual(
    Int8Array.of(-3, 127),
  );
  expect(readTensor({ dataType: 22, dims: [3], int32Data: [0x8f, 0x07] }).data).toEqual(
    Int8Array.of(-1, -8, 7),
  );
});

// The bytes that `onnx.helper.make_tensor(name, TensorProto.INT4, [5], values)` of ONNX 1.23 packs.
test('packs integers of 4 bits as ONNX does', () => {
  const data = Int8Array.of(-8, -1, 0, 1, 7);
  const { dataType, rawData } = tensorProto('t', { dtype: 'int4', dims: [5], data });
  expect(dataType).toBe(22);
  expect(rawData).toEqual(Uint8Array.of(0xf8, 0x10, 0x07));
});

test('refuses names that would break a line of text (found by npm run fuzz)', () => {
  const { graph } = layer();
  for (const name of ['a\nb', 'a\u0000', '\u001b[2J']) {
    const bytes = encodeModel(makeModel({ ...graph, node: [{ ...graph.node[0], name }] }));
    expect(() => decodeModel(bytes)).toThrow('a name with control characters');
  }
});

test('quotes the name of a damaged tensor in one line (found by npm run fuzz)', () => {
  expect(() => readTensor({ name: 'a\nb', dims: [1], dataType: 1 })).toThrow(/^Tensor "a\\nb" .*$/);
});

test.each([
  ['another length than its shape', { dims: [2, 3], dataType: 1, rawData: new Uint8Array(8) }],
  ['half an element', { dims: [1], dataType: 1, rawData: new Uint8Array(5) }],
  ['its data elsewhere', { dims: [1], dataType: 1, dataLocation: 1 }],
  ['text', { dims: [1], dataType: 8 }],
  ['a byte too few', { dims: [5], dataType: 22, rawData: new Uint8Array(2) }],
])('refuses a tensor with %s, by name', (_, proto) => {
  expect(() => readTensor({ name: 'layer1.bias', ...proto })).toThrow('Tensor "layer1.bias"');
  expect(() => tensorProto('b', { dtype: 'int8', dims: [2], data: Int8Array.of(1) })).toThrow(
    'tensor b has 1 elements',
  );
});
