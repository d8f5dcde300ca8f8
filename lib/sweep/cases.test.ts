import { expect, test } from 'vitest';
import { caseName, flopsPerCall, sweepCases, sweeps } from '#lib/sweep/cases';

test('each case stands once, whatever planes it lies in, and those of a network together', () => {
  const plane = { widths: [64, 16], depths: [2], batchSizes: [1, 8], threads: [1] };
  const protocol = sweeps.quick.protocol;
  const cases = sweepCases({ protocol, planes: [plane, plane], flopsLimit: Infinity }, 1);
  expect(cases.map(caseName).sort()).toEqual([
    'w16-d2-b1-t1',
    'w16-d2-b8-t1',
    'w64-d2-b1-t1',
    'w64-d2-b8-t1',
  ]);
  expect(cases[0].width).toBe(cases[1].width);
});

test('the order of the cases is always the same, and not that of the widths', () => {
  const widths = sweepCases(sweeps.full, 1).map(({ width }) => width);
  expect(widths).not.toEqual([...widths].sort((a, b) => a - b));
  expect(sweepCases(sweeps.full, 1).map(({ width }) => width)).toEqual(widths);
});

test('cases that would take too long, or more threads than there are, are left out', () => {
  const plane = { widths: [10], depths: [3], batchSizes: [1, 4], threads: [1, 2] };
  expect(flopsPerCall({ width: 10, depth: 3, batchSize: 4 })).toBe(2 * 10 * 10 * 3 * 4);
  const sweep = { protocol: sweeps.quick.protocol, planes: [plane], flopsLimit: 2399 };
  expect(sweepCases(sweep, 1).map(caseName)).toEqual(['w10-d3-b1-t1']);
  expect(sweepCases(sweep, 2).map(caseName)).toEqual(['w10-d3-b1-t1', 'w10-d3-b1-t2']);
});

test.each(['quick', 'full'] as const)(
  '%s reaches from 16 to 4096, 1 to 8 layers, 1 to 512 rows',
  (setting) => {
    const cases = sweepCases(sweeps[setting], 2);
    const all = (key: 'width' | 'depth' | 'batchSize' | 'threads'): number[] => [
      ...new Set(cases.map((one) => one[key])),
    ];
    for (const [key, least, most] of [
      ['width', 16, 4096],
      ['depth', 1, 8],
      ['batchSize', 1, 512],
      ['threads', 1, 2],
    ] as const) {
      expect(Math.min(...all(key))).toBe(least);
      expect(Math.max(...all(key))).toBe(most);
    }
  },
);
