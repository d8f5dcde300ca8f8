import { join } from 'node:path';
import { z } from 'zod';
import { halves, precisions, type Assignment } from '#lib/sensitivity/assignment';
import type { SensitivityProtocol } from '#lib/sensitivity/cases';
import { recordStore, type RecordStore } from '#lib/records/recordStore';
import { formLatencySchema } from '#lib/sweep/sweepRecord';

const count = z.number().int().positive();

const sensitivityRecordSchema = z.object({
  /** Name of the model, as in `ModelSpec`. */
  model: z.string().min(1),
  /** SHA-256 (hex) of the model with all layers alike, in each treatment: weights, ranges, quantizers. */
  recipe: z.string().min(1),
  /** SHA-256 (hex) of the data. */
  data: z.string().min(1),
  assignment: z.array(z.enum([...precisions, ...halves])).readonly(),
  protocol: z.object({
    runs: count,
    runMilliseconds: count,
    runCalls: count,
    batchSizes: z.array(count).readonly(),
  }),
  threads: count,
  engine: z.string().min(1),
  machine: z.string().min(1),
  sizeBytes: count,
  /** Class chosen for each test example, a digit each. */
  predictions: z.string().regex(/^\d+$/),
  /** Mean divergence of the probabilities from those of float32, nats: see `meanDivergence`. */
  divergence: z.number().nonnegative(),
  /** Of all logits, dB: see `quantizationError`; null where they are those of float32, to the bit. */
  sqnr: z.number().nullable(),
  /** Of the output of the layer, where one alone is quantized. */
  layerSqnr: z.number().nullable(),
  /** For each batch size; none where there is no kernel to be timed. */
  latency: z
    .array(z.object({ batchSize: count, own: formLatencySchema, float32: formLatencySchema }))
    .readonly(),
  /** Day of the measurement, `2026-01-31`. */
  date: z.string(),
});

/** One assignment, measured. It was timed in turns with the float32 model. */
export type SensitivityRecord = z.infer<typeof sensitivityRecordSchema>;

/** All that a measurement depends on. */
export interface SensitivityKey {
  readonly model: string;
  readonly recipe: string;
  readonly data: string;
  readonly assignment: Assignment;
  readonly protocol: SensitivityProtocol;
  readonly threads: number;
  readonly engine: string;
  readonly machine: string;
}

/** Where these records are kept, seen from the root of the repository. */
const sensitivityDirectory = join('build', 'sensitivity');

/** Records of assignments, one file each. */
export function sensitivityRecords(
  directory = sensitivityDirectory,
): RecordStore<SensitivityKey, SensitivityRecord> {
  return recordStore(directory, {
    schema: sensitivityRecordSchema,
    name: ({ model, assignment }) =>
      [model, ...assignment.map((treatment) => treatment.replaceAll(' ', '-'))].join('.'),
    dependsOn: ({ model, recipe, data, assignment, protocol, threads, engine, machine }) => [
      ...[model, recipe, data, assignment, protocol],
      ...[threads, engine, machine],
    ],
  });
}
