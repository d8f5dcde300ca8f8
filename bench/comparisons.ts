import { timeRatio } from '#bench/ratio';
import type { Comparison, Timing } from '#bench/results';

/**
 * Our best configuration against the best of each peer, in each setting: the one with the smallest
 * median. What reads words is held against what reads words, and against what reads counts as well:
 * these are two ways to the same logits.
 */
export function compareTimings(timings: readonly Timing[]): Comparison[] {
  const settings = groups(timings, ({ net, threads, batch, ...rest }) =>
    [net, threads, batch, rest.case].join(),
  );
  return settings.flatMap((same) => {
    const best = groups(same, ({ side, reads }) => `${side} ${reads}`).map(fastest);
    const ours = best.filter(({ side }) => side === 'ours');
    const theirs = best.filter(({ side }) => side !== 'ours');
    return ours.flatMap((own) =>
      theirs
        .filter(({ reads }) => reads === own.reads || own.reads === 'words')
        .map((other) => compare(own, other)),
    );
  });
}

function compare(ours: Timing, theirs: Timing): Comparison {
  const { net, threads, batch } = ours;
  return {
    net,
    case: ours.case,
    threads,
    batch,
    ours,
    theirs,
    median: timeRatio(theirs.roundMedians, ours.roundMedians),
    p95: timeRatio(theirs.roundP95s, ours.roundP95s),
  };
}

function fastest(timings: readonly Timing[]): Timing {
  return timings.reduce((a, b) => (b.medianMicroseconds < a.medianMicroseconds ? b : a));
}

function groups<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    found.set(name, [...(found.get(name) ?? []), item]);
  }
  return [...found.values()];
}
