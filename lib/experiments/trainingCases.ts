import { withWorkers } from '#lib/experiments/workers';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import type { TrainingCase } from '#lib/training/cases';
import { runTrainings, trainingPlace } from '#lib/training/runTraining';
import type { TrainingRecord } from '#lib/training/trainingRecord';

/** Cases of one model. */
export interface ModelTrainings {
  readonly cases: readonly TrainingCase[];
  /** The trained model, from which fine-tuning starts. */
  readonly model: TrainedModel;
  readonly dataset: Dataset;
}

/**
 * {@link runTrainings} of several models, with a progress display: two processes share the work, with one
 * thread each. Stops when the user interrupts it, and goes on when run again.
 *
 * @param threads of the inference engine
 * @returns the records of each model
 */
export async function trainingsWithProgress(
  title: string,
  models: readonly ModelTrainings[],
  { threads }: { readonly threads: number },
): Promise<TrainingRecord[][]> {
  const place = await trainingPlace();
  const names = models.map(({ model }) => model.spec.name).join(', ');
  return withWorkers(`${names}: ${title}`, 'steps', (run) =>
    Promise.all(
      models.map(({ cases, model, dataset }) => {
        const input = { dataset, trained: model.network };
        return runTrainings(cases, dataset, {
          place,
          train: (one) => run('trainCase', { one, input, threads }),
        });
      }),
    ),
  );
}
