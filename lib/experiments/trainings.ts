import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { withProgress } from '#lib/report/progress';
import type { TrainingCase } from '#lib/training/cases';
import { runTrainings } from '#lib/training/runTraining';
import type { TrainingRecord } from '#lib/training/trainingRecord';

/** {@link runTrainings} with a progress display; stops when the user interrupts it, and goes on when run again. */
export function trainingsWithProgress(
  title: string,
  cases: readonly TrainingCase[],
  { network, spec }: TrainedModel,
  dataset: Dataset,
  { threads }: { threads: number },
): Promise<TrainingRecord[]> {
  return withProgress(`${spec.name}: ${title}, ${cases.length} cases`, 'steps', (onProgress) =>
    interruptible((signal) =>
      runTrainings(cases, { dataset, trained: network }, { threads, onProgress, signal }),
    ),
  );
}
