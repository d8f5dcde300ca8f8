import { barOf } from '#bench/bars';
import { factor, intervalText, missedLimits, verdict } from '#bench/resultTables';
import type { BenchResults } from '#bench/results';
import { markdownTable } from '#lib/report/markdownTable';
import type { Row } from '#lib/report/table';

/**
 * What docs/bench.md says of the aims of a benchmark, in Markdown: each with what was reached by which
 * configurations, then what is known to stand in the way of those missed.
 *
 * @throws Error if there is no comparison with an aim
 */
export function publishedAims({ comparisons, machine, date }: BenchResults): string {
  const rows = comparisons.flatMap((comparison): Row[] => {
    const bar = barOf(comparison);
    if (bar === undefined) return [];
    const { net, batch, ours, theirs, median } = comparison;
    return [
      {
        Net: net,
        Form: ours.case,
        Batch: batch,
        Ours: net === 'sst2' ? `${ours.name}, ${ours.reads}` : ours.name,
        'PyTorch, counts': theirs.name,
        Aim: `≥ ${bar.least}`,
        Reached: factor(median.value),
        '95 % interval': intervalText(median),
        '': verdict(median.value, bar.least),
      },
    ];
  });
  if (rows.length === 0) throw new Error('PyTorch took no part, so there is no aim to publish.');
  const limits = missedLimits(comparisons).map((limit) => `- ${limit}`);
  return [
    markdownTable(rows),
    `Machine: ${machine}, ${date}.`,
    ...(limits.length > 0 ? ['What stands in the way of those missed:', limits.join('\n')] : []),
  ].join('\n\n');
}
