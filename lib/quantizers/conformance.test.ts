/**
 * The test vectors of ONNX itself (onnx/onnx, Apache-2.0: onnx/backend/test/case/node/*.py, release
 * 1.21.0; the signed QLinearMatMul from 1.23), through our arithmetic and through the engine.
 */
import { describe, expect, test } from 'vitest';
import { runOperator } from '#lib/evaluation/runOperator';
import type { Tensor } from '#lib/onnx/tensor';
import { joinChannels, splitChannels } from '#lib/quantizers/channels';
import { dynamicMapping } from '#lib/quantizers/dynamicMapping';
import { integerMatMul, requantize } from '#lib/quantizers/integerMatMul';
import { integerRange, type IntegerRange } from '#lib/quantizers/integerRange';
import { dequantize, quantize } from '#lib/quantizers/linearMapping';

const uint8 = integerRange({ bits: 8, signed: false });

function float(data: number[], dims = [data.length]): Tensor {
  return { dtype: 'float32', dims, data: Float32Array.from(data) };
}

const integerArrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
};
type IntegerType = keyof typeof integerArrays;

function integers(dtype: IntegerType, data: number[], dims = [data.length]): Tensor {
  return { dtype, dims, data: integerArrays[dtype].from(data) } as Tensor;
}

function rangeOf(dtype: IntegerType): IntegerRange {
  return integerRange({ bits: dtype.endsWith('16') ? 16 : 8, signed: !dtype.startsWith('u') });
}

const wide = [0, -128, 3, -3, 2.9, -2.9, 3.1, -3.1];

describe.each<{ name: string; dtype: IntegerType; zeroPoint: number; x: number[]; y: number[] }>([
  {
    name: 'test_quantizelinear',
    dtype: 'uint8',
    zeroPoint: 128,
    x: [0, 2, 3, 1000, -254, -1000],
    y: [128, 129, 130, 255, 1, 0],
  },
  {
    name: 'test_quantizelinear_uint16',
    dtype: 'uint16',
    zeroPoint: 32767,
    x: [...wide, 65536, -65534, 70000, -70000],
    y: [32767, 32703, 32769, 32765, 32768, 32766, 32769, 32765, 65535, 0, 65535, 0],
  },
  {
    name: 'test_quantizelinear_int16',
    dtype: 'int16',
    zeroPoint: 256,
    x: [0, -514, ...wide.slice(2), 65022, -66046, 65023, -66047, 65024, -66048, 70000, -70000],
    y: [
      256, -1, 258, 254, 257, 255, 258, 254, 32767, -32767, 32767, -32768, 32767, -32768, 32767,
      -32768,
    ],
  },
])('$name', ({ dtype, zeroPoint, x, y }) => {
  test('ours', () => {
    const mapping = { scale: 2, zeroPoint, integers: rangeOf(dtype) };
    expect([...quantize(Float32Array.from(x), mapping)]).toEqual(y);
  });
  test('engine', async () => {
    const [made] = await runOperator({ opType: 'QuantizeLinear', outputs: [dtype], opset: 21 }, [
      float(x),
      float([2], []),
      integers(dtype, [zeroPoint], []),
    ]);
    expect([...made.data]).toEqual(y);
  });
});

describe.each<{ name: string; dtype: IntegerType; zeroPoint: number; q: number[]; x: number[] }>([
  {
    name: 'test_dequantizelinear',
    dtype: 'uint8',
    zeroPoint: 128,
    q: [0, 3, 128, 255],
    x: [-256, -250, 0, 254],
  },
  {
    name: 'test_dequantizelinear_int16',
    dtype: 'int16',
    zeroPoint: -1024,
    q: [-300, -30, -1025, 1270],
    x: [1448, 1988, -2, 4588],
  },
  {
    name: 'test_dequantizelinear_uint16',
    dtype: 'uint16',
    zeroPoint: 32767,
    q: [30000, 31000, 32768, 33000],
    x: [-5534, -3534, 2, 466],
  },
])('$name', ({ dtype, zeroPoint, q, x }) => {
  test('ours', () => {
    expect([...dequantize(q, { scale: 2, zeroPoint })]).toEqual(x);
  });
  test('engine', async () => {
    const [made] = await runOperator(
      { opType: 'DequantizeLinear', outputs: ['float32'], opset: 21 },
      [integers(dtype, q), float([2], []), integers(dtype, [zeroPoint], [])],
    );
    expect([...made.data]).toEqual(x);
  });
});

describe('test_quantizelinear_axis, test_dequantizelinear_axis', () => {
  const dims = [1, 3, 3, 2];
  const scales = [2, 4, 5];
  const zeroPoints = [84, 24, 196];
  const x = [
    ...[-162, 10, -100, 232, -20, -50],
    ...[-76, 0, 0, 252, 32, -44],
    ...[245, -485, -960, -270, -375, -470],
  ];
  const y = [3, 89, 34, 200, 74, 59, 5, 24, 24, 87, 32, 13, 245, 99, 4, 142, 121, 102];

  test('ours', () => {
    const channels = splitChannels(Float32Array.from(x), dims, 1).map((values, channel) => {
      const mapping = { scale: scales[channel], zeroPoint: zeroPoints[channel], integers: uint8 };
      const quantized = quantize(values, mapping);
      return { quantized, restored: dequantize(quantized, mapping) };
    });
    expect(channels.flatMap(({ quantized }) => [...quantized])).toEqual(y);
    const restored = channels.map(({ restored }) => restored);
    expect([...joinChannels(restored, dims, 1, new Float32Array(x.length))]).toEqual(x);
  });
  test('engine', async () => {
    const mapping = [float(scales), integers('uint8', zeroPoints)];
    const [quantized] = await runOperator(
      { opType: 'QuantizeLinear', integers: { axis: 1 }, outputs: ['uint8'] },
      [float(x, dims), ...mapping],
    );
    expect([...quantized.data]).toEqual(y);
    const [restored] = await runOperator(
      { opType: 'DequantizeLinear', integers: { axis: 1 }, outputs: ['float32'] },
      [quantized, ...mapping],
    );
    expect([...restored.data]).toEqual(x);
  });
});

// Types of 2 and 4 bits, whose integers ONNX packs into bytes: our arithmetic alone.
test.each([
  {
    name: 'test_quantizelinear_int4',
    type: { bits: 4, signed: true },
    zeroPoint: 1,
    rows: [
      [0, 2.5, 4.8, 8.6],
      [-30, -20, 6, 9],
      [12, 15, 16, 40],
    ],
    y: [1, 2, 3, 5, -8, -6, 3, 4, 4, 5, 5, 7],
  },
  {
    name: 'test_quantizelinear_uint4',
    type: { bits: 4, signed: false },
    zeroPoint: 1,
    rows: [
      [0, 2.5, 4.8, 8.6],
      [-30, -20, 6, 9],
      [12, 15, 16, 40],
    ],
    y: [1, 2, 3, 5, 0, 0, 3, 4, 4, 5, 5, 11],
  },
  {
    name: 'test_quantizelinear_int2',
    type: { bits: 2, signed: true },
    zeroPoint: 0,
    rows: [
      [0, 2.5, 4.8, 8.6],
      [-4, -3, 1, 2],
      [0, -2.5, -4.8, -8.6],
    ],
    y: [0, 1, 1, 1, -1, -1, 0, 1, 0, -1, -1, -2],
  },
  {
    name: 'test_quantizelinear_uint2',
    type: { bits: 2, signed: false },
    zeroPoint: 0,
    rows: [
      [0, 2.5, 4.8, 8.6],
      [-2, -1, 1, 3],
      [4, 5, 6, 7],
    ],
    y: [0, 1, 2, 3, 0, 0, 0, 1, 1, 1, 2, 2],
  },
])('$name', ({ type, zeroPoint, rows, y }) => {
  const quantized = rows.map((row, i) =>
    quantize(Float32Array.from(row), { scale: 2 + i, zeroPoint, integers: integerRange(type) }),
  );
  expect(quantized.flatMap((row) => [...row])).toEqual(y);
});

describe.each([
  {
    name: 'test_dynamicquantizelinear',
    x: [0, 2, -3, -2.5, 1.34, 0.5],
    y: [153, 255, 0, 26, 221, 179],
    scale: 0.0196078438,
    zeroPoint: 153,
  },
  {
    name: 'test_dynamicquantizelinear_max_adjusted',
    x: [-1, -2.1, -1.3, -2.5, -3.34, -4],
    y: [191, 121, 172, 96, 42, 0],
    scale: 0.0156862754,
    zeroPoint: 255,
  },
  {
    name: 'test_dynamicquantizelinear_min_adjusted',
    x: [1, 2.1, 1.3, 2.5, 3.34, 4, 1.5, 2.6, 3.9, 4, 3, 2.345],
    y: [64, 134, 83, 159, 213, 255, 96, 166, 249, 255, 191, 149],
    scale: 0.0156862754,
    zeroPoint: 0,
  },
])('$name', ({ x, y, scale, zeroPoint }) => {
  test('ours', () => {
    const values = Float32Array.from(x);
    const mapping = dynamicMapping(values);
    expect(mapping).toMatchObject({ scale: Math.fround(scale), zeroPoint });
    expect([...quantize(values, mapping)]).toEqual(y);
  });
  test('engine', async () => {
    const outputs = ['uint8', 'float32', 'uint8'] as const;
    const made = await runOperator({ opType: 'DynamicQuantizeLinear', outputs }, [float(x)]);
    expect(made.map(({ data }) => [...data])).toEqual([y, [Math.fround(scale)], [zeroPoint]]);
  });
});

describe('test_matmulinteger', () => {
  const a = [11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0];
  const b = [1, 4, 2, 5, 3, 6];
  const y = [-38, -83, -44, -98, -50, -113, -56, -128];

  test('ours', () => {
    const product = integerMatMul(
      { rows: 4, columns: 3, values: a, zeroPoint: 12 },
      { rows: 3, columns: 2, values: b, zeroPoint: 0 },
    );
    expect([...product]).toEqual(y);
  });
  test('engine', async () => {
    const [made] = await runOperator({ opType: 'MatMulInteger', outputs: ['int32'] }, [
      integers('uint8', a, [4, 3]),
      integers('uint8', b, [3, 2]),
      integers('uint8', [12]),
      integers('uint8', [0]),
    ]);
    expect([...made.data]).toEqual(y);
  });
});

describe.each<{
  name: string;
  dtype: IntegerType;
  a: number[];
  b: number[];
  zeroPoints: [number, number, number];
  y: number[];
}>([
  {
    name: 'test_qlinearmatmul_2D_uint8_float32',
    dtype: 'uint8',
    a: [208, 236, 0, 238, 3, 214, 255, 29],
    b: [152, 51, 244, 60, 26, 255, 0, 127, 246, 127, 254, 247],
    zeroPoints: [113, 114, 118],
    y: [168, 115, 255, 1, 66, 151],
  },
  {
    name: 'test_qlinearmatmul_2D_int8_float32',
    dtype: 'int8',
    a: [81, 109, -127, 111, -124, 87, -128, -98],
    b: [25, -76, 117, -67, -101, -128, -127, 0, 119, 0, 127, 120],
    zeroPoints: [-14, -13, -9],
    y: [41, -12, -9, 1, -75, -128], // releases before 1.23 expect 20 for the last one
  },
])('$name', ({ dtype, a, b, zeroPoints, y }) => {
  const scales = [0.0066, 0.00705, 0.0107].map(Math.fround);

  test('ours', () => {
    const product = integerMatMul(
      { rows: 2, columns: 4, values: a, zeroPoint: zeroPoints[0] },
      { rows: 4, columns: 3, values: b, zeroPoint: zeroPoints[1] },
    );
    const made = requantize(product, scales[0] * scales[1], {
      scale: scales[2],
      zeroPoint: zeroPoints[2],
      integers: rangeOf(dtype),
    });
    expect([...made]).toEqual(y);
  });
  test('engine', async () => {
    const [aMapping, bMapping, yMapping] = scales.map((scale, i) => [
      float([scale]),
      integers(dtype, [zeroPoints[i]]),
    ]);
    const [made] = await runOperator({ opType: 'QLinearMatMul', outputs: [dtype] }, [
      integers(dtype, a, [2, 4]),
      ...aMapping,
      integers(dtype, b, [4, 3]),
      ...bMapping,
      ...yMapping,
    ]);
    expect([...made.data]).toEqual(y);
  });
});
