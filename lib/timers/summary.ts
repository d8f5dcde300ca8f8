import { mean, median, quantile, sampleStandardDeviation } from 'simple-statistics';
import { z } from 'zod';

const microseconds = z.number().positive();

/** Latency of one model at one batch size. All times are microseconds for one call of the engine. */
export const latencySchema = z.object({
  /** Rows in one call. */
  batchSize: z.number().int().positive(),
  /** Mean time of a call in each run, in the order in which the runs were made. */
  runsMicroseconds: z.array(microseconds).min(2).readonly(),
  /** Mean of the runs. */
  meanMicroseconds: microseconds,
  /** Sample standard deviation (n - 1) between the runs. */
  stdMicroseconds: z.number().nonnegative(),
  /** Median over the single calls of all runs. */
  medianMicroseconds: microseconds,
  /** 95th percentile over the single calls of all runs. */
  p95Microseconds: microseconds,
  /** Single calls timed, all runs together. */
  n: z.number().int().positive(),
});

export type LatencySummary = Readonly<z.infer<typeof latencySchema>>;

/**
 * Sums up the times of single calls.
 *
 * @param runs times of the single calls of each run, microseconds; at least two runs, none empty
 * @throws Error if there are fewer than two runs or a run is empty
 */
export function summarise(batchSize: number, runs: readonly (readonly number[])[]): LatencySummary {
  if (runs.length < 2 || runs.some((times) => times.length === 0)) {
    throw new Error('a spread needs at least two runs, each with at least one timed call');
  }
  const means = runs.map((times) => mean([...times]));
  const calls = runs.flat();
  return {
    batchSize,
    runsMicroseconds: means,
    meanMicroseconds: mean(means),
    stdMicroseconds: sampleStandardDeviation(means),
    medianMicroseconds: median(calls),
    p95Microseconds: quantile(calls, 0.95),
    n: calls.length,
  };
}
