import type { Case } from '#bench/protocol';
import { differingRows } from '#lib/evaluation/accuracy';

/**
 * Share of predictions that must be ours for a peer to be timed. Float networks differ in the last bits
 * of sums only. Integers come from other scales: PyTorch's activations have 7 bits, and other ranges.
 */
const least: Record<Exclude<Case, 'training'>, number> = {
  float32: 0.998,
  float16: 0.998,
  'dynamic-int8': 0.98,
  'static-int8': 0.98,
};

/**
 * Why a contestant is not timed: it computes something else.
 *
 * @returns undefined if its predictions are as equal to ours as the case demands
 */
export function refusalReason(
  name: Exclude<Case, 'training'>,
  ours: readonly number[],
  theirs: readonly number[],
): string | undefined {
  const share = (ours.length - differingRows(ours, theirs)) / ours.length;
  if (share >= least[name]) return undefined;
  return (
    `only ${(100 * share).toFixed(1)} % of its predictions are ours, and ${name} needs ` +
    `${100 * least[name]} %: it computes something else`
  );
}
