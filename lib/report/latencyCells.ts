import { plusMinus, significant } from '#lib/report/numbers';
import type { LatencySummary } from '#lib/timers/summary';

/**
 * Cells of a table for the latency of a call at a batch size, by the names of their columns: mean ± sample
 * standard deviation between runs, then median, both microseconds.
 *
 * @param measured left out if that batch size was not measured, which the cells then say
 */
export function latencyCells(
  batchSize: number,
  measured: LatencySummary | undefined,
): [mean: [string, string], median: [string, string]] {
  const name = `Latency B${batchSize} (µs)`;
  return [
    [
      `${name}, mean ± std`,
      measured ? plusMinus(measured.meanMicroseconds, measured.stdMicroseconds) : 'not measured',
    ],
    [`${name}, median`, measured ? significant(measured.medianMicroseconds, 3) : 'not measured'],
  ];
}
