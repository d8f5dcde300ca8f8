import { expect, test } from 'vitest';
import { breakEven, byBatchSize } from '#lib/sweep/breakEven';
import { exampleRecord } from '#lib/sweep/exampleSweepRecords';
import type { SweepRecord } from '#lib/sweep/sweepRecord';

/** Records at widths 16, 64, 256, … in which int8 is so many times faster. */
function withGains(...gains: number[]): SweepRecord[] {
  return gains.map((gain, i) =>
    exampleRecord(
      { width: 16 * 4 ** i, depth: 2, batchSize: 1, threads: 1 },
      { float32: 100, float16: 100, 'dynamic int8': 100 / gain, 'static int8': 100 },
    ),
  );
}

test('lies between the widths before and after it, even on a logarithmic scale', () => {
  // From 1/2 at 64 to 2 at 256: 1 in the middle, 128. From 1/2 to 8: a quarter of the way.
  expect(breakEven(withGains(0.5, 0.5, 2, 3), 'dynamic int8')).toMatchObject({
    kind: 'from',
    width: expect.closeTo(128) as number,
    between: [64, 256],
  });
  expect(breakEven(withGains(0.5, 8), 'dynamic int8')).toMatchObject({
    width: expect.closeTo(16 * 4 ** 0.25) as number,
  });
});

test('counts from where int8 stays ahead', () => {
  expect(breakEven(withGains(2, 0.9, 2), 'dynamic int8')).toMatchObject({ between: [64, 256] });
});

test('may be nowhere, or everywhere', () => {
  expect(breakEven(withGains(2, 3), 'dynamic int8')).toEqual({ kind: 'everywhere', width: 16 });
  expect(breakEven(withGains(2, 1), 'dynamic int8')).toEqual({ kind: 'nowhere', width: 64 });
});

test('records are put together by batch, in order', () => {
  const at = (width: number, batchSize: number, threads = 1): SweepRecord =>
    exampleRecord(
      { width, depth: 2, batchSize, threads },
      { float32: 1, float16: 1, 'dynamic int8': 1, 'static int8': 1 },
    );
  const rows = byBatchSize([at(64, 8), at(16, 8), at(16, 1), at(16, 1, 2)], {
    depth: 2,
    threads: 1,
  });
  expect([...rows].map(([size, row]) => [size, row.map((record) => record.case.width)])).toEqual([
    [1, [16]],
    [8, [16, 64]],
  ]);
});
