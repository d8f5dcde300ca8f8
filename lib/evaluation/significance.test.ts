import { describe, expect, it, test } from 'vitest';
import { comparePredictions, mcnemar, wilsonInterval } from '#lib/evaluation/significance';

/** Predictions of two classifiers with so many gains and losses, of `total` examples of class 0. */
function predictions(gains: number, losses: number, total: number): [Uint8Array, Uint8Array] {
  const first = new Uint8Array(total);
  const other = new Uint8Array(total);
  first.fill(1, 0, gains);
  other.fill(1, gains, gains + losses);
  return [first, other];
}

describe('mcnemar', () => {
  // statsmodels 0.15.0: mcnemar([[0, gains], [losses, 0]], exact=True).pvalue
  it.each([
    [0, 1, 1],
    [3, 9, 0.14599609375],
    [10, 25, 0.016673847800120715],
    [0, 12, 0.00048828125],
    [400, 500, 0.0009564441369189373],
    [1200, 1000, 2.1817026407914194e-5],
    [4000, 4100, 0.2713310871439323],
  ])('%i gains and %i losses', (gains, losses, expected) => {
    expect(mcnemar(gains, losses) / expected).toBeCloseTo(1, 8);
    expect(mcnemar(losses, gains)).toBe(mcnemar(gains, losses));
  });

  it('finds no difference where there is none', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(7, 7)).toBe(1);
  });
});

// Newcombe, Statistics in Medicine 17 (1998), table I, method 3
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("Wilson's interval of %i in %i", (seen, count, low, high) => {
  expect(wilsonInterval(seen / count, count)).toEqual([
    expect.closeTo(low, 4),
    expect.closeTo(high, 4),
  ]);
  const [rest] = wilsonInterval(1 - seen / count, count);
  expect(rest).toBeCloseTo(1 - high, 4);
});

describe('comparePredictions', () => {
  it('counts what changed, and which changes tell', () => {
    const labels = Uint8Array.of(0, 1, 2, 3, 4, 5);
    const first = Uint8Array.of(0, 1, 9, 9, 4, 9);
    const other = Uint8Array.of(0, 9, 2, 8, 4, 5);
    expect(comparePredictions(first, other, labels)).toMatchObject({
      total: 6,
      changed: 4,
      gains: 2,
      losses: 1,
      difference: 100 / 6,
      pValue: 1,
    });
  });

  /*
   * SciPy 1.17.1, d = np.r_[np.ones(gains), -np.ones(losses), np.zeros(total - gains - losses)]:
   * scipy.stats.bootstrap((d,), np.mean, n_resamples=100_000, method='percentile', random_state=1),
   * times 100. Neighbouring values of the difference are 100 / total apart.
   */
  it.each([
    [3, 9, 872, -1.4909, 0.1147],
    [10, 25, 10_000, -0.27, -0.04],
    [30, 20, 872, -0.4587, 2.7523],
    [0, 4, 400, -2, -0.25],
    [900, 1500, 10_000, -6.96, -5.05],
  ])(
    'gives the bootstrap interval of %i gains and %i losses of %i',
    (gains, losses, total, ...ends) => {
      const labels = new Uint8Array(total);
      const { interval } = comparePredictions(...predictions(gains, losses, total), labels);
      const width = ends[1] - ends[0];
      ends.forEach((end, i) => {
        expect(Math.abs(interval[i] - end)).toBeLessThan(0.05 * width + 1e-4);
      });
    },
  );

  it('is the same for the same seed, and without width where nothing tells', () => {
    const labels = new Uint8Array(500);
    const [first, other] = predictions(20, 30, 500);
    expect(comparePredictions(first, other, labels)).toEqual(
      comparePredictions(first, other, labels),
    );
    expect(comparePredictions(first, first, labels)).toMatchObject({
      interval: [0, 0],
      pValue: 1,
    });
  });

  it('refuses predictions of other examples', () => {
    const [first, other] = predictions(1, 1, 10);
    expect(() => comparePredictions(first, other, new Uint8Array(9))).toThrow(
      '10 and 10 predictions for 9 labels',
    );
  });
});
