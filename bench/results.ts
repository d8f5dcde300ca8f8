/** What a benchmark gives: as JSON, and what tables and figures are made of. */
import { z } from 'zod';
import { listedSchema } from '#bench/protocol';
import type { Ratio } from '#bench/ratio';
import { readJson } from '#lib/jsonFile';

const microseconds = z.number().positive();
const net = z.enum(['mnist', 'sst2']);
const threads = z.number().int().positive();

export type Net = z.infer<typeof net>;

const timingSchema = listedSchema.extend({
  /** Who was timed: `ours`, or the name of a peer. */
  side: z.string(),
  net,
  threads,
  batch: z.number().int().positive(),
  /** Median of `roundMedians`, and of `roundP95s`: a round counts as one, however many calls fit in. */
  medianMicroseconds: microseconds,
  p95Microseconds: microseconds,
  calls: z.number().int().positive(),
  /** Median and 95th percentile of each round. */
  roundMedians: z.array(microseconds).readonly(),
  roundP95s: z.array(microseconds).readonly(),
});

/** Times of one contender in one setting. */
export type Timing = z.infer<typeof timingSchema>;

const ratio: z.ZodType<Ratio> = z.object({
  value: z.number().positive(),
  interval: z.tuple([z.number(), z.number()]).readonly(),
});

const comparisonSchema = z.object({
  net,
  case: listedSchema.shape.case,
  threads,
  batch: z.number().int().positive(),
  ours: timingSchema,
  theirs: timingSchema,
  /** Whether no configuration of ours is faster in this case, whatever it reads. */
  isOurBest: z.boolean(),
  median: ratio,
  p95: ratio,
});

/** Our best configuration against a peer's best, theirs ÷ ours. */
export type Comparison = z.infer<typeof comparisonSchema>;

const absenceSchema = z.object({
  side: z.string(),
  /** What of it is missing: a configuration; all of it if left out. */
  what: z.string().optional(),
  reason: z.string(),
});

/** Someone who takes no part, and why. */
export type Absence = z.infer<typeof absenceSchema>;

const memorySchema = z.object({
  side: z.string(),
  net,
  threads,
  /** Largest resident set of the process with all of its forms of the network loaded, bytes. */
  peakBytes: z.number().positive(),
});

export type Memory = z.infer<typeof memorySchema>;

const resultsSchema = z.object({
  /** Day of the measurement, `2026-01-31`. */
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a day such as 2026-01-31'),
  machine: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Data of each net: `MNIST`, or `generated sample (MNIST)`. */
  data: z.partialRecord(net, z.string()),
  /** Whether any data is generated. */
  generated: z.boolean(),
  /** Fewer and shorter rounds: a look, not a measurement. */
  quick: z.boolean(),
  rounds: z.number().int().positive(),
  timings: z.array(timingSchema).readonly(),
  comparisons: z.array(comparisonSchema).readonly(),
  absent: z.array(absenceSchema).readonly(),
  memory: z.array(memorySchema).readonly(),
});

export type BenchResults = z.infer<typeof resultsSchema>;

/**
 * Reads what `npm run bench -- --json` wrote.
 *
 * @throws Error that names the file and what is wrong with it
 */
export function readResults(file: string): BenchResults {
  return readJson(
    file,
    resultsSchema,
    (reason) =>
      `${file} does not hold results of this benchmark: ${reason}\n` +
      'Make them with npm run bench -- --json results.json.',
  );
}
