import { expect, test } from 'vitest';
import { minMaxObserver, movingAverageObserver } from '#lib/quantizers/observers/observer';
import { minMax } from '#lib/mapping/valueRange';

const batches = [Float32Array.of(0, 1, -2), Float32Array.of(5, 3), Float32Array.of(-4)];

test('min-max keeps the extremes, in whatever order they come', () => {
  const [forward, backward] = [batches, batches.toReversed()].map((order) => {
    const { observe, range } = minMaxObserver();
    order.forEach(observe);
    return range();
  });
  expect(forward).toEqual({ min: -4, max: 5 });
  expect(backward).toEqual(forward);
});

test('the moving average takes a hundredth of each new batch', () => {
  // By hand, as torch.ao.quantization.MovingAverageMinMaxObserver: x + 0.01 (new - x).
  const { observe, range } = movingAverageObserver();
  batches.forEach(observe);
  expect(range().min).toBeCloseTo((-2 + 0.01 * (3 + 2)) * 0.99 + 0.01 * -4, 10);
  expect(range().max).toBeCloseTo((1 + 0.01 * (5 - 1)) * 0.99 + 0.01 * -4, 10);
});

test.each([minMaxObserver, movingAverageObserver])('%o refuses what has no range', (observer) => {
  expect(() => observer().range()).toThrow('no values were observed');
  expect(() => {
    observer().observe(Float32Array.of(1, NaN));
  }).toThrow('value 1 is NaN');
});

test('no values range from 0 to 0', () => {
  expect(minMax(new Float32Array(0))).toEqual({ min: 0, max: 0 });
});
