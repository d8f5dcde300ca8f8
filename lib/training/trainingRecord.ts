import { join } from 'node:path';
import { z } from 'zod';
import { recordStore, type RecordStore } from '#lib/records/recordStore';
import { trainingName, type TrainingCase } from '#lib/training/cases';

const count = z.number().int().nonnegative();
const gradientCountsSchema = z.object({
  exponents: z.array(count).length(256),
  zeroed: count,
  subnormal: count,
  infinite: count,
});

const trainingRecordSchema = z.object({
  /** The case, as it stands in `cases.ts`. */
  case: z.custom<TrainingCase>((value) => typeof value === 'object' && value !== null),
  data: z.object({
    name: z.enum(['MNIST', 'SST-2']),
    origin: z.enum(['real', 'generated']),
    checksum: z.string(),
  }),
  /** What trained it, as `tfjsBackend` labels it. */
  backend: z.string().min(1),
  machine: z.string().min(1),
  /** Mean cross-entropy (nats) of the batch of each step. */
  losses: z.array(z.number().nullable()),
  /** Factor of the loss in each step. */
  lossScales: z.array(z.number()),
  /** Steps that were left out, from 1. */
  skipped: z.array(count),
  /** Median time of a step, while another training ran beside it; 0 if there was none. */
  stepMilliseconds: z.number().nonnegative(),
  /** Gradients of ten of the steps: of weights, and of the inputs of layers and the logits. */
  gradients: z
    .object({ weights: gradientCountsSchema, activations: gradientCountsSchema })
    .optional(),
  /** Class chosen for each test example, a digit each, by what computed it: `float16`, `W4`, `W4, engine`. */
  predictions: z.record(z.string(), z.string().regex(/^\d+$/)),
  /** Day of the training, `2026-01-31`. */
  date: z.string(),
});

/** A training, and what its network says of the test examples. */
export type TrainingRecord = z.infer<typeof trainingRecordSchema>;

/** All that a training depends on. */
export type TrainingKey = Pick<TrainingRecord, 'case' | 'data' | 'backend' | 'machine'>;

/** Raised whenever `trainCase` comes to give or to time something else, so that what it gave before is not read. */
const trainer = 3;

/** Where records are kept, seen from the root of the repository. */
const trainingDirectory = join('build', 'trainings');

/** Records of trainings, one file a training. */
export function trainingRecords(
  directory = trainingDirectory,
): RecordStore<TrainingKey, TrainingRecord> {
  return recordStore(directory, {
    schema: trainingRecordSchema,
    name: (key) => trainingName(key.case),
    dependsOn: (key) => [key.case, key.data.checksum, key.backend, key.machine, trainer],
  });
}

/** Classes as a record keeps them, from 0 to 9. */
export function predictionText(classes: Uint32Array): string {
  return classes.join('');
}

/**
 * Classes from a record.
 *
 * @throws Error if nothing by this name predicted
 */
export function predictionsOf({ predictions }: TrainingRecord, name: string): Uint8Array {
  if (!(name in predictions)) {
    const names = Object.keys(predictions).join(', ');
    throw new Error(`nothing called ${name} predicted; there are: ${names}`);
  }
  return Uint8Array.from(predictions[name], Number);
}
