import type { Case, Reads } from '#bench/protocol';
import type { Comparison, Net } from '#bench/results';

/** How many times as fast as PyTorch's best configuration we mean to be, on one thread. */
interface Bar {
  readonly net: Net;
  readonly case: Case;
  /** What ours reads; PyTorch reads counts. */
  readonly reads: Reads;
  /** Least ratio of medians by batch size. */
  readonly least: Readonly<Record<number, number>>;
}

const bars: readonly Bar[] = [
  { net: 'mnist', case: 'float32', reads: 'counts', least: { 1: 1.4, 64: 1.1 } },
  { net: 'mnist', case: 'dynamic-int8', reads: 'counts', least: { 1: 2.5, 64: 1.2 } },
  { net: 'mnist', case: 'static-int8', reads: 'counts', least: { 1: 4, 64: 1.4 } },
  { net: 'sst2', case: 'float32', reads: 'words', least: { 1: 4, 64: 5 } },
  { net: 'sst2', case: 'dynamic-int8', reads: 'words', least: { 1: 4, 64: 2.5 } },
  { net: 'sst2', case: 'static-int8', reads: 'words', least: { 1: 4, 64: 2.5 } },
];

/** The least ratio that a comparison is meant to have; undefined if none was set. */
export function barOf({ net, threads, batch, ours, theirs }: Comparison): number | undefined {
  if (threads !== 1 || theirs.side !== 'PyTorch' || theirs.reads !== 'counts') return undefined;
  const bar = bars.find(
    (each) => each.net === net && each.case === ours.case && each.reads === ours.reads,
  );
  return bar?.least[batch];
}
