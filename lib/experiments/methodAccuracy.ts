/** What equalization, bias correction and AdaRound do to models, computed side by side. */
import { modelLogits } from '#lib/evaluation/session';
import { methodNames, type MethodTarget } from '#lib/experiments/methodResults';
import type { MethodRecord } from '#lib/experiments/methodReport';
import { withWorkers } from '#lib/experiments/workers';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { equalize } from '#lib/quantizers/corrections/equalization';

/**
 * {@link methodResults} of several models, with a progress display: two processes share the work. Stops
 * when the user interrupts it.
 *
 * @param examples for calibration; their seed is AdaRound's as well
 */
export function methodsSideBySide(
  models: readonly (readonly [TrainedModel, Dataset])[],
  targets: readonly MethodTarget[],
  examples: CalibrationExamples,
): Promise<MethodRecord[]> {
  return withWorkers('Better than min-max', 'networks', (run) =>
    Promise.all(
      models.map(async ([{ model }, dataset]) => {
        const { train, test } = dataset;
        const drawn = calibrationBatches(train.features, examples);
        const common = {
          model,
          equalized: equalize(model),
          batches: Array.from(drawn, (batch) => batch.slice()),
          test,
          testLogits: await modelLogits(model, test.features, { batchSize: 64 }),
          seed: examples.seed,
        };
        const parts = await Promise.all(
          targets.map((target) => run('methodResults', { ...common, target })),
        );
        const results = methodNames.flatMap((name) =>
          parts.flatMap((part) => part.filter(({ method }) => method === name)),
        );
        return { dataset, results };
      }),
    ),
  );
}
