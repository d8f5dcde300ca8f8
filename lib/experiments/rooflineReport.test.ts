import { expect, test } from 'vitest';
import { rooflineFigure } from '#lib/experiments/rooflineFigures';
import { rooflineFindings, rooflineRows, type HeldAgainst } from '#lib/experiments/rooflineReport';

const machine = {
  peaks: { float32: 4e10, int8: 1e11 },
  bandwidths: [
    { bytes: 1e4, bytesPerSecond: 4e10 },
    { bytes: 1e8, bytesPerSecond: 1e10 },
  ],
};

const points: HeldAgainst[] = [
  {
    model: 'mnist',
    form: 'float32',
    batchSize: 1,
    microseconds: 1000,
    intensity: 0.5,
    operationsPerSecond: 3e9,
    limit: 6e9,
    binds: 'reading',
  },
  {
    model: 'mnist',
    form: 'dynamic int8',
    batchSize: 64,
    microseconds: 2000,
    intensity: 100,
    operationsPerSecond: 9e10,
    limit: 1e11,
    binds: 'arithmetic',
  },
];

test('says what binds, and how much of it is reached', () => {
  const [peaks, memory, arithmetic] = rooflineFindings(points, machine);
  expect(peaks).toContain("int8 can't be more than 2.5 times faster");
  expect(memory).toContain('Reading binds mnist float32 B1: what is reached is 50 % of the limit');
  expect(arithmetic).toContain('Arithmetic binds mnist dynamic int8 B64: what is reached is 90 %');
  expect(rooflineRows(points)[0]).toMatchObject({ 'Gop/s': '3.00', 'Of the limit (%)': 50 });
});

test('does not hide that a limit was exceeded', () => {
  const [, memory] = rooflineFindings([{ ...points[0], operationsPerSecond: 9e9 }], machine);
  expect(memory).toContain('what is reached is 150 % of the limit. More than all of it');
});

test('roofs rise with the intensity up to the ridge, and are flat after it', () => {
  const { data } = rooflineFigure(points, machine);
  // float32 from memory: 10 GB/s · 0.25 at the left end, the ridge at 4 operations a byte, the peak.
  expect(data[1]).toMatchObject({
    name: 'float32, memory',
    x: [0.25, 4, 200],
    y: [2.5, 40, 40],
  });
});
