import { mean, sampleStandardDeviation } from 'simple-statistics';
import { evaluateModel, type Accuracy } from '#lib/evaluation/accuracy';
import { comparePredictions } from '#lib/evaluation/significance';
import { interruptible } from '#lib/interruption';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Observer } from '#lib/quantizers/observers/observer';
import { quantizeStatic, type StaticOptions } from '#lib/quantizers/staticInt8';
import { pairedCells } from '#lib/experiments/comparison';
import type { Curve } from '#lib/report/curveFigures';
import { percent } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/** One way to quantize statically. */
export interface StaticCase extends CalibrationExamples, StaticOptions {
  /** Min-max if left out. */
  readonly observer?: () => Observer;
}

/**
 * Calibrates, quantizes and evaluates a model in each of several ways.
 *
 * @returns accuracy and predictions on the test split, for each case in its order
 */
export function staticAccuracies(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  cases: readonly StaticCase[],
): Promise<Accuracy[]> {
  return withProgress(`Static int8 of ${spec.name}, ${cases.length} ways`, 'models', (progress) =>
    interruptible(async (signal) => {
      const accuracies: Accuracy[] = [];
      for (const way of cases) {
        const batches = calibrationBatches(dataset.train.features, way);
        const ranges = await calibrate(model, batches, { observer: way.observer, signal });
        const quantized = quantizeStatic(model, ranges, way);
        accuracies.push(await evaluateModel(quantized, dataset.test, { batchSize: 64 }));
        progress(accuracies.length, cases.length);
      }
      return accuracies;
    }),
  );
}

/** A way to quantize with the cells that name it in a table. */
export interface NamedCase {
  readonly name: Row;
  readonly way: StaticCase;
}

/** Each way as a row of a table: its accuracy, and its predictions against those of float32. */
export async function staticRows(
  trained: TrainedModel,
  dataset: Dataset,
  cases: readonly NamedCase[],
): Promise<Row[]> {
  const float32 = await evaluateModel(trained.model, dataset.test, { batchSize: 64 });
  const ways = cases.map(({ way }) => way);
  const accuracies = await staticAccuracies(trained, dataset, ways);
  return accuracies.map(({ correct, total, predictions }, i) => ({
    Model: trained.spec.name,
    ...cases[i].name,
    'Accuracy (%)': percent(correct, total),
    ...pairedCells(comparePredictions(float32.predictions, predictions, dataset.test.labels)),
  }));
}

/** Mean and spread of the accuracy at a number of calibration examples. */
export interface CountRow extends Row {
  readonly Data: string;
  readonly Examples: number;
  readonly 'Mean accuracy (%)': number;
  /** Percentage points. */
  readonly 'Against float32': number;
  readonly 'Std (points)': number;
}

/**
 * A row for each number of calibration examples.
 *
 * @param accuracies of equally many draws for each of the numbers, in their order
 */
export function countRows(
  dataset: Dataset,
  counts: readonly number[],
  accuracies: readonly Accuracy[],
  float32: Pick<Accuracy, 'correct' | 'total'>,
): CountRow[] {
  const draws = accuracies.length / counts.length;
  const inPercent = ({ correct, total }: typeof float32): number => (100 * correct) / total;
  return counts.map((examples, i) => {
    const drawn = accuracies.slice(draws * i, draws * (i + 1)).map(inPercent);
    return {
      Data: datasetLabel(dataset),
      Examples: examples,
      'Mean accuracy (%)': mean(drawn),
      'Against float32': mean(drawn) - inPercent(float32),
      'Std (points)': sampleStandardDeviation(drawn),
    };
  });
}

/** Accuracy against float32 by the number of calibration examples. */
export function countCurve(dataset: Dataset, rows: readonly CountRow[]): Curve {
  const points = rows.filter(({ Data }) => Data === datasetLabel(dataset));
  return {
    name: datasetLabel(dataset),
    x: points.map(({ Examples }) => Examples),
    y: points.map((row) => row['Against float32']),
  };
}
