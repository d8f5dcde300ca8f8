import type { Form } from '#lib/sweep/squareModel';
import { speedUp, type SweepRecord } from '#lib/sweep/sweepRecord';

/** From which width on a form is faster than float32. */
export type BreakEven =
  /** Between the widths measured just below and above it, both times taken to change evenly there. */
  | { readonly kind: 'from'; readonly width: number; readonly between: readonly [number, number] }
  /** At all widths measured, of which this is the least. */
  | { readonly kind: 'everywhere'; readonly width: number }
  /** Not even at this width, the greatest measured. */
  | { readonly kind: 'nowhere'; readonly width: number };

/**
 * Where a form starts to be faster than float32, and stays so at all greater widths.
 *
 * @param records of networks that differ in nothing but their width
 * @throws Error if there are none
 */
export function breakEven(records: readonly SweepRecord[], form: Form): BreakEven {
  if (records.length === 0) throw new Error('there is no record to find a break-even width in');
  const points = records
    .map((record) => ({ width: record.case.width, gain: Math.log2(speedUp(record, form)) }))
    .sort((a, b) => a.width - b.width);
  const last = points.findLastIndex(({ gain }) => gain <= 0);
  if (last < 0) return { kind: 'everywhere', width: points[0].width };
  if (last === points.length - 1) return { kind: 'nowhere', width: points[last].width };
  const [below, above] = [points[last], points[last + 1]];
  const share = -below.gain / (above.gain - below.gain);
  return {
    kind: 'from',
    width: below.width * (above.width / below.width) ** share,
    between: [below.width, above.width],
  };
}

/** The records of one depth and thread count, by batch size in rising order. */
export function byBatchSize(
  records: readonly SweepRecord[],
  { depth, threads }: { depth: number; threads: number },
): Map<number, SweepRecord[]> {
  const chosen = records
    .filter((record) => record.case.depth === depth && record.case.threads === threads)
    .sort((a, b) => a.case.batchSize - b.case.batchSize || a.case.width - b.case.width);
  const groups = new Map<number, SweepRecord[]>();
  for (const record of chosen) {
    const { batchSize } = record.case;
    groups.set(batchSize, [...(groups.get(batchSize) ?? []), record]);
  }
  return groups;
}
