import { evaluate, type Accuracy } from '#lib/evaluation/accuracy';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Observer } from '#lib/quantizers/observer';
import { quantizeStatic, type StaticOptions } from '#lib/quantizers/staticInt8';
import { withProgress } from '#lib/report/progress';

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
        const session = await openSession(quantizeStatic(model, ranges, way), { threads });
        accuracies.push(await evaluate(session, dataset.test, { batchSize: 64 }));
        await session.release();
        progress(accuracies.length, cases.length);
      }
      return accuracies;
    }),
  );
}
