import { timeRatio } from '#bench/ratio';
import type { Comparison, Timing } from '#bench/results';

/**
 * Our best configuration against the best of each peer, in each setting: the one with the smallest
 * median. Reading words and reading counts are two ways to the same logits, so each best of a peer meets
 * two of ours: the one that reads the same, and the fastest.
 */
export function compareTimings(timings: readonly Timing[]): Comparison[] {
  const settings = groups(timings, ({ net, threads, batch, case: name }) =>
    [net, threads, batch, name].join(),
  );
  return settings.flatMap((same) => {
    const best = groups(same, ({ side, reads }) => `${side} ${reads}`).map(fastest);
    const [ours, theirs] = [true, false].map((own) =>
      best.filter(({ side }) => (side === 'ours') === own),
    );
    return theirs.flatMap((other) =>
      ours
        .filter((own) => own.reads === other.reads || own === fastest(ours))
        .map((own) => compare(own, other, own === fastest(ours))),
    );
  });
}

function compare(ours: Timing, theirs: Timing, isOurBest: boolean): Comparison {
  const { net, threads, batch } = ours;
  return {
    net,
    case: ours.case,
    threads,
    batch,
    ours,
    theirs,
    isOurBest,
    median: timeRatio(theirs.roundMedians, ours.roundMedians),
    p95: timeRatio(theirs.roundP95s, ours.roundP95s),
  };
}

function fastest(timings: readonly Timing[]): Timing {
  return timings.reduce((a, b) => (b.medianMicroseconds < a.medianMicroseconds ? b : a));
}

/** The items with the same key together, in the order in which keys first come. */
export function groups<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    found.set(name, [...(found.get(name) ?? []), item]);
  }
  return [...found.values()];
}
