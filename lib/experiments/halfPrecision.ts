/** Trainings in float16 and bfloat16 against float32: rows, figures, findings and claims. */
import { mean } from 'simple-statistics';
import { correctCount } from '#lib/evaluation/accuracy';
import {
  comparePredictions,
  significance,
  type PairedComparison,
} from '#lib/evaluation/significance';
import { pairedCells } from '#lib/experiments/comparison';
import type { Dataset } from '#lib/loaders/dataset';
import { sizeMB } from '#lib/models/cost';
import { layerWidths } from '#lib/models/spec';
import { claim } from '#lib/report/claim';
import { pText, percent, signed, significant } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';
import { arithmeticName, type MixedPrecisionCase } from '#lib/training/cases';
import { nonZero, shareBelow, type GradientCounts } from '#lib/training/gradientCounts';
import { smallestNormal, smallestSubnormal } from '#lib/training/numberFormat';
import { totalBytes, trainingMemory } from '#lib/training/trainingMemory';
import { predictionsOf, type TrainingRecord } from '#lib/training/trainingRecord';

/** One model, trained in each arithmetic; the first is float32. */
export interface HalfPrecision {
  readonly dataset: Dataset;
  readonly runs: readonly HalfPrecisionRun[];
}

export interface HalfPrecisionRun {
  readonly case: MixedPrecisionCase;
  readonly record: TrainingRecord;
  readonly gradients: NonNullable<TrainingRecord['gradients']>;
  /** Class chosen for each test example, by the arithmetic of the training. */
  readonly predictions: Uint8Array;
}

/** @throws Error if a record is of another kind of training */
export function halfPrecision(records: readonly TrainingRecord[], dataset: Dataset): HalfPrecision {
  const runs = records.map((record): HalfPrecisionRun => {
    const { case: one, gradients } = record;
    if (one.kind !== 'mixed precision' || !gradients) {
      throw new Error(`a record of ${one.kind} has no place among those of mixed precision`);
    }
    return { case: one, record, gradients, predictions: predictionsOf(record, one.format) };
  });
  return { dataset, runs };
}

/** Steps over which the loss at the end is averaged. */
const lastSteps = 50;

function lastLoss({ record }: HalfPrecisionRun): number {
  return mean(record.losses.slice(-lastSteps).map((loss) => loss ?? NaN));
}

function against(
  first: HalfPrecisionRun,
  run: HalfPrecisionRun,
  dataset: Dataset,
): PairedComparison {
  return comparePredictions(first.predictions, run.predictions, dataset.test.labels);
}

/** Accuracy and loss of each arithmetic; differences are to float32, example by example. */
export function accuracyRows({ dataset, runs }: HalfPrecision): Row[] {
  const { labels } = dataset.test;
  return runs.map((run, i) => {
    const correct = correctCount(run.predictions, labels);
    return {
      Model: run.case.spec.name,
      Arithmetic: arithmeticName(run.case),
      'Steps left out': run.record.skipped.length,
      [`Loss, last ${lastSteps} steps`]: lastLoss(run),
      'Accuracy (%)': percent(correct, labels.length),
      ...(i > 0 && pairedCells(against(runs[0], run, dataset))),
    };
  });
}

const tensors = ['weights', 'activations'] as const;

/** What becomes of the gradients' entries in the format, in ten of the steps. */
export function gradientRows({ runs }: HalfPrecision): Row[] {
  return runs.flatMap((run) =>
    run.case.masterWeights
      ? tensors.map((of): Row => {
          const counts = run.gradients[of];
          const all = nonZero(counts);
          return {
            Model: run.case.spec.name,
            Arithmetic: arithmeticName(run.case),
            'Gradients of': of,
            'Entries other than 0': all,
            'Become 0 (%)': percent(counts.zeroed, all),
            'Subnormal (%)': percent(counts.subnormal, all),
            Infinite: counts.infinite,
          };
        })
      : [],
  );
}

/** Median time of a step, which in this emulation is no time of a GPU. */
export function timeRows({ runs }: HalfPrecision): Row[] {
  const [float32] = runs;
  return runs.map(({ case: one, record }) => ({
    Model: one.spec.name,
    Arithmetic: arithmeticName(one),
    'Step, median (ms)': significant(record.stepMilliseconds, 3),
    'Times as long': (record.stepMilliseconds / float32.record.stepMilliseconds).toFixed(2),
  }));
}

const kept = [
  { name: 'float32', format: 'float32', masterWeights: true },
  { name: '16 bits, float32 master weights', format: 'float16', masterWeights: true },
  { name: '16 bits, no master weights', format: 'float16', masterWeights: false },
] as const;

/** What a training keeps, computed from shapes, in MB. */
export function memoryRows({ dataset, runs }: HalfPrecision, batchSizes: readonly number[]): Row[] {
  const { spec } = runs[0].case;
  const widths = layerWidths(spec, dataset.train.features.width);
  const megabytes = (bytes: number): string => (bytes > 0 ? significant(sizeMB(bytes), 3) : '0');
  return batchSizes.flatMap((batchSize) =>
    kept.map(({ name, ...arithmetic }): Row => {
      const memory = trainingMemory(widths, batchSize, arithmetic);
      return {
        Model: spec.name,
        Batch: batchSize,
        Arithmetic: name,
        'Weights (MB)': megabytes(memory.weights),
        'Master weights (MB)': megabytes(memory.masterWeights),
        'Gradients (MB)': megabytes(memory.gradients),
        'Adam (MB)': megabytes(memory.optimizer),
        'Activations (MB)': megabytes(memory.activations),
        'Sum (MB)': megabytes(totalBytes(memory)),
      };
    }),
  );
}

function find({ runs }: HalfPrecision, name: string): HalfPrecisionRun {
  const run = runs.find(({ case: one }) => arithmeticName(one) === name);
  if (!run) throw new Error(`${name} was not trained`);
  return run;
}

/** What vanishes without a scale and with one, in sentences. */
export function underflowFindings(experiment: HalfPrecision): string[] {
  const [plain, scaled] = ['float16', 'float16, scaled'].map((name) => find(experiment, name));
  const [float32] = experiment.runs;
  const { name } = float32.case.spec;
  const share = (of: (typeof tensors)[number], bound: number, factor = 1): string =>
    percentage(shareBelow(float32.gradients[of], bound, factor));
  const [subnormal, normal] = [smallestSubnormal('float16'), smallestNormal('float16')];
  const [first] = scaled.record.lossScales;
  return [
    `${name}: of the gradients that float32 computes, ${share('weights', normal)} of those of weights and ` +
      `${share('activations', normal)} of those of activations are below the normal numbers of float16 ` +
      `(2⁻¹⁴), and ${share('weights', subnormal)} and ${share('activations', subnormal)} below its ` +
      `smallest number (2⁻²⁴), up to which those above 2⁻²⁵ are rounded. Times ${thousands(first)}, ${share('weights', normal, first)} and ` +
      `${share('activations', normal, first)} are below the normal numbers.`,
    `${name}: in float16 without scaling ${reduced(plain.gradients.weights)} of the weight gradients become 0 ` +
      `or subnormal, with scaling ${reduced(scaled.gradients.weights)}; of activation gradients ` +
      `${reduced(plain.gradients.activations)} and ${reduced(scaled.gradients.activations)}.`,
  ];
}

/** How the factor of the loss moved, in a sentence. */
export function lossScaleFinding(experiment: HalfPrecision): string {
  const { case: one, record } = find(experiment, 'float16, scaled');
  const { lossScales: scales, skipped } = record;
  const [first, last] = [scales[0], scales[scales.length - 1]];
  return (
    `${one.spec.name}: the scale went from ${thousands(first)} to ${thousands(last)}, at most ` +
    `${thousands(Math.max(...scales))}; steps left out because a gradient overflowed: ` +
    `${skipped.length} of ${scales.length}.`
  );
}

function reduced(counts: GradientCounts): string {
  return percentage(reducedShare(counts));
}

/** Share of the entries other than 0 that become 0 or subnormal. */
function reducedShare(counts: GradientCounts): number {
  return (counts.zeroed + counts.subnormal) / nonZero(counts);
}

/** Which arithmetic differs from float32, and how, in sentences. */
export function accuracyFindings({ dataset, runs }: HalfPrecision): string[] {
  const [float32, ...others] = runs;
  const { spec, steps } = float32.case;
  const compared = others.map((run) => ({
    name: arithmeticName(run.case),
    ...against(float32, run, dataset),
  }));
  // Of several comparisons one is below the usual level by chance: each gets its share (Bonferroni).
  const level = significance / others.length;
  const telling = compared.filter(({ pValue }) => pValue < level);
  const least = Math.min(...compared.map(({ pValue }) => pValue));
  const largest = Math.max(...compared.map(({ changed, total }) => (100 * changed) / total));
  const losses = runs.map(lastLoss);
  const verdict =
    telling.length === 0
      ? 'no arithmetic differs significantly from float32 in accuracy'
      : 'the accuracy differs significantly from float32 for ' +
        new Intl.ListFormat('en-GB').format(
          telling.map(({ name, difference }) => `${name} (${signed(difference)} points)`),
        );
  return [
    `${spec.name}: after ${steps} steps ${verdict} (McNemar, level ${significance} for the ` +
      `${others.length} comparisons together, ${level.toFixed(2)} for each; least p: ` +
      `${pText(least)}); at most ${largest.toFixed(2)} % of the predictions are others.`,
    `${spec.name}: the mean loss of the last ${lastSteps} steps is ${losses[0].toFixed(4)} in float32 and ` +
      `${Math.min(...losses.slice(1)).toFixed(4)} to ${Math.max(...losses.slice(1)).toFixed(4)} in the others.`,
  ];
}

/** How much longer the emulation takes, in a sentence. */
export function timeFinding({ runs }: HalfPrecision): string {
  const [float32, ...others] = runs;
  const times = others.map(
    ({ record }) => record.stepMilliseconds / float32.record.stepMilliseconds,
  );
  return (
    `${float32.case.spec.name}: the emulated formats take ${Math.min(...times).toFixed(2)} to ` +
    `${Math.max(...times).toFixed(2)} times as long as float32, since every number is computed in ` +
    'float32 and then rounded. It says nothing of hardware that has the formats.'
  );
}

/**
 * Makes the claims about scaling: no more entries become 0 or subnormal with it, and on real data the
 * interval of the difference between float16 with scaling and master weights and float32 reaches above −1
 * point: a loss of more than a point is not proved.
 */
export function claimHalfPrecision(experiment: HalfPrecision): void {
  const [plain, scaled] = ['float16', 'float16, scaled'].map((name) => find(experiment, name));
  const { dataset, runs } = experiment;
  const { name } = scaled.case.spec;
  for (const of of tensors) {
    const [without, withScale] = [plain, scaled].map(({ gradients }) =>
      reducedShare(gradients[of]),
    );
    claim(
      withScale <= without,
      `${name}: with scaling ${percentage(withScale)} of the gradients of ${of} become 0 or subnormal`,
      `no more than without, ${percentage(without)}`,
    );
  }
  if (dataset.origin !== 'real') return;
  const { difference, interval } = against(runs[0], scaled, dataset);
  const [low, high] = interval.map((end) => signed(end));
  claim(
    interval[1] >= -1,
    `${name}: float16 scaled against float32 ${signed(difference)} points (95 %: ${low} to ${high})`,
    'an interval that reaches above −1 point',
  );
}

function percentage(share: number): string {
  const value = 100 * share;
  return `${value === 0 || value >= 0.1 ? value.toFixed(1) : '< 0.1'} %`;
}

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
