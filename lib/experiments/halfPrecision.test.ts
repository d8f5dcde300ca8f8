import { expect, test, vi } from 'vitest';
import {
  accuracyFindings,
  accuracyRows,
  claimHalfPrecision,
  gradientRows,
  halfPrecision,
  memoryRows,
  lossScaleFinding,
  underflowFindings,
  type HalfPrecision,
} from '#lib/experiments/halfPrecision';
import { halfPrecisionLossFigure } from '#lib/experiments/halfPrecisionFigures';
import type { Dataset } from '#lib/loaders/dataset';
import { mnistModel } from '#lib/models/spec';
import { mixedPrecisionCases } from '#lib/training/cases';
import { noGradients } from '#lib/training/gradientCounts';
import type { TrainingRecord } from '#lib/training/trainingRecord';

const total = 200;
const features = { kind: 'dense', width: 400, values: new Float32Array() } as const;
const split = { features, labels: new Uint8Array(total) };
const name = 'MNIST';
const dataset: Dataset = {
  name,
  origin: 'real',
  classes: 10,
  train: split,
  test: split,
  checksum: '',
};

/** A training of which the first so many predictions are right, and so many gradients of 100 vanish. */
function record(one: TrainingRecord['case'], right: number, zeroed: number): TrainingRecord {
  const counts = { ...noGradients(), zeroed };
  counts.exponents[127 - 20] = 100;
  const text = '0'.repeat(right) + '1'.repeat(total - right);
  const format = one.kind === 'mixed precision' ? one.format : '';
  return {
    case: one,
    data: { name, origin: 'real', checksum: '' },
    backend: 'example',
    machine: 'Example CPU, 2 cores',
    losses: Array.from({ length: 4 }, () => 0.5),
    lossScales: [1, 65536, 32768, 32768],
    skipped: [2],
    stepMilliseconds: 10,
    gradients: { weights: counts, activations: counts },
    predictions: { [format]: text },
    date: '2026-01-31',
  };
}

function experiment(rights: readonly number[], zeroed: readonly number[]): HalfPrecision {
  const cases = mixedPrecisionCases(mnistModel, { steps: 4, seed: 1 });
  return halfPrecision(
    cases.map((one, i) => record(one, rights[i], zeroed[i])),
    dataset,
  );
}

const equal = [190, 190, 190, 190, 190, 190];
const vanishing = [0, 0, 30, 1, 0, 1];

test('differences are significant only at the level of all comparisons together', () => {
  // Six losses without a gain: p = 0.031, less than 0.05, and more than a fifth of it.
  const [chance] = accuracyFindings(experiment([190, 190, 190, 184, 190, 190], vanishing));
  expect(chance).toContain('no arithmetic differs significantly');
  expect(chance).toContain('least p: 0.031');
  const [telling] = accuracyFindings(experiment([190, 190, 190, 170, 190, 190], vanishing));
  expect(telling).toContain(
    'differs significantly from float32 for float16, scaled (−10.00 points)',
  );
});

test('sentences name what vanishes, and what scaling keeps', () => {
  const [float32, formats] = underflowFindings(experiment(equal, vanishing));
  expect(float32).toContain('100.0 % of those of weights');
  expect(float32).toContain('0.0 % and 0.0 % below its smallest number');
  expect(formats).toContain(
    '30.0 % of the weight gradients become 0 or subnormal, with scaling 1.0 %',
  );
  expect(lossScaleFinding(experiment(equal, vanishing))).toContain(
    'at most 65,536; steps left out because a gradient overflowed: 1 of 4.',
  );
});

test('beside the losses stands how far each is from that of float32', () => {
  const losses = [0.5, 0.4, 0.3, 0.2];
  const cases = mixedPrecisionCases(mnistModel, { steps: 4, seed: 1 });
  const records = cases.map((one, i) => ({
    ...record(one, 190, 0),
    losses: losses.map((loss) => loss + i / 100),
  }));
  const { data } = halfPrecisionLossFigure(halfPrecision(records, dataset));
  expect(data).toHaveLength(2 * cases.length);
  cases.forEach((_, i) => {
    for (const apart of (data[cases.length + i] as { y: number[] }).y) {
      expect(apart).toBeCloseTo(i / 100);
    }
  });
});

test('rows for every arithmetic; gradients where there are master weights; memory for 16 bits once', () => {
  const rows = accuracyRows(experiment(equal, vanishing));
  expect(rows.map(({ Arithmetic }) => Arithmetic)).toEqual([
    'float32',
    'bfloat16',
    'float16',
    'float16, scaled',
    'bfloat16, no master weights',
    'float16, scaled, no master weights',
  ]);
  expect(rows[0]).toMatchObject({ 'Accuracy (%)': '95.00', 'Steps left out': 1 });
  expect(gradientRows(experiment(equal, vanishing))).toHaveLength(8);
  expect(memoryRows(experiment(equal, vanishing), [64])).toHaveLength(3);
});

test('claims fail where scaling harms, or accuracy is lost on real data', () => {
  vi.stubEnv('LAB_CLAIMS', 'strict');
  expect(() => {
    claimHalfPrecision(experiment(equal, vanishing));
  }).not.toThrow();
  expect(() => {
    claimHalfPrecision(experiment(equal, [0, 0, 1, 30, 0, 0]));
  }).toThrow(/with scaling .* of the gradients of weights become 0 or subnormal/);
  expect(() => {
    claimHalfPrecision(experiment([190, 190, 190, 150, 190, 190], vanishing));
  }).toThrow('−20.00 points');
  // Five lost of 200 are 2.5 points, and may be none: the interval ends above one point.
  expect(() => {
    claimHalfPrecision(experiment([190, 190, 190, 185, 190, 190], vanishing));
  }).not.toThrow();
  vi.unstubAllEnvs();
});

test('records of another kind are refused', () => {
  const one = {
    kind: 'fine-tuning',
    spec: mnistModel,
    steps: 1,
    learningRate: 1,
    seed: 1,
  } as const;
  expect(() => halfPrecision([record(one, 1, 1)], dataset)).toThrow('fine-tuning has no place');
});
