import { measuredOn, today } from '#lib/hardware/measuredOn';
import type { Dataset } from '#lib/loaders/dataset';
import { tfjsBackend } from '#lib/models/backend';
import { trainingName, type TrainingCase } from '#lib/training/cases';
import type { TrainingResult } from '#lib/training/trainCase';
import {
  trainingRecords,
  type TrainingKey,
  type TrainingRecord,
} from '#lib/training/trainingRecord';

/** Where trainings are done: a record counts for the same backend and machine. */
export type TrainingPlace = Pick<TrainingKey, 'backend' | 'machine'>;

export async function trainingPlace(): Promise<TrainingPlace> {
  const { label: backend } = await tfjsBackend();
  const { machine } = await measuredOn();
  return { backend, machine };
}

export interface RunTrainingsOptions {
  readonly place: TrainingPlace;
  /** Does a training, here or in another process (see `trainCase`). All are asked for at once, in order. */
  readonly train: (one: TrainingCase) => Promise<TrainingResult>;
  /** Where records are kept; `build/trainings` if left out. */
  readonly directory?: string;
}

/**
 * Has the trainings of some cases done, and keeps each when it is finished. A training that was done before,
 * on this data and machine, is read from its record: what was interrupted goes on where it stopped.
 *
 * @returns one record for each case, in their order
 * @throws Error if a training fails, with its name; those that are finished by then are kept
 */
export function runTrainings(
  cases: readonly TrainingCase[],
  { name, origin, checksum }: Pick<Dataset, 'name' | 'origin' | 'checksum'>,
  { place, train, directory }: RunTrainingsOptions,
): Promise<TrainingRecord[]> {
  const records = trainingRecords(directory);
  return Promise.all(
    cases.map(async (one) => {
      const key = { case: one, data: { name, origin, checksum }, ...place };
      const known = records.find(key);
      if (known) return known;
      const result = await train(one).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${trainingName(one)}: ${reason}`, { cause: error });
      });
      return records.save({ ...key, ...result, date: today() });
    }),
  );
}
