import type { Comparison } from '#bench/results';
import type { Figure } from '#lib/report/figure';
import { threadsText } from '#lib/report/numbers';

const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];

/** Ratios as points with their intervals, one series for each peer, on a logarithmic axis; ours is named in each. */
export function ratioFigure(
  comparisons: readonly Comparison[],
  { threads, subtitle }: { threads: number; subtitle: string },
): Figure {
  const shown = comparisons.filter((comparison) => comparison.threads === threads);
  const labels = [...new Set(shown.map(label))];
  const sides = [...new Set(shown.map(({ theirs }) => theirs.side))];
  return {
    title: `Time of a peer ÷ ours, ${threadsText(threads)}: right of 1 ours is faster`,
    subtitle,
    alt: `Right of 1 ours is faster. ${shown.map(describe).join(' ')}`,
    data: sides.map((side) => {
      const own = shown.filter(({ theirs }) => theirs.side === side);
      const x = own.map(({ median }) => median.value);
      return {
        type: 'scatter',
        mode: 'markers',
        name: side,
        x,
        y: own.map(label),
        error_x: {
          type: 'data',
          symmetric: false,
          array: own.map(({ median: { value, interval } }) => interval[1] - value),
          arrayminus: own.map(({ median: { value, interval } }) => value - interval[0]),
        },
      };
    }),
    layout: {
      height: 160 + 22 * labels.length,
      xaxis: { title: { text: 'Peer ÷ ours, median' }, type: 'log', tickvals: ticks },
      yaxis: {
        title: { text: '' },
        categoryorder: 'array',
        categoryarray: labels,
        autorange: 'reversed',
        automargin: true,
      },
      shapes: [
        { type: 'line', x0: 1, x1: 1, yref: 'paper', y0: 0, y1: 1, layer: 'below' }, // as fast as ours
      ],
    },
  };
}

function label({ net, batch, ours, theirs }: Comparison): string {
  const reads = ours.reads === theirs.reads ? ours.reads : `${ours.reads} against ${theirs.reads}`;
  return `${net}, ${ours.case}, B${batch}${net === 'sst2' ? `, ${reads}` : ''}: ${ours.name}`;
}

function describe(comparison: Comparison): string {
  return `${label(comparison)}, ${comparison.theirs.side}: ${comparison.median.value.toFixed(2)}.`;
}
