/** A timing for tests. */
import type { LatencySummary } from '#lib/timers/summary';

/** Calls that all took as long, µs. */
export function exampleLatency(
  microseconds: number,
): Omit<LatencySummary, 'batchSize' | 'runsMicroseconds'> {
  return {
    meanMicroseconds: microseconds,
    stdMicroseconds: 0,
    medianMicroseconds: microseconds,
    p95Microseconds: microseconds,
    n: 10,
  };
}
