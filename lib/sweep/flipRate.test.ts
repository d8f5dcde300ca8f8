import { expect, test } from 'vitest';
import { wilsonInterval } from '#lib/evaluation/significance';
import { permutation, seededRandom, uniform, type Random } from '#lib/random';
import { flipRateInterval, type Flips } from '#lib/sweep/flipRate';

const [rows, batchSize] = [400, 8];

/** Flips in random batches, by the chance of each row and of each batch that a row in it flips. */
function drawn(
  random: Random,
  draws: number,
  chance: (row: number, batch: number) => number,
): Flips {
  const byRow = Array.from({ length: rows }, () => 0);
  const byBatch = Array.from({ length: (draws * rows) / batchSize }, () => ({
    rows: batchSize,
    flips: 0,
  }));
  for (let draw = 0; draw < draws; draw++) {
    permutation(random, rows).forEach((row, place) => {
      const batch = Math.floor((draw * rows + place) / batchSize);
      if (uniform(random, 0, 1) >= chance(row, batch)) return;
      byRow[row] += 1;
      byBatch[batch].flips += 1;
    });
  }
  return { byRow, byBatch };
}

/** A number in 0..1 for each of many, drawn when it is first asked for. */
function numbers(random: Random): (i: number) => number {
  const known: number[] = [];
  return (i) => (known[i] ??= uniform(random, 0, 1));
}

/** Chances with a mean of 5 % over all rows and batches that there could be. */
const worlds = {
  'all alike': () => () => 0.05,
  'a tenth of the rows flips half of the time': (random: Random) => {
    const ofRow = numbers(random);
    return (row: number) => (ofRow(row) < 0.1 ? 0.5 : 0);
  },
  'a tenth of the batches flips half of its rows': (random: Random) => {
    const ofBatch = numbers(random);
    return (_row: number, batch: number) => (ofBatch(batch) < 0.1 ? 0.5 : 0);
  },
  'half of the rows flip in a tenth of the batches': (random: Random) => {
    const [ofRow, ofBatch] = [numbers(random), numbers(random)];
    return (row: number, batch: number) => (ofRow(row) < 0.5 && ofBatch(batch) < 0.1 ? 1 : 0);
  },
};

test.each(Object.entries(worlds))('holds the true rate 19 times in 20: %s', (_, world) => {
  const random = seededRandom(3);
  const repetitions = 400;
  let held = 0;
  for (let i = 0; i < repetitions; i++) {
    const [low, high] = flipRateInterval(drawn(random, 4, world(random)));
    if (low <= 0.05 && 0.05 <= high) held += 1;
  }
  // two standard errors of 400 repetitions below 95 %
  expect(held / repetitions).toBeGreaterThan(0.928);
});

test('draws that say the same count once', () => {
  const byRow = Array.from({ length: rows }, (_, row) => (row < 6 ? 3 : 0));
  const byBatch = [0, 1, 2].flatMap(() =>
    Array.from({ length: rows }, (_, row) => ({ rows: 1, flips: row < 6 ? 1 : 0 })),
  );
  const [low, high] = wilsonInterval(6 / rows, rows);
  const interval = flipRateInterval({ byRow, byBatch });
  expect(interval).toEqual([expect.closeTo(low, 10), expect.closeTo(high, 10)]);
});

test('no flip in so many rows leaves room for some', () => {
  const none = { byRow: new Array<number>(rows).fill(0), byBatch: [{ rows, flips: 0 }] };
  expect(flipRateInterval(none)).toEqual([0, expect.closeTo(3.8415 / (rows + 3.8415), 6)]);
});
