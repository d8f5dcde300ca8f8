import fc from 'fast-check';
import { expect, test } from 'vitest';
import { engineMatMulInteger } from '#lib/evaluation/matMulInteger';
import { int8Engine } from '#lib/hardware/int8Engine';
import { integerMatMul, type IntegerMatrix } from '#lib/mapping/integerMatMul';
import { saturatingMatMul } from '#lib/mapping/saturatingMatMul';
import { seededRandom } from '#lib/random';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

function row(...values: number[]): IntegerMatrix {
  return { rows: 1, columns: values.length, values, zeroPoint: 0 };
}

function column(...values: number[]): IntegerMatrix {
  return { rows: values.length, columns: 1, values, zeroPoint: 0 };
}

test.each([
  ['just fits', [255, 3], [127, 127], 32766],
  ['is cut off above', [255, 255], [127, 127], 32767], // 64770
  ['is cut off below', [255, 255], [-128, -128], -32768], // -65280
  ['cancels within a pair', [255, 255], [127, -127], 0],
  ['is exact between pairs', [255, 0, 255, 0], [127, 0, 127, 0], 64770],
  ['is cut off pair by pair', [255, 255, 255, 255], [127, 127, -128, 127], 32767 + -255],
  ['pairs 0 with 1, not 1 with 2', [0, 255, 255, 0], [0, 127, 127, 0], 64770],
  ['has a last one alone', [255, 255, 255], [127, 127, 127], 32767 + 32385],
])('a sum of two products %s', (_, a, b, expected) => {
  expect([...saturatingMatMul(row(...a), column(...b))]).toEqual([expected]);
});

const uint8 = fc.integer({ min: 0, max: 255 });
const int8 = fc.integer({ min: -128, max: 127 });

/** Saturate16(a1 · b1 + a0 · b0) for each 16-bit lane of a register, as the Intrinsics Guide writes it. */
function maddubs(a: readonly number[], b: readonly number[]): number[] {
  const lanes: number[] = [];
  for (let j = 0; j < a.length / 2; j++) {
    const sum = a[2 * j + 1] * b[2 * j + 1] + a[2 * j] * b[2 * j];
    lanes.push(Math.min(Math.max(sum, -0x8000), 0x7fff));
  }
  return lanes;
}

test('is the sum of the lanes of VPMADDUBSW', () => {
  const registers = fc.tuple(
    fc.array(uint8, { minLength: 32, maxLength: 32 }),
    fc.array(int8, { minLength: 32, maxLength: 32 }),
  );
  fc.assert(
    fc.property(registers, ([a, b]) => {
      const sum = maddubs(a, b).reduce((total, lane) => total + lane, 0);
      expect([...saturatingMatMul(row(...a), column(...b))]).toEqual([sum]);
    }),
  );
});

const random = seededRandom(3);

function draw(rows: number, columns: number, [low, high]: [number, number]): IntegerMatrix {
  const values = Array.from({ length: rows * columns }, () => uniformInt(random, low, high));
  return { rows, columns, values, zeroPoint: uniformInt(random, low, high) };
}

const shapes = [
  [1, 1, 1],
  [1, 1100, 17],
  [3, 7, 5],
  [9, 1021, 33],
  [64, 130, 10],
] as const;

test('with weights within ±64 nothing is cut off', () => {
  for (const [rows, inner, columns] of shapes) {
    const [a, b] = [draw(rows, inner, [0, 255]), draw(inner, columns, [-64, 64])];
    expect(saturatingMatMul(a, b)).toEqual(integerMatMul(a, b));
  }
});

test('is what the engine computes on a CPU that saturates; on others the exact product is', async () => {
  const { kernel } = await int8Engine();
  const expected = kernel?.saturates ? saturatingMatMul : integerMatMul;
  for (const [rows, inner, columns] of shapes) {
    const [a, b] = [draw(rows, inner, [0, 255]), draw(inner, columns, [-128, 127])];
    expect(await engineMatMulInteger(a, b)).toEqual(expected(a, b));
  }
});

test('refuses what the instruction does not take', () => {
  expect(() => saturatingMatMul(row(-1, 2), column(3, 4))).toThrow('outside 0..255');
  expect(() => saturatingMatMul(row(1, 2), column(3, 128))).toThrow('outside -128..127');
  expect(() => saturatingMatMul(row(1, 2), column(3))).toThrow("can't multiply [1, 2] by [1, 1]");
});
