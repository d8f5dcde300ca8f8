import { expect, test } from 'vitest';
import { bins, maxAlpha } from '#lib/quantizers/corrections/rectifiedSigmoid';
import { roundingOptimizer } from '#lib/quantizers/corrections/roundingOptimizer';
import { seededRandom, uniform } from '#lib/random';

const count = 203; // no whole number of vectors
const random = seededRandom(33);
const draw = (low: number, high: number): Float32Array =>
  Float32Array.from({ length: count }, () => uniform(random, low, high));

/** In the middle of bins, where the tables hold what the formulas give; a few beyond the last. */
const alphas = Float32Array.from({ length: count }, (_, i) => {
  if (i % 20 === 0) return i % 40 === 0 ? 7 : -3;
  return (((Math.floor(uniform(random, 0, bins)) + 0.5) / bins) * 2 - 1) * maxAlpha;
});
const problem = { alphas, scale: 0.07, fractions: draw(0, 1) };
const ofError = draw(-3, 3);
const [rows, lambda, learningRate] = [40, 0.01, 0.1];

const sigmoid = (alpha: number): number => 1 / (1 + Math.exp(-alpha));
const h = (alpha: number): number => Math.min(Math.max(1.2 * sigmoid(alpha) - 0.1, 0), 1);
const betas = [
  { progress: 0, beta: undefined },
  { progress: 0.19, beta: undefined },
  { progress: 0.2, beta: 20 },
  { progress: 0.6, beta: 11 },
  { progress: 1, beta: 2 },
];

/** The gradient of the loss as printed in the paper, in float64. */
function lossGradient(i: number, beta?: number): number {
  const u = 2 * h(alphas[i]) - 1;
  const slope = 1.2 * sigmoid(alphas[i]) * (1 - sigmoid(alphas[i]));
  // d/dh of λ (1 − |2h − 1|^β)
  const regularization =
    beta === undefined ? 0 : -lambda * beta * Math.abs(u) ** (beta - 1) * 2 * Math.sign(u);
  const byH = (2 / rows) * ofError[i] * problem.scale + regularization;
  return Math.abs(u) < 1 ? byH * slope : 0;
}

test.each(betas)(
  'a step as in the formulas, at $progress of all steps',
  async ({ progress, beta }) => {
    const optimizer = await roundingOptimizer(problem, { learningRate });
    expect(optimizer.alphas).toEqual(alphas);
    optimizer.changes.forEach((change, i) => {
      expect(change).toBeCloseTo(problem.scale * (h(alphas[i]) - problem.fractions[i]), 6);
    });

    optimizer.gradient.set(ofError);
    optimizer.step({ rows, progress, lambda });
    optimizer.gradient.forEach((gradient, i) => {
      expect(gradient).toBeCloseTo(lossGradient(i, beta), 6);
    });
    optimizer.alphas.forEach((alpha, i) => {
      // Adam's first step is one of the learning rate.
      const expected = alphas[i] - learningRate * Math.sign(lossGradient(i, beta));
      if (Math.abs(lossGradient(i, beta)) > 1e-5) expect(alpha).toBeCloseTo(expected, 3);
      // Between the middles of two bins the rounding is that of the nearer one.
      const change = problem.scale * (h(alpha) - problem.fractions[i]);
      expect(Math.abs(optimizer.changes[i] - change)).toBeLessThan(0.0008 * problem.scale);
    });
  },
);

test('follows Adam as printed, over many steps', async () => {
  const optimizer = await roundingOptimizer(problem, { learningRate });
  const [p, m, v] = [Float64Array.from(alphas), new Float64Array(count), new Float64Array(count)];
  for (let step = 1; step <= 50; step++) {
    optimizer.gradient.set(draw(-3, 3));
    optimizer.step({ rows, progress: step / 50, lambda });
    optimizer.gradient.forEach((g, i) => {
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const root = Math.sqrt(v[i] / (1 - 0.999 ** step));
      p[i] -= (learningRate * (m[i] / (1 - 0.9 ** step))) / (root + 1e-8);
    });
  }
  optimizer.alphas.forEach((alpha, i) => {
    expect(alpha).toBeCloseTo(p[i], 3);
  });
});

test('reads within its tables also where an α is no number', async () => {
  const nothing = new Float32Array(count).fill(NaN);
  const optimizer = await roundingOptimizer({ ...problem, alphas: nothing }, { learningRate });
  optimizer.step({ rows, progress: 1, lambda });
  optimizer.changes.forEach((change, i) => {
    expect(change).toBeCloseTo(-problem.scale * problem.fractions[i], 6); // as in the first bin
  });
});
