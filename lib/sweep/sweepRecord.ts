import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { caseName, type SweepCase, type SweepProtocol } from '#lib/sweep/cases';
import { forms, type Form } from '#lib/sweep/squareModel';
import { writeWhole } from '#lib/wholeFile';

const microseconds = z.number().positive();

/** What is left of the timing of one form. */
const formLatencySchema = z.object({
  meanMicroseconds: microseconds,
  stdMicroseconds: z.number().nonnegative(),
  medianMicroseconds: microseconds,
  p95Microseconds: microseconds,
  n: z.number().int().positive(),
});

const count = z.number().int().positive();

const sweepRecordSchema = z.object({
  case: z.object({ width: count, depth: count, batchSize: count, threads: count }),
  protocol: z.object({ runs: count, runMilliseconds: count, runCalls: count }),
  engine: z.string().min(1),
  machine: z.string().min(1),
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
}

/** Where the records of sweeps are kept, seen from the root of the repository. */
const sweepDirectory = join('build', 'sweep');

function recordPath(key: SweepKey, directory: string): string {
  const all = [key.case, key.protocol, key.engine, key.machine, forms];
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 12);
  return join(directory, `${caseName(key.case)}-${hash}.json`);
}

/**
 * Keeps a record, written in one piece, so that an interruption leaves no half of one.
 *
 * @returns the record as kept, without what belongs to no record
 */
export function saveSweepRecord(record: SweepRecord, directory = sweepDirectory): SweepRecord {
  const kept = sweepRecordSchema.parse(record);
  writeWhole(recordPath(kept, directory), `${JSON.stringify(kept, null, 1)}\n`);
  return kept;
}

/** The record of exactly this measurement, if it was made before. A damaged one counts as none. */
export function findSweepRecord(
  key: SweepKey,
  directory = sweepDirectory,
): SweepRecord | undefined {
  const path = recordPath(key, directory);
  if (!existsSync(path)) return undefined;
  try {
    return sweepRecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    console.warn(`${path} is damaged: this case is measured anew.`);
    return undefined;
  }
}

/** Median time of a call of the float32 form over that of another: above 1 the other is faster. */
export function speedUp({ latency }: SweepRecord, form: Form): number {
  return latency.float32.medianMicroseconds / latency[form].medianMicroseconds;
}
