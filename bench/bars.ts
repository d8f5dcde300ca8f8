import type { Case } from '#bench/protocol';
import type { Comparison, Net } from '#bench/results';

/**
 * How many times as fast as PyTorch's best configuration on dense rows our best means to be, on one
 * thread. On sentences ours may read words, or leave out the zeros.
 */
interface Bar {
  readonly net: Net;
  readonly case: Case;
  /** Least ratio of medians by batch size. */
  readonly least: Readonly<Record<number, number>>;
}

const bars: readonly Bar[] = [
  { net: 'mnist', case: 'float32', least: { 1: 1.4, 64: 1.1 } },
  { net: 'mnist', case: 'dynamic-int8', least: { 1: 2.5, 64: 1.2 } },
  { net: 'mnist', case: 'static-int8', least: { 1: 4, 64: 1.4 } },
  { net: 'sst2', case: 'float32', least: { 1: 4, 64: 5 } },
  { net: 'sst2', case: 'dynamic-int8', least: { 1: 4, 64: 2.5 } },
  { net: 'sst2', case: 'static-int8', least: { 1: 4, 64: 2.5 } },
];

/** The least ratio that a comparison is meant to have; undefined if none was set. */
export function barOf({
  net,
  case: name,
  threads,
  batch,
  theirs,
  isOurBest,
}: Comparison): number | undefined {
  if (threads !== 1 || !isOurBest) return undefined;
  if (theirs.side !== 'PyTorch' || theirs.reads !== 'counts') return undefined;
  return bars.find((bar) => bar.net === net && bar.case === name)?.least[batch];
}
