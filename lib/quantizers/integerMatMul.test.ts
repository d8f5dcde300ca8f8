import { expect, test } from 'vitest';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { runOperator } from '#lib/evaluation/runOperator';
import type { Tensor } from '#lib/onnx/tensor';
import { integerMatMul, requantize, type IntegerMatrix } from '#lib/quantizers/integerMatMul';
import { integerRange } from '#lib/quantizers/integerRange';
import { seededRandom } from '#lib/random';

const random = seededRandom(11);
const arrays = { uint8: Uint8Array, int8: Int8Array };
type IntegerType = keyof typeof arrays;

function draw(low: number, high: number): number {
  return uniformInt(random, low, high);
}

function randomMatrix(
  dtype: IntegerType,
  [rows, columns]: readonly [number, number],
  magnitude = 128,
): IntegerMatrix & { tensors: [values: Tensor, zeroPoint: Tensor] } {
  const middle = dtype === 'int8' ? 0 : 128;
  const [low, high] = [middle - magnitude, Math.min(middle + magnitude, middle + 127)];
  const values = arrays[dtype].from(Array.from({ length: rows * columns }, () => draw(low, high)));
  const zeroPoint = draw(middle - 128, middle + 127);
  const zero = arrays[dtype].from([zeroPoint]);
  const tensors = [
    { dtype, dims: [rows, columns], data: values } as Tensor,
    { dtype, dims: [], data: zero } as Tensor,
  ] as [Tensor, Tensor];
  return { rows, columns, values, zeroPoint, tensors };
}

async function engineProduct(
  a: ReturnType<typeof randomMatrix>,
  b: ReturnType<typeof randomMatrix>,
): Promise<number[]> {
  const [product] = await runOperator({ opType: 'MatMulInteger', outputs: ['int32'] }, [
    a.tensors[0],
    b.tensors[0],
    a.tensors[1],
    b.tensors[1],
  ]);
  return [...product.data];
}

test.each([
  ['uint8', 'uint8', 128],
  ['int8', 'int8', 128],
  ['int8', 'uint8', 128],
  ['uint8', 'int8', 64], // greater ones may saturate, see below
] as const)(
  '%s · %s, within ±%i, is exactly what the engine computes',
  async (left, right, limit) => {
    for (const [rows, inner, columns] of [
      [1, 1, 1],
      [1, 1100, 17],
      [3, 7, 5],
      [9, 1024, 33],
      [64, 130, 10],
    ] as const) {
      const a = randomMatrix(left, [rows, inner]);
      const b = randomMatrix(right, [inner, columns], limit);
      expect([...integerMatMul(a, b)]).toEqual(await engineProduct(a, b));
    }
  },
);

test('uint8 · int8 of full range is exact on the engine, or each pair of products saturates', async () => {
  for (const [rows, inner, columns] of [
    [1, 1024, 16],
    [6, 515, 21],
  ] as const) {
    const a = randomMatrix('uint8', [rows, inner]);
    const b = randomMatrix('int8', [inner, columns]);
    const engine = await engineProduct(a, b);
    const exact = integerMatMul(a, b);
    const lost = pairsLost(a, b);
    expect([[...exact], [...exact.map((c, i) => c - lost[i])]]).toContainEqual(engine);
    expect(lost.some((difference) => difference !== 0)).toBe(true);
  }
});

/** What VPMADDUBSW cuts off the sums of two products, which it holds in 16 bits. */
function pairsLost(a: IntegerMatrix, b: IntegerMatrix): Int32Array {
  return Int32Array.from({ length: a.rows * b.columns }, (_, i) => {
    const [m, n] = [Math.floor(i / b.columns), i % b.columns];
    const product = (k: number): number =>
      k < a.columns ? a.values[m * a.columns + k] * b.values[k * b.columns + n] : 0;
    let lost = 0;
    for (let k = 0; k < a.columns; k += 2) {
      const pair = product(k) + product(k + 1);
      lost += pair - Math.max(-32768, Math.min(pair, 32767));
    }
    return lost;
  });
}

test('refuses matrices that do not fit', () => {
  const matrix = { rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6], zeroPoint: 0 };
  expect(() => integerMatMul(matrix, matrix)).toThrow("can't multiply [2, 3] by [2, 3]");
});

test('requantizes with half to even before the zero point is added, and clamps', () => {
  const output = { scale: 1, zeroPoint: 3, integers: integerRange({ bits: 8, signed: false }) };
  const accumulators = Int32Array.of(1, 3, 5, -1, -3, -1000, 1000);
  expect([...requantize(accumulators, 0.5, output)]).toEqual([3, 5, 5, 3, 1, 0, 255]);
});
