import type { LatencySummary } from '#lib/timers/summary';

/** Greatest standard deviation between the runs of some timings, as a share of their mean. */
export function greatestSpread(
  timings: readonly Pick<LatencySummary, 'meanMicroseconds' | 'stdMicroseconds'>[],
): number {
  return Math.max(
    ...timings.map(({ stdMicroseconds, meanMicroseconds }) => stdMicroseconds / meanMicroseconds),
  );
}
