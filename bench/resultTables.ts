import { barOf } from '#bench/bars';
import type { Ratio } from '#bench/ratio';
import type { BenchResults, Comparison } from '#bench/results';
import { sizeMB } from '#lib/models/cost';
import { significant } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';

/** What the times hold, for below the tables. */
export const timedNote =
  'Timed: single calls from the language of each side, from an input that is there to logits that can be ' +
  'read. Inputs are made before the first turn and kept, on every side. Our kernel (WebAssembly) reads ' +
  'the same dense rows as the others and leaves out the zeros in them, so its times depend on the data. ' +
  'Where words are read, it is given each word of a sentence once with its count, the others all words.';

/** A row for each comparison. Above 1 ours is faster. */
export function comparisonRows(comparisons: readonly Comparison[]): Row[] {
  return comparisons.map((comparison) => {
    const { net, threads, batch, ours, theirs, median, p95 } = comparison;
    const bar = barOf(comparison);
    return {
      Net: net,
      Case: ours.case,
      Batch: batch,
      Threads: threads,
      Ours: `${ours.name}, ${ours.reads}`,
      Peer: `${theirs.side}: ${theirs.name}, ${theirs.reads}`,
      'Ours, median (µs)': significant(ours.medianMicroseconds, 3),
      'Ours, p95 (µs)': significant(ours.p95Microseconds, 3),
      'Peer, median (µs)': significant(theirs.medianMicroseconds, 3),
      'Peer, p95 (µs)': significant(theirs.p95Microseconds, 3),
      'Peer ÷ ours, median': factor(median.value),
      '95 % interval': intervalText(median),
      'Peer ÷ ours, p95': factor(p95.value),
      'Aimed at': bar ? `≥ ${bar.least}: ${verdict(median.value, bar.least)}` : null,
    };
  });
}

export function verdict(value: number, least: number): string {
  return value >= least ? 'met' : 'MISSED';
}

/** Ratio with two decimals. */
export function factor(value: number): string {
  return value.toFixed(2);
}

/** `1.18 to 1.22` */
export function intervalText({ interval }: Ratio): string {
  return interval.map(factor).join(' to ');
}

export function memoryRows({ memory }: Pick<BenchResults, 'memory'>): Row[] {
  return memory.map(({ side, net, threads, peakBytes }) => ({
    Side: side,
    Net: net,
    Threads: threads,
    'Peak resident set (MB)': significant(sizeMB(peakBytes), 3),
  }));
}

/** One line for each who took no part. */
export function absenceLines({ absent }: Pick<BenchResults, 'absent'>): string[] {
  return absent.map(({ side, what, reason }) =>
    what === undefined
      ? `ABSENT: ${side} took no part, so nothing is said of it: ${reason}`
      : `NOT TIMED: ${side}, ${what}: ${reason}`,
  );
}

/** Aims met of those set, and what is known to stand in the way of those missed. */
export function barSummary(comparisons: readonly Comparison[]): string {
  const aimed = comparisons.flatMap((comparison) => {
    const bar = barOf(comparison);
    return bar ? [comparison.median.value >= bar.least] : [];
  });
  if (aimed.length === 0) return 'No aim could be checked: PyTorch is absent.';
  const met = aimed.filter(Boolean).length;
  return [
    `Aims against PyTorch on one thread: ${met} of ${aimed.length} met.`,
    ...missedLimits(comparisons),
  ].join('\n');
}

/** What is known to stand in the way of the aims that were missed. */
export function missedLimits(comparisons: readonly Comparison[]): string[] {
  const limits = comparisons.flatMap((comparison) => {
    const bar = barOf(comparison);
    const missed = bar !== undefined && comparison.median.value < bar.least;
    return missed && bar.limit !== undefined ? [bar.limit] : [];
  });
  return [...new Set(limits)];
}
