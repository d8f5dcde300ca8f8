/** Figures of what quantization does to single layers and to mixtures of precisions. */
import { datasetLabel } from '#lib/loaders/dataset';
import { sizeMB } from '#lib/models/cost';
import type { Figure } from '#lib/report/figure';
import { colors } from '#lib/report/houseStyle';
import { percent, signed, significant, span } from '#lib/report/numbers';
import { arrange, arrangeModels, type Panel, type Series } from '#lib/report/panels';
import { agreement, measureNames, singles, sumOfSingles } from '#lib/sensitivity/agreement';
import {
  microseconds,
  mixtures,
  uniform,
  type Outcome,
  type Sensitivity,
} from '#lib/sensitivity/outcome';
import { changed, scientific, shownChanges, type Mode } from '#lib/experiments/sensitivityRows';

const modes: readonly Mode[] = ['only this layer', 'all but this layer'];

/** What becomes of the accuracy, with intervals: a row of panels for each model, a panel for each mode. */
export function accuracyByLayerFigure(all: readonly Sensitivity[]): Figure {
  return layerFigure(all, {
    title: 'Accuracy by the layer that is quantized',
    subtitle: 'bars: 95 % interval (paired bootstrap)',
    axis: 'Accuracy (points)',
    text: ({ paired }) => signed(paired.difference),
    series: (outcomes) => ({
      type: 'bar',
      y: outcomes.map(({ paired }) => paired.difference),
      error_y: {
        type: 'data',
        array: outcomes.map(({ paired }) => paired.interval[1] - paired.difference),
        arrayminus: outcomes.map(({ paired }) => paired.difference - paired.interval[0]),
      },
    }),
  });
}

/** The same for the divergence, on a logarithmic axis: it has no sign, and resolves more. */
export function divergenceByLayerFigure(all: readonly Sensitivity[]): Figure {
  return layerFigure(all, {
    title: 'Divergence from float32 by the layer that is quantized',
    subtitle: `mean Kullback–Leibler divergence of the probabilities; below ${scientific(exact)} not shown`,
    axis: 'KL (nats)',
    text: ({ divergence }) => `${scientific(divergence)} nats`,
    logarithmic: true,
    series: (outcomes) => ({
      type: 'scatter',
      mode: 'markers',
      y: outcomes.map(({ divergence }) => (divergence < exact ? null : divergence)) as number[],
    }),
  });
}

/** Divergence that is no more than a rounding of float32, nats. */
const exact = 1e-9;

interface LayerFigure {
  readonly title: string;
  readonly subtitle: string;
  readonly axis: string;
  readonly logarithmic?: boolean;
  readonly text: (outcome: Outcome) => string;
  readonly series: (outcomes: readonly Outcome[]) => object & { type: 'bar' | 'scatter' };
}

function layerFigure(all: readonly Sensitivity[], options: LayerFigure): Figure {
  const { title, subtitle, axis, logarithmic, series, text } = options;
  const cells = all.flatMap((sensitivity) => modes.map((mode) => ({ sensitivity, mode })));
  const outcomesOf = (
    { sensitivity, mode }: (typeof cells)[number],
    change: (typeof shownChanges)[number],
  ): Outcome[] => sensitivity.layers.map((_, layer) => changed(sensitivity, mode, layer, change));
  const panels = cells.map((cell, i): Panel => ({
    title: `${cell.sensitivity.model}, ${cell.mode}`,
    series: shownChanges.map((name): Series => ({
      name,
      x: cell.sensitivity.layers.map((layer) => layer.name),
      ...series(outcomesOf(cell, name)),
    })),
    xaxis: { title: { text: '' }, type: 'category' },
    yaxis: {
      title: { text: i % 2 === 0 ? axis : '' },
      ...(logarithmic && { type: 'log', exponentformat: 'power', dtick: 1 }),
    },
  }));
  const { data, layout } = arrange(panels, 'in two columns');
  return {
    title,
    subtitle: `${dataLabels(all)}; ${subtitle}`,
    alt: cells
      .map((cell) => {
        const parts = shownChanges.map((change) => {
          const values = outcomesOf(cell, change).map(
            (outcome, i) => `${cell.sensitivity.layers[i].name} ${text(outcome)}`,
          );
          return `${change} ${values.join(', ')}`;
        });
        return `${cell.sensitivity.model}, ${cell.mode}: ${parts.join('; ')}.`;
      })
      .join(' '),
    data,
    layout: { ...layout, height: 170 + 190 * all.length },
  };
}

function dataLabels(all: readonly Sensitivity[]): string {
  return [...new Set(all.map(({ dataset }) => datasetLabel(dataset)))].join(', ');
}

/** How far the rankings of all changes of single layers agree: a panel for each model. */
export function agreementFigure(all: readonly Sensitivity[]): Figure {
  const names = measureNames.map((name) => name.replace(' of the ', '<br>of the '));
  const matrices = all.map((sensitivity) => {
    const outcomes = singles(sensitivity);
    return measureNames.map((a) => measureNames.map((b) => agreement(outcomes, a, b)));
  });
  const panels = all.map(({ model }, i): Panel => ({
    title: model,
    series: [
      {
        type: 'heatmap',
        name: 'rank correlation',
        x: names,
        y: names,
        z: matrices[i],
        text: matrices[i].map((row) => row.map((x) => rhoText(x))) as unknown as string[],
        texttemplate: '%{text}',
        textfont: { size: 10 },
        colorscale: [
          [0, colors[1]],
          [0.5, '#fff'],
          [1, colors[0]],
        ],
        zmin: -1,
        zmax: 1,
        xgap: 1,
        ygap: 1,
        showscale: i === Math.min(all.length, 2) - 1,
        colorbar: { title: { text: 'ρ' }, thickness: 12 },
      },
    ],
    xaxis: {
      title: { text: '' },
      showticklabels: i >= all.length - 2, // below each column
      tickangle: -60,
      tickfont: { size: 10 },
      showgrid: false,
    },
    yaxis: {
      title: { text: '' },
      autorange: 'reversed',
      showticklabels: i % 2 === 0,
      tickfont: { size: 10 },
      showgrid: false,
    },
  }));
  const { data, layout } = arrangeModels(panels);
  return {
    title: 'Which ranking agrees with which',
    subtitle: `${dataLabels(all)}; Spearman’s ρ over each change in each layer alone`,
    alt: all
      .map(({ model }, i) => {
        const pairs = measureNames.flatMap((a, row) =>
          measureNames
            .slice(row + 1)
            .map((b, k) => `${a} and ${b} ${rhoText(matrices[i][row][row + 1 + k])}`),
        );
        return `${model}: ${pairs.join(', ')}.`;
      })
      .join(' '),
    data,
    layout: { ...layout, showlegend: false, height: 120 + 300 * Math.ceil(all.length / 2) },
  };
}

/** A dash where one of the two ranks nothing: no answer changed, for instance. */
function rhoText(rho: number): string {
  return Number.isNaN(rho) ? '–' : rho.toFixed(2).replace('-', '−');
}

/** Divergence of every mixture against the sum of those of its layers alone. */
export function additivityFigure(all: readonly Sensitivity[]): Figure {
  const panels = all.map((sensitivity, i): Panel => {
    const points = mixtures(sensitivity)
      .map((one) => [sumOfSingles(sensitivity, one, 'KL divergence'), one.divergence])
      .filter(([sum, together]) => sum > 0 && together > 0);
    const ends = [Math.min(...points.flat()), Math.max(...points.flat())];
    const axis = { type: 'log', exponentformat: 'power', dtick: 2 } as const;
    return {
      title: sensitivity.model,
      series: [
        {
          type: 'scatter',
          mode: 'markers',
          name: 'a mixture',
          x: points.map(([sum]) => sum),
          y: points.map(([, together]) => together),
          marker: { symbol: 'circle', size: 6, color: colors[0], opacity: 0.6 },
        },
        {
          type: 'scatter',
          mode: 'lines',
          name: 'errors that add up',
          x: ends,
          y: ends,
          line: { color: '#444', width: 1, dash: 'solid' },
        },
      ],
      xaxis: { title: { text: 'Sum of the layers alone (nats)' }, ...axis },
      yaxis: { title: { text: i % 2 === 0 ? 'Together, measured (nats)' : '' }, ...axis },
      square: true,
    };
  });
  const { data, layout } = arrangeModels(panels);
  return {
    title: 'Divergence of a mixture against the sum of its layers',
    subtitle: dataLabels(all),
    alt: panels
      .map(({ title, series: [{ x, y }] }) => {
        const [sums, together] = [x, y].map((values) => values as number[]);
        const ratios = together.map((divergence, k) => divergence / sums[k]);
        return `${title}: ${sums.length} mixtures, ${span(ratios, 2)} times the sum.`;
      })
      .join(' '),
    data,
    layout: { ...layout, height: 120 + 280 * Math.ceil(all.length / 2) },
  };
}

/**
 * All mixtures: size and latency against accuracy, a row of panels for each model.
 *
 * @param fronts the Pareto front of each
 */
export function mixturesFigure(
  all: readonly Sensitivity[],
  fronts: readonly (readonly Outcome[])[],
): Figure {
  const [batchSize] = all[0].batchSizes;
  const horizontal = [
    { title: 'Size (MB)', of: ({ sizeBytes }: Outcome) => sizeMB(sizeBytes) },
    {
      title: `Latency, batch ${batchSize} (µs)`,
      of: (one: Outcome) => microseconds(one, batchSize),
    },
  ];
  const panels = all.flatMap((sensitivity, row) =>
    horizontal.map(({ title, of }, column): Panel => {
      const front = fronts[row];
      const alike = uniform(sensitivity);
      const points = (name: string, outcomes: readonly Outcome[], marker: object): Series => ({
        type: 'scatter',
        mode: 'markers',
        name,
        x: outcomes.map(of),
        y: outcomes.map(({ correct, paired }) => (100 * correct) / paired.total),
        text: outcomes.map((outcome) => mixtureText(outcome, batchSize)),
        hovertemplate: '%{text}<extra></extra>',
        marker,
      });
      return {
        title: sensitivity.model,
        series: [
          points(
            'mixture',
            mixtures(sensitivity).filter((one) => !front.includes(one)),
            { symbol: 'circle', size: 5, color: '#999' },
          ),
          points('Pareto front', front, { symbol: 'diamond', size: 9, color: colors[1] }),
          points('all layers alike', alike, {
            symbol: 'square-open',
            size: 13,
            color: '#000',
            line: { width: 1.5 },
          }),
        ],
        xaxis: { title: { text: title }, rangemode: 'tozero' },
        yaxis: { title: { text: column === 0 ? 'Accuracy (%)' : '' } },
      };
    }),
  );
  const { data, layout } = arrange(panels, 'in two columns');
  return {
    title: 'All mixtures of precisions: size, latency and accuracy',
    subtitle: `${dataLabels(all)}; ${all[0].engine}; front of all three; medians`,
    alt: all
      .map(({ model }, i) => {
        const texts = fronts[i].map((one) => mixtureText(one, batchSize).replaceAll('<br>', ', '));
        return `${model}, Pareto front: ${texts.join('; ')}.`;
      })
      .join(' '),
    data,
    layout: { ...layout, height: 170 + 200 * all.length }, // four models fill a page
  };
}

function mixtureText(one: Outcome, batchSize: number): string {
  const { assignment, sizeBytes, correct, paired } = one;
  return [
    assignment.join(' · '),
    `${significant(sizeMB(sizeBytes), 3)} MB`,
    `${percent(correct, paired.total)} %`,
    `${significant(microseconds(one, batchSize), 3)} µs`,
  ].join('<br>');
}
