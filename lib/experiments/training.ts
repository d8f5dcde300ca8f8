import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import { trainedModel, type TrainedModel } from '#lib/models/checkpoint';
import type { ModelSpec } from '#lib/models/spec';
import { withProgress } from '#lib/report/progress';

/** {@link trainedModel} with a progress display; stops when the user interrupts it. */
export function trainWithProgress(
  spec: ModelSpec,
  dataset: Dataset,
  seed: number,
): Promise<TrainedModel> {
  return withProgress(`Training ${spec.name}, seed ${seed}`, 'steps', (progress) =>
    interruptible((signal) =>
      trainedModel(spec, dataset, {
        seed,
        signal,
        onStep: (step, steps, loss) => {
          progress(step, steps, `loss ${loss.toFixed(3)}`);
        },
      }),
    ),
  );
}
