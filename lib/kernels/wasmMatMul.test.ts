import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { engineMatMulInteger } from '#lib/evaluation/matMulInteger';
import { integerMatMul, type IntegerMatrix } from '#lib/mapping/integerMatMul';
import { wasmMatMul } from '#lib/kernels/wasmMatMul';
import { seededRandom } from '#lib/random';

/** Ends of the range; `zeros` are mostly 0, which the kernel leaves out. */
type Filling = 'any' | 'lowest' | 'highest' | 'zeros';

function matrix(
  seed: number,
  [rows, columns]: readonly [number, number],
  [low, high]: readonly [number, number],
  filling: Filling,
): IntegerMatrix {
  const random = seededRandom(seed);
  const any = (): number => uniformInt(random, low, high);
  const draws: Record<Filling, () => number> = {
    any,
    lowest: () => low,
    highest: () => high,
    zeros: () => (uniformInt(random, 0, 9) === 0 ? any() : 0),
  };
  const values = Array.from({ length: rows * columns }, draws[filling]);
  return { rows, columns, values, zeroPoint: 0 };
}

const dimension = fc.integer({ min: 1, max: 70 });
const filling = fc.constantFrom<Filling>('any', 'lowest', 'highest', 'zeros');
const drawn = fc.record({
  rows: dimension,
  // Sums of more than one product leave 16 bits, of thousands the integers that float32 holds.
  inner: fc.oneof(dimension, fc.integer({ min: 1, max: 4000 })),
  columns: dimension,
  zeroPoint: fc.integer({ min: 0, max: 255 }),
  fillings: fc.tuple(filling, filling),
  seed: fc.nat(),
});

test.each([
  ['integerMatMul', 128, (a, b) => Promise.resolve(integerMatMul(a, b))],
  ['MatMulInteger of the engine', 64, engineMatMulInteger], // greater ones may saturate there
] as [string, number, typeof engineMatMulInteger][])(
  'gives the integers of %s, weights within ±%i',
  async (_, limit, reference) => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ rows, inner, columns, zeroPoint, fillings, seed }) => {
        const a = { ...matrix(seed, [rows, inner], [0, 255], fillings[0]), zeroPoint };
        const range = [-limit, Math.min(limit, 127)] as const;
        const b = matrix(seed + 1, [inner, columns], range, fillings[1]);
        expect(await wasmMatMul(a, b)).toEqual(await reference(a, b));
      }),
      { numRuns: 60 },
    );
  },
);

test('a pair of products that leaves 16 bits is not cut off', async () => {
  const a = { rows: 1, columns: 2, values: [255, 255], zeroPoint: 0 };
  const b = { rows: 2, columns: 2, values: [127, -128, 127, -128], zeroPoint: 0 };
  expect([...(await wasmMatMul(a, b))]).toEqual([64770, -65280]);
});

test('refuses what it does not compute', async () => {
  const a = { rows: 1, columns: 1, values: [1], zeroPoint: 0 };
  await expect(wasmMatMul(a, { ...a, rows: 2, values: [1, 1] })).rejects.toThrow(
    "can't multiply [1, 1] by [2, 1]",
  );
  await expect(wasmMatMul(a, { ...a, zeroPoint: 3 })).rejects.toThrow('zero point is 0');
  await expect(wasmMatMul(a, { ...a, values: [128] })).rejects.toThrow('no int8');
  await expect(wasmMatMul({ ...a, values: [-1] }, a)).rejects.toThrow('no uint8');
});
