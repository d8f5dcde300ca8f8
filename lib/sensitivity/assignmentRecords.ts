import { join } from 'node:path';
import { z } from 'zod';
import { halves, precisions, type Assignment } from '#lib/sensitivity/assignment';
import type { SensitivityProtocol } from '#lib/sensitivity/cases';
import { recordStore, type RecordStore } from '#lib/records/recordStore';
import { formLatencySchema, sweepProtocolSchema } from '#lib/sweep/sweepRecord';

const count = z.number().int().positive();

const measuredModel = {
  /** Name of the model, as in `ModelSpec`. */
  model: z.string().min(1),
  /** SHA-256 (hex) of the model with all layers alike, in each treatment: weights, ranges, quantizers. */
  recipe: z.string().min(1),
  /** SHA-256 (hex) of the data. */
  data: z.string().min(1),
  engine: z.string().min(1),
  machine: z.string().min(1),
};

const assignmentOfModel = {
  ...measuredModel,
  assignment: z.array(z.enum([...precisions, ...halves])).readonly(),
  /** Day of the measurement, `2026-01-31`. */
  date: z.string(),
};

const predictionRecordSchema = z.object({
  ...assignmentOfModel,
  sizeBytes: count,
  /** Class chosen for each test example, a digit each. */
  predictions: z.string().regex(/^\d+$/),
  /** Mean divergence of the probabilities from those of float32, nats: see `meanDivergence`. */
  divergence: z.number().nonnegative(),
  /** Of all logits, dB: see `quantizationError`; null where they are those of float32, to the bit. */
  sqnr: z.number().nullable(),
  /** Of the output of the layer, where one alone is quantized. */
  layerSqnr: z.number().nullable(),
});

/** Of a mixture and of the float32 model beside it, for each batch size. */
const latencySchema = z
  .array(z.object({ batchSize: count, own: formLatencySchema, float32: formLatencySchema }))
  .readonly();

const latencyRecordSchema = z.object({
  ...assignmentOfModel,
  protocol: sweepProtocolSchema.extend({ batchSizes: z.array(count).readonly() }),
  threads: count,
  latency: latencySchema,
  /** A second timing, where the first was suspicious: see `suspiciousTimings`. */
  again: latencySchema.optional(),
});

/** What a model with this assignment answers. */
export type PredictionRecord = z.infer<typeof predictionRecordSchema>;

/** How long it takes, timed in turns with the float32 model. */
export type LatencyRecord = z.infer<typeof latencyRecordSchema>;

/** All that the measurements of a model's assignments depend on in common. */
export type MeasuredModel = z.infer<z.ZodObject<typeof measuredModel>>;

/** All that answers depend on. */
export interface PredictionKey extends MeasuredModel {
  readonly assignment: Assignment;
}

/** All that a latency depends on. */
export interface LatencyKey extends PredictionKey {
  readonly protocol: SensitivityProtocol;
  readonly threads: number;
}

/** Where these records are kept, seen from the root of the repository. */
const sensitivityDirectory = join('build', 'sensitivity');

/** What assignments answer, one file each. */
export function predictionRecords(
  directory = sensitivityDirectory,
): RecordStore<PredictionKey, PredictionRecord> {
  return recordStore(directory, {
    schema: predictionRecordSchema,
    name: nameOf,
    dependsOn: answersDependOn,
  });
}

/** How long assignments take, one file each. */
export function latencyRecords(
  directory = sensitivityDirectory,
): RecordStore<LatencyKey, LatencyRecord> {
  return recordStore(directory, {
    schema: latencyRecordSchema,
    name: (key) => `${nameOf(key)}.latency`,
    dependsOn: (key) => [...answersDependOn(key), key.protocol, key.threads],
  });
}

function nameOf({ model, assignment }: PredictionKey): string {
  return [model, ...assignment.map((treatment) => treatment.replaceAll(' ', '-'))].join('.');
}

function answersDependOn({
  model,
  recipe,
  data,
  assignment,
  engine,
  machine,
}: PredictionKey): unknown[] {
  return [model, recipe, data, assignment, engine, machine];
}
