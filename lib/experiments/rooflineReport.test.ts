import { expect, test } from 'vitest';
import { rooflineFigure } from '#lib/experiments/rooflineFigures';
import {
  gainByBatchFinding,
  rooflineFindings,
  rooflineRows,
  type HeldAgainst,
} from '#lib/experiments/rooflineReport';

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
  expect(peaks).toContain('good to about 5 % each');
  expect(peaks).toContain('int8 can be about 2.5 times as fast here, and not much more');
  expect(memory).toBe(
    'The nearer limit is reading for mnist float32 B1: 50 % of it is reached. Where it is half or ' +
      'less, other work takes half of the time or more.',
  );
  expect(arithmetic).toContain(
    'The nearer limit is arithmetic for mnist dynamic int8 B64: 90 % of it is reached. The rest goes to',
  );
  expect(rooflineRows(points)[0]).toMatchObject({ 'Gop/s': '3.00', 'Of the limit (%)': 50 });
});

test('does not hide that a limit was exceeded', () => {
  const [, memory] = rooflineFindings([{ ...points[0], operationsPerSecond: 9e9 }], machine);
  expect(memory).toContain('150 % of it is reached. More than all of it');
});

test('has no rest to explain at or above a limit', () => {
  const [reading] = points;
  const sentence = (...shares: number[]): string =>
    rooflineFindings(
      shares.map((share) => ({ ...reading, operationsPerSecond: share * reading.limit })),
      machine,
    )[1];
  expect(sentence(1.03)).toContain('103 % of it is reached. What is above 100 %');
  expect(sentence(1.03)).not.toContain('The rest');
  expect(sentence(0.91, 1.03)).toContain('91 to 103 %');
  expect(sentence(0.91, 1.03)).toContain('is off by. The rest goes to the call');
});

test('says what int8 gains at each batch size', () => {
  const at = (form: HeldAgainst['form'], batchSize: number, microseconds: number): HeldAgainst => ({
    ...points[batchSize === 1 ? 0 : 1],
    ...{ form, batchSize, microseconds },
  });
  const four = [at('float32', 1, 90), at('dynamic int8', 1, 40)];
  const batch = [at('float32', 64, 2000), at('dynamic int8', 64, 500)];
  expect(gainByBatchFinding([...four, ...batch])).toBe(
    'Dynamic int8 is 2.3 (mnist) times as fast as float32 at batch 1, where the nearer limit is reading; ' +
      '4.0 (mnist) times as fast as float32 at batch 64, where the nearer limit is arithmetic.',
  );
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
