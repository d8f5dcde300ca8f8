import { expect, test } from 'vitest';
import { summarise } from '#lib/timers/summary';

test('means of runs, their sample deviation, and the median of single calls', () => {
  expect(summarise(64, [[1, 3], [2, 2, 14], [4]])).toMatchObject({
    batchSize: 64,
    runsMicroseconds: [2, 6, 4],
    meanMicroseconds: 4,
    stdMicroseconds: 2, // sqrt((4 + 4 + 0) / 2), not sqrt(8 / 3)
    medianMicroseconds: 2.5,
    n: 6,
  });
});

test('95 of 100 calls are at most as long as p95', () => {
  const calls = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
  const { p95Microseconds } = summarise(1, [calls.slice(0, 50), calls.slice(50)]);
  expect(calls.filter((call) => call <= p95Microseconds)).toHaveLength(95);
});

test('one run has no spread', () => {
  expect(() => summarise(1, [[1, 2, 3]])).toThrow('at least two runs');
  expect(() => summarise(1, [[1], []])).toThrow('at least one timed call');
});
