import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dominates, paretoFront } from '#lib/sensitivity/pareto';

const points = fc.array(fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)), { minLength: 1 });

test('no point of the front is dominated, and every other one is, by one of the front', () => {
  fc.assert(
    fc.property(points, (all) => {
      const front = paretoFront(all, (point) => point);
      expect(front.length).toBeGreaterThan(0);
      for (const point of all) {
        const beaten = front.some((other) => dominates(other, point));
        expect(beaten).toBe(!front.includes(point));
      }
    }),
  );
});

test('small and slow, large and fast: both are on the front, what is worse than one of them is not', () => {
  const all = [
    { name: 'small', costs: [1, 5] },
    { name: 'fast', costs: [4, 2] },
    { name: 'as small, slower', costs: [1, 6] },
    { name: 'between', costs: [3, 3] },
    { name: 'fast again', costs: [4, 2] },
  ];
  expect(paretoFront(all, ({ costs }) => costs).map(({ name }) => name)).toEqual([
    'small',
    'fast',
    'between',
    'fast again',
  ]);
});
