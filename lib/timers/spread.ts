import type { LatencySummary } from '#lib/timers/summary';

/**
 * Standard deviation between the runs of a timing, as a share of their mean, beyond which something is
 * taken to have disturbed it.
 */
export const spreadLimit = 0.15;

/** Greatest standard deviation between the runs of some timings, as a share of their mean. */
export function greatestSpread(
  timings: readonly Pick<LatencySummary, 'meanMicroseconds' | 'stdMicroseconds'>[],
): number {
  return Math.max(
    ...timings.map(({ stdMicroseconds, meanMicroseconds }) => stdMicroseconds / meanMicroseconds),
  );
}
