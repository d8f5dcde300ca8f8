import { datasetLabel } from '#lib/loaders/dataset';
import { smoothed } from '#lib/report/curveFigures';
import type { Figure } from '#lib/report/figure';
import { signed } from '#lib/report/numbers';
import { arrange, arrangeModels, type Panel, type Series } from '#lib/report/panels';
import { arithmeticName } from '#lib/training/cases';
import { nonZero, type GradientCounts } from '#lib/training/gradientCounts';
import { smallestNormal, smallestSubnormal } from '#lib/training/numberFormat';
import type { HalfPrecision } from '#lib/experiments/halfPrecision';

/**
 * Loss of each arithmetic along the steps, and beside it how far it is from that of float32: the curves of
 * the loss itself hide each other.
 */
export function halfPrecisionLossFigure({ dataset, runs }: HalfPrecision): Figure {
  const { spec, steps, seed } = runs[0].case;
  const smooth = Math.max(1, Math.floor(steps / 15));
  const curves = runs.map(({ case: one, record }) => ({
    name: arithmeticName(one),
    ...smoothed(
      record.losses.map((loss) => loss ?? NaN),
      smooth,
    ),
  }));
  const [float32] = curves;
  const apart = curves.map(({ name, x, y }) => ({
    name,
    x,
    y: y.map((loss, i) => loss - float32.y[i]),
  }));
  const panel = (title: string, shown: typeof curves, unit: string): Panel => ({
    title,
    series: shown.map((curve): Series => ({ type: 'scatter', mode: 'lines', ...curve })),
    xaxis: { title: { text: 'Step' } },
    yaxis: { title: { text: unit } },
  });
  return {
    title: `Training loss of ${spec.name} by arithmetic`,
    subtitle: `${datasetLabel(dataset)}; ${steps} steps, batch ${spec.batchSize}, seed ${seed}; means of ${smooth} steps`,
    alt: apart
      .slice(1)
      .map(
        ({ name, y }) => `${name}: ${y.map((loss) => signed(loss, 4)).join(', ')} nats to float32.`,
      )
      .join(' '),
    ...arrange([
      panel('Loss', curves, 'Cross-entropy (nats)'),
      panel('Difference to float32', apart, 'Nats'),
    ]),
  };
}

const limits = [
  { name: 'smallest normal float16', value: smallestNormal('float16') },
  { name: 'smallest float16', value: smallestSubnormal('float16') },
];

/**
 * How large gradients are in float32, and which of them float16 has: left of the lines it has fewer bits,
 * or nothing. Scaling the loss by 2ᵏ moves the lines k to the left.
 */
export function gradientFigure(experiments: readonly HalfPrecision[]): Figure {
  const panels = experiments.map(({ runs: [float32] }): Panel => {
    const series = (['weights', 'activations'] as const).map((of): Series => {
      const { exponents, shares } = histogram(float32.gradients[of]);
      return { type: 'scatter', mode: 'lines', name: `of ${of}`, x: exponents, y: shares };
    });
    const top = Math.max(...series.flatMap(({ y }) => y as number[]));
    return {
      title: float32.case.spec.name,
      series: [
        ...series,
        ...limits.map(({ name, value }): Series => {
          const x = Math.log2(value);
          return { type: 'scatter', mode: 'lines', name, x: [x, x], y: [0, top] };
        }),
      ],
      xaxis: { title: { text: 'Magnitude (log2)' }, range: [-45, 0] },
      yaxis: { title: { text: 'Entries other than 0 (%)' }, rangemode: 'tozero' },
    };
  });
  const labels = experiments.map(({ dataset }) => datasetLabel(dataset));
  return {
    title: 'Magnitude of gradients in float32, and where float16 ends',
    subtitle: `${labels.join(', ')}; ten of the steps; a loss scale of 2ᵏ moves all entries k to the right`,
    alt: experiments.map(describe).join(' '),
    ...arrangeModels(panels, ['of weights', 'of activations', ...limits.map(({ name }) => name)]),
  };
}

function histogram(counts: GradientCounts): { exponents: number[]; shares: number[] } {
  const all = nonZero(counts);
  const used = counts.exponents.map((_, i) => i).filter((i) => i >= 127 - 45 && i <= 127);
  return {
    exponents: used.map((i) => i - 127),
    shares: used.map((i) => (100 * counts.exponents[i]) / all),
  };
}

function describe({ runs: [float32] }: HalfPrecision): string {
  const peaks = (['weights', 'activations'] as const).map((of) => {
    const { exponents, shares } = histogram(float32.gradients[of]);
    return `${of} are most often near 2^${exponents[shares.indexOf(Math.max(...shares))]}`;
  });
  return `${float32.case.spec.name}: gradients of ${peaks.join(', those of ')}.`;
}

/** The factor of the loss along the steps of float16 with scaling. */
export function lossScaleFigure(experiments: readonly HalfPrecision[]): Figure {
  const data = experiments.flatMap(({ runs }) =>
    runs
      .filter(({ case: { lossScaling, masterWeights } }) => lossScaling && masterWeights)
      .map(({ case: one, record }) => ({
        type: 'scatter' as const,
        mode: 'lines' as const,
        name: one.spec.name,
        x: record.lossScales.map((_, i) => i + 1),
        y: record.lossScales,
        showlegend: true,
      })),
  );
  const factors = [...new Set(data.flatMap(({ y }) => y))];
  const ticktext = factors.map((factor) => factor.toLocaleString('en-US'));
  const { lossScaling } = experiments[0].runs.find(({ case: one }) => one.lossScaling)?.case ?? {};
  const labels = experiments.map(({ dataset }) => datasetLabel(dataset));
  return {
    title: 'Dynamic loss scale of float16',
    subtitle: `${labels.join(', ')}; doubled after ${lossScaling?.growthInterval ?? 0} steps without overflow, halved at one`,
    alt: data
      .map(
        ({ name, y }) => `${name}: from ${y[0]} to ${y[y.length - 1]}, at most ${Math.max(...y)}.`,
      )
      .join(' '),
    data,
    layout: {
      xaxis: { title: { text: 'Step' } },
      yaxis: { title: { text: 'Loss scale' }, type: 'log', tickvals: factors, ticktext },
    },
  };
}
