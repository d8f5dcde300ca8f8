import { mean, median, quantile, sampleStandardDeviation } from 'simple-statistics';

/** Latency of one model at one batch size. All times are microseconds for one call of the engine. */
export interface LatencySummary {
  /** Rows in one call. */
  readonly batchSize: number;
  /** Mean time of a call in each run, in the order in which the runs were made. */
  readonly runsMicroseconds: readonly number[];
  /** Mean of the runs. */
  readonly meanMicroseconds: number;
  /** Sample standard deviation (n - 1) between the runs. */
  readonly stdMicroseconds: number;
  /** Median over the single calls of all runs. */
  readonly medianMicroseconds: number;
  /** 95th percentile over the single calls of all runs. */
  readonly p95Microseconds: number;
  /** Single calls timed, all runs together. */
  readonly n: number;
}

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
