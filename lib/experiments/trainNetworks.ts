import { withWorkers } from '#lib/experiments/workers';
import type { Dataset } from '#lib/loaders/dataset';
import { trainedModel, type TrainedModel } from '#lib/models/checkpoint';
import type { ModelSpec } from '#lib/models/spec';

/** A model that {@link trainSideBySide} gives, trained now or before. */
export interface ModelToTrain {
  readonly spec: ModelSpec;
  readonly dataset: Dataset;
  readonly seed: number;
}

/**
 * {@link trainedModel} for each case, with a progress display; what is not in `build/models` is trained by
 * two processes with one thread each. A thread alone adds in one order, so the number of cores changes no
 * bit. Stops when the user interrupts it.
 */
export function trainSideBySide(cases: readonly ModelToTrain[]): Promise<TrainedModel[]> {
  const names = [...new Set(cases.map(({ spec }) => spec.name))].join(', ');
  const seeds = [...new Set(cases.map(({ seed }) => seed))].join(', ');
  const title = `Training ${names}, seed ${seeds}`;
  return withWorkers(title, 'steps', (run) =>
    Promise.all(
      cases.map(({ spec, dataset, seed }) =>
        trainedModel(spec, dataset, {
          seed,
          training: () => run('train', { spec, dataset, seed }),
        }),
      ),
    ),
  );
}
