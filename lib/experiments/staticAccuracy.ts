import { mean, sampleStandardDeviation } from 'simple-statistics';
import { evaluateModel, type Accuracy } from '#lib/evaluation/accuracy';
import { comparePredictions, significance } from '#lib/evaluation/significance';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate, type Ranges } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { quantizeStatic, type StaticOptions } from '#lib/quantizers/staticInt8';
import { pairedCells } from '#lib/experiments/comparison';
import type { Measured } from '#lib/experiments/measure';
import type { Curve } from '#lib/report/curveFigures';
import { percent, pText, signed } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/** One way to quantize statically: by ranges that are known, or those of min-max over some examples. */
export type StaticCase = StaticOptions & ({ readonly ranges: Ranges } | CalibrationExamples);

/** What a static model has right, and the ranges that it was quantized with. */
export interface StaticAccuracy extends Accuracy {
  readonly ranges: Ranges;
}

/**
 * Calibrates where needed, quantizes and evaluates a model in each of several ways.
 *
 * @returns accuracy and predictions on the test split, and the ranges, for each case in its order
 */
export function staticAccuracies(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  cases: readonly StaticCase[],
): Promise<StaticAccuracy[]> {
  return withProgress(
    `Static int8 of ${spec.name}, ${cases.length} ways`,
    'models',
    async (progress, signal) => {
      const accuracies: StaticAccuracy[] = [];
      for (const way of cases) {
        signal.throwIfAborted();
        const ranges =
          'ranges' in way
            ? way.ranges
            : await calibrate(model, calibrationBatches(dataset.train.features, way), { signal });
        const quantized = quantizeStatic(model, ranges, way);
        const accuracy = await evaluateModel(quantized, dataset.test, { batchSize: 64 });
        accuracies.push({ ...accuracy, ranges });
        progress(accuracies.length, cases.length);
      }
      return accuracies;
    },
  );
}

/**
 * Each way as a row of a table: its accuracy, and its predictions against those of float32.
 *
 * @param measured forms of the model, the first of them float32
 * @param names the cells that name the ways
 * @param results what the ways have right, in the same order
 */
export function staticRows(
  { records: [{ model }], predictions: [float32], labels }: Measured,
  names: readonly Row[],
  results: readonly Accuracy[],
): Row[] {
  return results.map(({ correct, total, predictions }, i) => ({
    Model: model,
    ...names[i],
    'Accuracy (%)': percent(correct, total),
    ...pairedCells(comparePredictions(float32, predictions, labels)),
  }));
}

/**
 * Whether a way has an accuracy that differs from that of float32 by more than chance, in a sentence.
 *
 * @param measured forms of the model, the first of them float32
 * @param results what the ways have right; all of them are held to one level (Bonferroni)
 */
export function staticFinding(
  { records: [{ model }], predictions: [float32], labels }: Measured,
  results: readonly Accuracy[],
): string {
  const pValues = results.map(
    ({ predictions }) => comparePredictions(float32, predictions, labels).pValue,
  );
  const differing = pValues.filter((pValue) => pValue < significance / results.length).length;
  return (
    `${model}: ${differing === 0 ? 'none' : differing} of the ${results.length} ${differing > 1 ? 'differ' : 'differs'} ` +
    `from float32 in accuracy by more than chance (McNemar, level ${significance} for them together; least p: ` +
    `${pText(Math.min(...pValues))}).`
  );
}

/** What static int8 does by a number of calibration examples, over several draws of them. */
export interface CountSummary {
  readonly data: string;
  readonly examples: number;
  /** Mean, percent. */
  readonly accuracy: number;
  /** Of the mean to float32, percentage points. */
  readonly difference: number;
  /** Sample standard deviation between the draws, percentage points. */
  readonly std: number;
  /** Greatest value of an activation, percent of that at the most examples: mean over activations and draws. */
  readonly reached: number;
}

/**
 * Sums up draws for each number of calibration examples.
 *
 * @param counts in rising order
 * @param results of equally many draws for each of the numbers, in their order
 */
export function countSummaries(
  dataset: Dataset,
  counts: readonly number[],
  results: readonly StaticAccuracy[],
  float32: Pick<Accuracy, 'correct' | 'total'>,
): CountSummary[] {
  const draws = results.length / counts.length;
  const groups = counts.map((_, i) => results.slice(draws * i, draws * (i + 1)));
  const inPercent = ({ correct, total }: typeof float32): number => (100 * correct) / total;
  const end = (group: readonly StaticAccuracy[], tensor: string): number =>
    mean(group.map(({ ranges }) => ranges.get(tensor)?.max ?? NaN));
  const most = groups[groups.length - 1];
  return groups.map((group, i) => {
    const accuracies = group.map(inPercent);
    const shares = Array.from(most[0].ranges.keys(), (name) => end(group, name) / end(most, name));
    return {
      data: datasetLabel(dataset),
      examples: counts[i],
      accuracy: mean(accuracies),
      difference: mean(accuracies) - inPercent(float32),
      std: sampleStandardDeviation(accuracies),
      reached: 100 * mean(shares),
    };
  });
}

/** A row for each number of calibration examples. */
export function countRows(summaries: readonly CountSummary[]): Row[] {
  const most = Math.max(...summaries.map(({ examples }) => examples)).toLocaleString('en-US');
  return summaries.map(({ data, examples, accuracy, difference, std, reached }) => ({
    Data: data,
    Examples: examples,
    'Mean accuracy (%)': accuracy.toFixed(2),
    'Against float32 (points)': signed(difference),
    'Std of draws (points)': std.toFixed(2),
    [`Greatest activations (% of those of ${most})`]: reached.toFixed(1),
  }));
}

/** Accuracy against float32 by the number of calibration examples: a curve for each data set. */
export function countCurves(summaries: readonly CountSummary[]): Curve[] {
  return [...new Set(summaries.map(({ data }) => data))].map((name) => {
    const points = summaries.filter(({ data }) => data === name);
    return {
      name,
      x: points.map(({ examples }) => examples),
      y: points.map(({ difference }) => difference),
      intervals: points.map(({ difference, std }) => [difference - std, difference + std] as const),
    };
  });
}
