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
  /** What is known to stand in the way, by batch size. */
  readonly limits?: Readonly<Record<number, string>>;
}

/** Texts that are printed on any machine, so they name the one where this was found. */
const int8Limits = {
  1:
    'MNIST, int8, batch 1, as found on an AMD EPYC (Zen 4): most of a call are the products of our kernel, ' +
    '24 vector instructions of 128 bits for two inputs and 32 outputs. WebAssembly has neither wider ones ' +
    'nor those of VNNI, which PyTorch uses; int8 dot products of relaxed SIMD would be no fewer ' +
    'instructions, if they are to be exact. The same loop in C was hardly faster. Of no use were fetching ' +
    'weights ahead, unrolling, and weights in wider blocks or whole rows.',
  64:
    'MNIST, int8, batch 64, as found on an AMD EPYC (Zen 4): ours was ONNX Runtime there, and both it and ' +
    "PyTorch came near the most products that this CPU's VNNI can make. Of no use were settings of the " +
    'session (memory pattern, arena, spinning, denormals, an output made before). In 64 rows hardly an ' +
    'input is 0 in all, so zeros can only be left out row by row: so does our kernel, and took twice as ' +
    'long with a quarter of the vector width.',
};

const bars: readonly Bar[] = [
  { net: 'mnist', case: 'float32', least: { 1: 1.4, 64: 1.1 } },
  { net: 'mnist', case: 'dynamic-int8', least: { 1: 2.5, 64: 1.2 }, limits: int8Limits },
  { net: 'mnist', case: 'static-int8', least: { 1: 4, 64: 1.4 }, limits: int8Limits },
  { net: 'sst2', case: 'float32', least: { 1: 4, 64: 5 } },
  { net: 'sst2', case: 'dynamic-int8', least: { 1: 4, 64: 2.5 } },
  { net: 'sst2', case: 'static-int8', least: { 1: 4, 64: 2.5 } },
];

/**
 * The least ratio that a comparison is meant to have, and what stands in its way; undefined if none was
 * set.
 */
export function barOf({
  net,
  case: name,
  threads,
  batch,
  theirs,
  isOurBest,
}: Comparison): { readonly least: number; readonly limit?: string } | undefined {
  if (threads !== 1 || !isOurBest) return undefined;
  if (theirs.side !== 'PyTorch' || theirs.reads !== 'counts') return undefined;
  const bar = bars.find((one) => one.net === net && one.case === name);
  const least = bar?.least[batch];
  return least === undefined ? undefined : { least, limit: bar?.limits?.[batch] };
}
