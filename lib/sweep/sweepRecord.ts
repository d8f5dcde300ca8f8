import { join } from 'node:path';
import { z } from 'zod';
import { caseName, type SweepCase, type SweepProtocol } from '#lib/sweep/cases';
import { recordStore, type RecordStore } from '#lib/records/recordStore';
import { forms, type Form } from '#lib/sweep/squareModel';
import { latencySchema } from '#lib/timers/summary';

/** What a record keeps of the timing of one form. */
export const formLatencySchema = latencySchema.omit({ batchSize: true, runsMicroseconds: true });

const count = z.number().int().positive();

/** See `SweepProtocol`. */
export const sweepProtocolSchema = z.object({
  runs: count,
  runMilliseconds: count,
  runCalls: count,
  spreadLimit: z.number().positive(),
});

const sweepRecordSchema = z.object({
  case: z.object({ width: count, depth: count, batchSize: count, threads: count }),
  protocol: sweepProtocolSchema,
  engine: z.string().min(1),
  machine: z.string().min(1),
  /** See {@link SweepKey}. */
  recipe: z.string().min(1),
  /** Of one call, by form. */
  latency: z.record(z.enum(forms), formLatencySchema),
  /** A call that does no arithmetic on as many numbers. */
  overhead: formLatencySchema,
  /** Day of the measurement, `2026-01-31`. */
  date: z.string(),
});

/**
 * One case of the sweep, measured. Its forms are one measurement, as they were timed in turns: they can be
 * compared with each other even where the machine was slower in another hour.
 */
export type SweepRecord = z.infer<typeof sweepRecordSchema>;

/** All that a measurement depends on. */
export interface SweepKey {
  readonly case: SweepCase;
  readonly protocol: SweepProtocol;
  readonly engine: string;
  readonly machine: string;
  /** Hash of models made as those timed, so that what changes in their making makes other records. */
  readonly recipe: string;
}

/** Where the records of sweeps are kept, seen from the root of the repository. */
const sweepDirectory = join('build', 'sweep');

/** Records of sweeps, one file a case. */
export function sweepRecords(directory = sweepDirectory): RecordStore<SweepKey, SweepRecord> {
  return recordStore(directory, {
    schema: sweepRecordSchema,
    name: (key) => caseName(key.case),
    dependsOn: (key) => [key.case, key.protocol, key.engine, key.machine, key.recipe],
  });
}

/** Median time of a call of the float32 form over that of another: above 1 the other is faster. */
export function speedUp({ latency }: SweepRecord, form: Form): number {
  return latency.float32.medianMicroseconds / latency[form].medianMicroseconds;
}
