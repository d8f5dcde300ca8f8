import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { integerRange } from '#lib/mapping/integerRange';
import { pytorchMapping } from '#lib/mapping/pytorchMapping';
import { entropyObserver } from '#lib/quantizers/observers/entropyObserver';
import { histogramObserver } from '#lib/quantizers/observers/histogramObserver';
import {
  minMaxObserver,
  movingAverageObserver,
  type StatefulObserver,
} from '#lib/quantizers/observers/observer';
import type { ValueRange } from '#lib/mapping/valueRange';
import { restoreObserver } from '#lib/quantizers/observers/observerState';
import { percentileObserver } from '#lib/quantizers/observers/percentileObserver';
import onnxruntime from './goldens/observers.json';
import pytorch from '../../mapping/goldens/pytorch.json';

function rangeOf(observer: StatefulObserver, batches: readonly ArrayLike<number>[]): ValueRange {
  for (const batch of batches) observer.observe(Float32Array.from(batch));
  return observer.range();
}

/** As float32, without a negative zero. */
function ends({ min, max }: ValueRange): number[] {
  return [Math.fround(min) + 0, Math.fround(max) + 0];
}

describe.each(onnxruntime)('$name', ({ batches, ranges }) => {
  test.each(ranges)("is ONNX Runtime's: $method $bins $percentile $symmetric", (setting) => {
    const { method, bins, percentile, symmetric, quantizedBins, range } = setting;
    const observer =
      method === 'entropy'
        ? entropyObserver({ bins, quantizedBins, binning: 'onnxruntime' })
        : percentileObserver({ bins, percentile, symmetric, binning: 'onnxruntime' });
    const [low, high] = range.map(Math.fround);
    // Where it ends below all values, ONNX Runtime's range is upside down; ours is its upper end.
    expect(ends(rangeOf(observer, batches))).toEqual([Math.min(low, high) + 0, high + 0]);
  });

  test('is nearly that when streamed', () => {
    const magnitude = Math.max(...batches.flat().map(Math.abs));
    for (const { method, bins, percentile, symmetric, range } of ranges) {
      if (method !== 'percentile') continue;
      const { min, max } = rangeOf(percentileObserver({ percentile, symmetric }), batches);
      const tolerance = magnitude * (2 / bins + 4 / 4096) + 1e-30; // a bin of each
      expect(Math.abs(min - Math.min(...range))).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(max - range[1])).toBeLessThanOrEqual(tolerance);
    }
  });
});

test('entropy cuts an outlier off, which it can not with as many bins as integers', () => {
  const { batches } = onnxruntime[3];
  expect(rangeOf(entropyObserver(), batches).max).toBeLessThan(10);
  expect(rangeOf(entropyObserver({ bins: 128, quantizedBins: 128 }), batches).max).toBe(50);
});

describe.each(pytorch.observers)('$name', ({ bins, batches, ...recorded }) => {
  test("the extremes are PyTorch's", () => {
    expect(ends(rangeOf(minMaxObserver(), batches))).toEqual(recorded.minMax.map(Math.fround));
  });

  test("the histogram's range is PyTorch's, and its reduced mapping", () => {
    const range = rangeOf(histogramObserver({ bins }), batches);
    expect(ends(range)).toEqual(recorded.histogram.map(Math.fround));
    const uint7 = integerRange({ bits: 7, signed: false });
    const { scale, zeroPoint } = pytorchMapping(range, uint7, 'affine');
    expect([scale, zeroPoint]).toEqual([Math.fround(recorded.reduced[0]), recorded.reduced[1]]);
  });

  test("the moving average is PyTorch's, but for rounding", () => {
    const { min, max } = rangeOf(movingAverageObserver(), batches);
    expect(min).toBeCloseTo(recorded.movingAverage[0], 5);
    expect(max).toBeCloseTo(recorded.movingAverage[1], 5);
  });
});

/** Kinds whose outcome depends on the order of batches, and the others. */
const ordered: [string, () => StatefulObserver][] = [
  ['moving-average', movingAverageObserver],
  ['histogram', () => histogramObserver({ bins: 32 })],
];
const unordered: [string, () => StatefulObserver][] = [
  ['min-max', minMaxObserver],
  ...(['streaming', 'onnxruntime'] as const).flatMap(
    (binning): [string, () => StatefulObserver][] => [
      [`percentile, ${binning}`, () => percentileObserver({ percentile: 95, bins: 64, binning })],
      [
        `percentile of both sides, ${binning}`,
        () => percentileObserver({ percentile: 90, bins: 64, symmetric: false, binning }),
      ],
      [`entropy, ${binning}`, () => entropyObserver({ bins: 64, quantizedBins: 16, binning })],
    ],
  ),
];

const scaled = fc
  .tuple(
    fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 30 }),
    fc.integer({ min: -20, max: 3 }),
  )
  .map(([numbers, exponent]) => Float32Array.from(numbers, (x) => x * 2 ** exponent));
const someBatches = fc
  .array(scaled, { minLength: 1, maxLength: 5 })
  .filter((batches) => batches.some(({ length }) => length > 0));

/** What is left when JSON is written and read. */
function stored(observer: StatefulObserver): unknown {
  return JSON.parse(JSON.stringify(observer.state()));
}

/** The search of `histogram` takes 100,000 steps. */
const few = { numRuns: 25 };

describe.each(unordered)('%s', (_, makeObserver) => {
  test('gives the same range in whatever order batches come, and however they are shared out', () => {
    fc.assert(
      fc.property(someBatches, fc.nat({ max: 5 }), (batches, cut) => {
        const all = makeObserver();
        const range = rangeOf(all, batches);
        expect(rangeOf(makeObserver(), batches.toReversed())).toEqual(range);
        const [first, second] = [makeObserver(), makeObserver()];
        batches.slice(0, cut).forEach(first.observe);
        batches.slice(cut).forEach(second.observe);
        const other = second.state();
        first.merge(other);
        expect(first.range()).toEqual(range);
        expect(first.state()).toEqual(all.state());
        first.observe(Float32Array.of(3));
        expect(second.state()).toEqual(other);
      }),
    );
  });
});

test('a moving average goes on from another as if it had seen all batches itself', () => {
  fc.assert(
    fc.property(someBatches, fc.nat({ max: 5 }), (batches, cut) => {
      const all = movingAverageObserver();
      const range = rangeOf(all, batches);
      const [first, second] = [movingAverageObserver(), movingAverageObserver()];
      batches.slice(0, cut).forEach(first.observe);
      batches.slice(cut).forEach(second.observe);
      first.merge(second.state());
      expect(first.range().min).toBeCloseTo(range.min, 8);
      expect(first.range().max).toBeCloseTo(range.max, 8);
      first.merge(second.state());
      batches.slice(cut).forEach(all.observe);
      expect(first.range().max).toBeCloseTo(all.range().max, 8);
    }),
  );
});

test('histograms of the same range add up, and others keep all their values', () => {
  fc.assert(
    fc.property(someBatches, someBatches, (some, others) => {
      const ends = Float32Array.of(-8000, 8000); // beyond all values
      const [first, second, all] = [1, 2, 3].map(() => histogramObserver({ bins: 32 }));
      [ends, ...some].forEach(first.observe);
      [ends, ...others].forEach(second.observe);
      [ends, ...some, ends, ...others].forEach(all.observe);
      first.merge(second.state());
      expect(first.state()).toEqual(all.state());

      const narrow = histogramObserver({ bins: 32 });
      some.forEach(narrow.observe);
      const before = countOf(narrow);
      narrow.merge(second.state());
      expect(countOf(narrow)).toBeCloseTo(before + countOf(second), 3);
      expect(narrow.state().seen).toMatchObject({ min: -8000, max: 8000 });
    }),
    few,
  );
});

function countOf(histogram: StatefulObserver): number {
  const { seen } = histogram.state();
  return seen && 'counts' in seen ? seen.counts.reduce((sum, count) => sum + count, 0) : 0;
}

describe.each([...ordered, ...unordered])('%s', (_, makeObserver) => {
  test('goes on from its state as if it had not been put aside', () => {
    fc.assert(
      fc.property(someBatches, fc.nat({ max: 5 }), (batches, cut) => {
        const before = makeObserver();
        batches.slice(0, cut).forEach(before.observe);
        const after = restoreObserver(stored(before));
        expect(stored(after)).toEqual(stored(before));
        const rest = batches.slice(cut).concat(Float32Array.of(0.5));
        expect(rangeOf(after, rest)).toEqual(rangeOf(before, rest));
      }),
      few,
    );
  });

  test('has a state that later values leave as it is', () => {
    const first = makeObserver();
    first.observe(Float32Array.of(1, -2));
    const state = first.state();
    const written = JSON.stringify(state);
    first.observe(Float32Array.of(5));
    expect(JSON.stringify(state)).toBe(written);
  });

  test('refuses what has no range', () => {
    expect(() => makeObserver().range()).toThrow('no values were observed');
    expect(() => {
      makeObserver().observe(Float32Array.of(1, NaN));
    }).toThrow('value 1 is NaN');
    expect(() => {
      makeObserver().observe(Float32Array.of(-Infinity));
    }).toThrow('value 0 is -Infinity');
  });
});

// ONNX Runtime ends a range at the lower edge of a bin, be it below all values.
const ownBinning = unordered.filter(([name]) => !name.endsWith('onnxruntime'));

describe.each([...ordered, ...ownBinning])('%s', (_, makeObserver) => {
  test('finds a range in any values, between 0 and those farthest from it', () => {
    fc.assert(
      fc.property(someBatches, (batches) => {
        const { min, max } = rangeOf(makeObserver(), batches);
        const all = rangeOf(minMaxObserver(), batches);
        const slack = 2 ** -20 * Math.max(-all.min, all.max); // float32 edges
        expect(min).toBeLessThanOrEqual(max);
        expect(min).toBeGreaterThanOrEqual(Math.min(all.min, 0) - slack);
        expect(max).toBeLessThanOrEqual(Math.max(all.max, 0) + slack);
      }),
      few,
    );
  });
});

describe.each([...ordered, ...ownBinning].filter(([name]) => name !== 'moving-average'))(
  '%s',
  (_, makeObserver) => {
    test.each([1, -5, 0, 1e-30, 3e38])('keeps a constant, %d', (constant) => {
      const { min, max } = rangeOf(makeObserver(), [Float32Array.of(constant, constant)]);
      expect([min, max]).toEqual([Math.fround(constant), Math.fround(constant)]);
    });
  },
);

test('a histogram says when values lie too far apart for it', () => {
  expect(() => {
    histogramObserver().observe(Float32Array.of(3e38, -3e38));
  }).toThrow('farther apart than float32 can say');
});

test('takes nothing over from other kinds or settings', () => {
  const observer = percentileObserver({ percentile: 99 });
  for (const other of [minMaxObserver(), percentileObserver({ percentile: 98 })]) {
    expect(() => {
      observer.merge(other.state());
    }).toThrow("can't take over");
  }
});

test('a percentile leaves out that share of the values', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i + 1);
  const { max } = rangeOf(percentileObserver({ percentile: 90 }), [values]);
  expect(max).toBeGreaterThanOrEqual(900);
  expect(max).toBeLessThan(900 + 2); // a bin is half a unit wide
  const both = rangeOf(percentileObserver({ percentile: 90, symmetric: false }), [values]);
  expect(both.min).toBeCloseTo(50, -1);
  expect(both.max).toBeCloseTo(950, -1);
});

test.each([
  [() => percentileObserver({ percentile: 101 }), 'percentile must be from 0 to 100'],
  [() => percentileObserver({ bins: 1000 }), 'bins must be a power of two'],
  [() => percentileObserver({ bins: 0, binning: 'onnxruntime' }), 'bins must be a positive'],
  [() => entropyObserver({ bins: 64 }), 'quantizedBins must be from 2 to 64'],
  [() => histogramObserver({ bins: 0.5 }), 'bins must be a positive'],
  [() => restoreObserver({ kind: 'average' }), 'This is no state of an observer'],
  [() => restoreObserver({ kind: 'min-max', seen: { min: 1 } }), 'seen.max'],
])('%o is refused', (make, message) => {
  expect(make).toThrow(message);
});
