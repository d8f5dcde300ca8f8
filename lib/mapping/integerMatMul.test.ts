import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { engineQLinearMatMul } from '#lib/evaluation/matMulInteger';
import { runOperator } from '#lib/evaluation/runOperator';
import type { Tensor } from '#lib/onnx/tensor';
import { integerMatMul, requantize, type IntegerMatrix } from '#lib/mapping/integerMatMul';
import { integerRange } from '#lib/mapping/integerRange';
import { seededRandom, type Random } from '#lib/random';

const arrays = { uint8: Uint8Array, int8: Int8Array };
type IntegerType = keyof typeof arrays;

/** Which integers a matrix is filled with; `extremes` are the ends of the range, whose products are greatest. */
type Filling = 'any' | 'extremes' | 'highest' | 'lowest';

function randomMatrix(
  random: Random,
  dtype: IntegerType,
  [rows, columns]: readonly [number, number],
  { magnitude = 128, filling = 'any' }: { magnitude?: number; filling?: Filling } = {},
): IntegerMatrix & { tensors: [values: Tensor, zeroPoint: Tensor] } {
  const middle = dtype === 'int8' ? 0 : 128;
  const [low, high] = [middle - magnitude, Math.min(middle + magnitude, middle + 127)];
  const draws: Record<Filling, () => number> = {
    any: () => uniformInt(random, low, high),
    extremes: () => (uniformInt(random, 0, 1) === 0 ? low : high),
    highest: () => high,
    lowest: () => low,
  };
  const values = arrays[dtype].from(Array.from({ length: rows * columns }, draws[filling]));
  const zeroPoint = uniformInt(random, middle - 128, middle + 127);
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
    const filling = fc.constantFrom<Filling>('any', 'extremes', 'highest', 'lowest');
    const dimension = fc.nat({ max: 40 }).map((n) => n + 1);
    const drawn = fc.record({
      rows: dimension,
      // Sums of so many products leave 16 bits, and 24 bits too, the integers that float32 holds.
      inner: fc.oneof(dimension, fc.integer({ min: 1, max: 4000 })),
      columns: dimension,
      fillings: fc.tuple(filling, filling),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ rows, inner, columns, fillings, seed }) => {
        const random = seededRandom(seed);
        const a = randomMatrix(random, left, [rows, inner], { filling: fillings[0] });
        const b = randomMatrix(random, right, [inner, columns], {
          filling: fillings[1],
          magnitude: limit,
        });
        expect([...integerMatMul(a, b)]).toEqual(await engineProduct(a, b));
      }),
      { numRuns: 40 },
    );
  },
);

test('uint8 · int8 of full range is exact on the engine, or each pair of products saturates', async () => {
  const random = seededRandom(11);
  for (const [rows, inner, columns] of [
    [1, 1024, 16],
    [6, 515, 21],
  ] as const) {
    const a = randomMatrix(random, 'uint8', [rows, inner]);
    const b = randomMatrix(random, 'int8', [inner, columns]);
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

test('a product worked by hand', () => {
  const a = { rows: 2, columns: 2, values: Uint8Array.of(1, 2, 255, 0), zeroPoint: 0 };
  const b = { rows: 2, columns: 2, values: Int8Array.of(3, -4, 5, 127), zeroPoint: 0 };
  expect([...integerMatMul(a, b)]).toEqual([13, 250, 765, -1020]);
});

test('does not saturate where 16 bits would', () => {
  const row = { rows: 1, columns: 1024, values: new Uint8Array(1024).fill(255), zeroPoint: 0 };
  const weights = { rows: 1024, columns: 1, values: new Int8Array(1024).fill(-127), zeroPoint: 0 };
  expect([...integerMatMul(row, weights)]).toEqual([-33_162_240]);
});

test('refuses matrices that do not fit', () => {
  const matrix = { rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6], zeroPoint: 0 };
  expect(() => integerMatMul(matrix, matrix)).toThrow("can't multiply [2, 3] by [2, 3]");
});

test('requantizes with half to even before the zero point is added, and clamps', () => {
  const output = { scale: 1, zeroPoint: 3, integers: integerRange({ bits: 8, signed: false }) };
  const accumulators = Int32Array.of(1, 3, 5, -1, -3, -1000, 1000);
  expect([...requantize(accumulators, 0.5, output)]).toEqual([3, 5, 5, 3, 1, 0, 255]);
});

test("requantizes to the integers of the engine's QLinearMatMul", async () => {
  const random = seededRandom(3);
  const uint8 = integerRange({ bits: 8, signed: false });
  for (const inner of [1, 7, 64, 300]) {
    const a = { ...randomMatrix(random, 'uint8', [5, inner]), scale: Math.fround(0.013) };
    const b = randomMatrix(random, 'int8', [inner, 6], { magnitude: 64 });
    const weights = { ...b, zeroPoint: 0, scale: Math.fround(0.0071) };
    const output = { scale: Math.fround(0.02 * inner), zeroPoint: 101, integers: uint8 };
    const product = integerMatMul(a, weights);
    const requantized = requantize(product, a.scale * weights.scale, output);
    expect([...requantized]).toEqual([...(await engineQLinearMatMul(a, weights, output))]);
    expect(new Set(requantized).size).toBeGreaterThan(2);
  }
});
