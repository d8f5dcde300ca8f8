/** Our arithmetic, and the engine's, against the vectors in this folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runOperator } from '#lib/evaluation/runOperator';
import type { ElementType, Tensor } from '#lib/onnx/tensor';
import { dynamicMapping } from '#lib/mapping/dynamicMapping';
import { integerMatMul, requantize, type IntegerMatrix } from '#lib/mapping/integerMatMul';
import { integerRange } from '#lib/mapping/integerRange';
import { quantize, type LinearMapping } from '#lib/mapping/linearMapping';

interface VectorTensor {
  readonly type: 'float32' | 'int32' | 'uint16' | 'int16' | 'uint8' | 'int8' | 'uint4' | 'int4';
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

type Tensors = Readonly<Record<string, VectorTensor>>;

interface Case {
  readonly name: string;
  readonly inputs: Tensors;
  readonly intermediates: Tensors;
  readonly outputs: Tensors;
}

function casesOf(name: string): Case[] {
  const { cases } = JSON.parse(readFileSync(join(__dirname, `${name}.json`), 'utf8')) as {
    cases: Case[];
  };
  return cases;
}

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint4: Uint8Array,
  int4: Int8Array,
};

function tensor({ type, dims, data }: VectorTensor): Tensor {
  return { dtype: type, dims, data: arrays[type].from(data) } as Tensor;
}

function mapping(scale: number, { type, data: [zeroPoint] }: VectorTensor): LinearMapping {
  const bits = Number(/\d+/.exec(type)?.[0]);
  return { scale, zeroPoint, integers: integerRange({ bits, signed: !type.startsWith('u') }) };
}

/** What the engine's operator gives for the inputs, in their order. */
async function engine(
  opType: string,
  inputs: readonly VectorTensor[],
  outputs: readonly ElementType[],
  options: { readonly opset?: number; readonly contrib?: boolean } = {},
): Promise<number[][]> {
  const results = await runOperator({ opType, outputs, ...options }, inputs.map(tensor));
  return results.map(({ data }) => Array.from(data, Number));
}

/** A matrix, or one column of it, with the zero point that belongs to it. */
function matrix({ dims, data }: VectorTensor, zeroPoint: number, column?: number): IntegerMatrix {
  const [rows, columns] = dims;
  if (column === undefined) return { rows, columns, values: data, zeroPoint };
  const values = data.filter((_, i) => i % columns === column);
  return { rows, columns: 1, values, zeroPoint };
}

/** One element of a vector for each column; a scalar stands for all. */
function ofColumn({ data }: VectorTensor, column: number): number {
  return data[data.length === 1 ? 0 : column];
}

/** Computes each column of a product, and puts the columns together, row-major. */
function columnwise(
  a: VectorTensor,
  b: VectorTensor,
  compute: (column: number) => ArrayLike<number>,
): number[] {
  const columns = Array.from({ length: b.dims[1] }, (_, column) => compute(column));
  return Array.from({ length: a.dims[0] }, (_, row) => columns.map((made) => made[row])).flat();
}

describe.each(casesOf('quantize-linear'))('QuantizeLinear: $name', ({ inputs, outputs }) => {
  const { x, y_scale: scale, y_zero_point: zeroPoint } = inputs;

  test('ours', () => {
    const made = quantize(Float32Array.from(x.data), mapping(scale.data[0], zeroPoint));
    expect([...made]).toEqual(outputs.y.data);
  });
  // JavaScript can't hand 4-bit tensors to the engine; ONNX's own cases test it on them as constants.
  test.skipIf(zeroPoint.type.endsWith('4'))('engine', async () => {
    const made = await engine('QuantizeLinear', [x, scale, zeroPoint], [zeroPoint.type], {
      opset: 21,
    });
    expect(made).toEqual([outputs.y.data]);
  });
});

describe.each(casesOf('dynamic-quantize-linear'))(
  'DynamicQuantizeLinear: $name',
  ({ inputs: { x }, outputs }) => {
    const expected = ['y', 'y_scale', 'y_zero_point'].flatMap((name, i) =>
      name in outputs ? [{ i, data: outputs[name].data }] : [],
    );

    test('ours', () => {
      const values = Float32Array.from(x.data);
      const found = dynamicMapping(values);
      const made = [[...quantize(values, found)], [found.scale], [found.zeroPoint]];
      expect(expected.map(({ i }) => made[i])).toEqual(expected.map(({ data }) => data));
    });
    test('engine', async () => {
      const made = await engine('DynamicQuantizeLinear', [x], ['uint8', 'float32', 'uint8']);
      expect(expected.map(({ i }) => made[i])).toEqual(expected.map(({ data }) => data));
    });
  },
);

describe.each(casesOf('matmul-integer'))('MatMulInteger: $name', ({ inputs, outputs }) => {
  const { A: a, B: b, a_zero_point: aZero, b_zero_point: bZero } = inputs;

  test('ours', () => {
    const made = columnwise(a, b, (column) =>
      integerMatMul(matrix(a, aZero.data[0]), matrix(b, ofColumn(bZero, column), column)),
    );
    expect(made).toEqual(outputs.Y.data);
  });
  test('engine', async () => {
    const factors = [a, unsigned(b), aZero, unsigned(bZero)];
    expect(await engine('MatMulInteger', factors, ['int32'])).toEqual([outputs.Y.data]);
  });
});

/**
 * The same numbers for the same zero point, as uint8: 128 more for both. With int8 as its second factor,
 * the engine saturates on x86 without VNNI.
 */
function unsigned(values: VectorTensor): VectorTensor {
  return values.type === 'int8'
    ? { ...values, type: 'uint8', data: values.data.map((q) => q + 128) }
    : values;
}

describe.each(casesOf('qlinear-matmul'))('QLinearMatMul: $name', ({ inputs, outputs }) => {
  const { a, a_scale: aScale, a_zero_point: aZero } = inputs;
  const { b, b_scale: bScale, b_zero_point: bZero } = inputs;
  const { y_scale: yScale, y_zero_point: yZero } = inputs;

  test('ours', () => {
    const made = columnwise(a, b, (column) =>
      requantize(
        integerMatMul(matrix(a, aZero.data[0]), matrix(b, ofColumn(bZero, column), column)),
        aScale.data[0] * ofColumn(bScale, column),
        mapping(yScale.data[0], yZero),
      ),
    );
    expect(made).toEqual(outputs.y.data);
  });
  test('engine', async () => {
    const operands = [a, aScale, aZero, b, bScale, bZero, yScale, yZero];
    expect(await engine('QLinearMatMul', operands, [yZero.type])).toEqual([outputs.y.data]);
  });
});

describe.each(casesOf('fully-connected'))(
  'Fully connected layer: $name',
  ({ inputs, intermediates, outputs }) => {
    const { x, x_scale: xScale, x_zero_point: xZero, w, w_scale: wScale, bias } = inputs;
    const { y_scale: yScale, y_zero_point: yZero } = inputs;
    const columns = w.dims[1];

    test('ours, with the bias as it is', () => {
      const product = integerMatMul(matrix(x, xZero.data[0]), matrix(w, 0));
      const accumulators = product.map((c, i) => c + bias.data[i % columns]);
      expect([...accumulators]).toEqual(intermediates.accumulators.data);
      const made = accumulators.map((c, i) => {
        const scale = xScale.data[0] * ofColumn(wScale, i % columns);
        return requantize(Int32Array.of(c), scale, mapping(yScale.data[0], yZero))[0];
      });
      expect([...made]).toEqual(outputs.y.data);
    });

    test('ours, with the shifted bias and no zero point', () => {
      const ones = { ...matrix(x, 0), rows: 1, values: new Uint8Array(x.dims[1]).fill(1) };
      const columnSums = integerMatMul(ones, matrix(w, 0));
      const shifted = bias.data.map((b, i) => b - xZero.data[0] * columnSums[i]);
      expect(shifted).toEqual(intermediates.shifted_bias.data);
      const product = integerMatMul(matrix(x, 0), matrix(w, 0));
      const accumulators = product.map((c, i) => c + shifted[i % columns]);
      expect([...accumulators]).toEqual(intermediates.accumulators.data);
    });

    test('engine', async () => {
      const wZero: VectorTensor = {
        type: 'int8',
        dims: wScale.dims,
        data: wScale.data.map(() => 0),
      };
      const operands = [x, xScale, xZero, w, wScale, wZero, bias, yScale, yZero];
      const made = await engine('QGemm', operands, ['uint8'], { contrib: true });
      expect(made).toEqual([outputs.y.data]);
    });
  },
);
