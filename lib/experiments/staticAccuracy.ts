import { evaluate, type Accuracy } from '#lib/evaluation/accuracy';
import { openSession } from '#lib/evaluation/session';
import { comparePredictions } from '#lib/evaluation/significance';
import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Observer } from '#lib/quantizers/observers/observer';
import { quantizeStatic, type StaticOptions } from '#lib/quantizers/staticInt8';
import { pairedCells } from '#lib/experiments/comparison';
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
  { threads }: { threads: number },
): Promise<Accuracy[]> {
  return withProgress(`Static int8 of ${spec.name}, ${cases.length} ways`, 'models', (progress) =>
    interruptible(async (signal) => {
      const accuracies: Accuracy[] = [];
      for (const way of cases) {
        const batches = calibrationBatches(dataset.train.features, way);
        const ranges = await calibrate(model, batches, {
          observer: way.observer,
          threads,
          signal,
        });
        accuracies.push(await accuracyOf(quantizeStatic(model, ranges, way), dataset, threads));
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
  { threads }: { threads: number },
): Promise<Row[]> {
  const float32 = await accuracyOf(trained.model, dataset, threads);
  const ways = cases.map(({ way }) => way);
  const accuracies = await staticAccuracies(trained, dataset, ways, { threads });
  return accuracies.map(({ correct, total, predictions }, i) => ({
    Model: trained.spec.name,
    ...cases[i].name,
    'Accuracy (%)': percent(correct, total),
    ...pairedCells(comparePredictions(float32.predictions, predictions, dataset.test.labels)),
  }));
}

async function accuracyOf(
  model: Uint8Array,
  { test }: Dataset,
  threads: number,
): Promise<Accuracy> {
  const session = await openSession(model, { threads });
  const accuracy = await evaluate(session, test, { batchSize: 64 });
  await session.release();
  return accuracy;
}
