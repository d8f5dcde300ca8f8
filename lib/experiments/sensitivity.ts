import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { withProgress } from '#lib/report/progress';
import { layerOutputs } from '#lib/sensitivity/assignment';
import { sensitivityCases } from '#lib/sensitivity/cases';
import { sensitivityOf, type Sensitivity } from '#lib/sensitivity/outcome';
import { runSensitivity, type SensitivityOptions } from '#lib/sensitivity/runSensitivity';

/** {@link runSensitivity} with a progress display; stops when the user interrupts it, and goes on when run again. */
export function sensitivityWithProgress(
  trained: TrainedModel,
  dataset: Dataset,
  options: Omit<SensitivityOptions, 'directory' | 'onProgress' | 'signal'>,
): Promise<Sensitivity> {
  const cases = sensitivityCases(layerOutputs(trained.model).length);
  const title = `Mixtures of ${trained.spec.name}: ${cases.length} cases`;
  return withProgress(title, 'parts', (onProgress) =>
    interruptible(async (signal) =>
      sensitivityOf(
        trained,
        dataset,
        await runSensitivity(trained, dataset, cases, { ...options, onProgress, signal }),
      ),
    ),
  );
}
