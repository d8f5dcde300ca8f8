import { expect, test } from 'vitest';
import { bandwidthFor, measureBandwidth } from '#lib/hardware/bandwidth';
import { rooflinePoint, work } from '#lib/hardware/roofline';

const bandwidths = [
  { bytes: 1e4, bytesPerSecond: 4e10 },
  { bytes: 1e6, bytesPerSecond: 1e10 },
];

test('bandwidth between the measured amounts lies between theirs; beyond them it is that of the ends', () => {
  expect(bandwidthFor(bandwidths, 1e5)).toBeCloseTo(2e10, -3);
  expect(bandwidthFor(bandwidths, 10)).toBe(4e10);
  expect(bandwidthFor(bandwidths, 1e9)).toBe(1e10);
});

test('operations and bytes of a network', () => {
  const float32 = work([400, 1024, 1024, 10], 64, 4);
  expect(float32.operations).toBe(2 * 64 * (400 * 1024 + 1024 * 1024 + 1024 * 10));
  expect(float32.bytes).toBe(4 * 1_468_416 + 4 * 64 * (400 + 1024 + 1024 + 1024 + 1024 + 10));
  expect(work([400, 1024, 1024, 10], 1, 1).bytes).toBe(1_468_416 + 4 * 4506);
});

test('the lower of the two roofs is the limit', () => {
  const machine = { peak: 1e11, bandwidths };
  expect(rooflinePoint({ operations: 2e6, bytes: 1e6 }, 1e-3, machine)).toEqual({
    intensity: 2,
    operationsPerSecond: 2e9,
    limit: 2e10,
    binds: 'reading',
  });
  expect(rooflinePoint({ operations: 1e8, bytes: 1e6 }, 1e-2, machine)).toMatchObject({
    limit: 1e11,
    binds: 'arithmetic',
  });
});

test('a larger amount is never read faster', async () => {
  const sizes = [2 ** 14, 2 ** 18, 2 ** 22];
  const measured = await measureBandwidth(sizes);
  expect(measured.map(({ bytes }) => bytes)).toEqual(sizes);
  const speeds = measured.map(({ bytesPerSecond }) => bytesPerSecond);
  expect(speeds).toEqual([...speeds].sort((a, b) => b - a));
  for (const speed of speeds) {
    expect(speed).toBeGreaterThan(1e7);
    expect(speed).toBeLessThan(1e13);
  }
});
