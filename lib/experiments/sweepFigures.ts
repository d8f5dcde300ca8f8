/** Figures of the sweep: where int8 wins, and by how much. */
import type { Figure } from '#lib/report/figure';
import { colors } from '#lib/report/houseStyle';
import { measuredText, significant, threadsText } from '#lib/report/numbers';
import { arrange, type Panel, type Series } from '#lib/report/panels';
import { breakEven, byBatchSize } from '#lib/sweep/breakEven';
import { forms, type Form } from '#lib/sweep/squareModel';
import { speedUp, type SweepRecord } from '#lib/sweep/sweepRecord';

/** Vermilion where a form is slower than float32, white where it is as fast, blue where it is faster. */
const slowerToFaster: [number, string][] = [
  [0, colors[1]],
  [0.5, '#fff'],
  [1, colors[0]],
];

export interface SweepSlice {
  readonly depth: number;
  readonly threads: number;
}

/**
 * Surfaces: how many times faster than float32 each form is, by width and batch, with the line where it
 * breaks even.
 */
export function speedUpFigure(
  records: readonly SweepRecord[],
  slice: SweepSlice,
  shown: readonly Form[],
): Figure {
  const rows = byBatchSize(records, slice);
  const sizes = [...rows.keys()];
  const widths = [...new Set([...rows.values()].flat().map((record) => record.case.width))];
  widths.sort((a, b) => a - b);
  const panels = shown.map((form, i): Panel => {
    const gain = sizes.map((size) =>
      widths.map((width) => {
        const record = rows.get(size)?.find((one) => one.case.width === width);
        return record === undefined ? null : speedUp(record, form);
      }),
    );
    return {
      title: form,
      series: [
        {
          type: 'heatmap',
          name: 'speed-up',
          x: widths.map(Math.log2),
          y: sizes.map(Math.log2),
          z: gain.map((row) => row.map((x) => (x === null ? null : Math.log2(x)))) as number[][],
          text: gain.map((row) => row.map(speedUpText)) as unknown as string[],
          texttemplate: '%{text}',
          textfont: { size: widths.length > 6 ? 8 : 11 },
          colorscale: slowerToFaster,
          zmin: -2,
          zmax: 2,
          xgap: 1,
          ygap: 1,
          showscale: i === shown.length - 1,
          colorbar: {
            title: { text: 'times<br>faster' },
            tickvals: [-2, -1, 0, 1, 2],
            ticktext: ['¼', '½', '1', '2', '4'],
            thickness: 12,
          },
        },
        breakEvenLine(rows, form, widths),
      ],
      xaxis: { title: { text: 'Width' }, ...logTicks(widths) },
      yaxis: { title: { text: i === 0 ? 'Batch' : '' }, ...logTicks(sizes) },
    };
  });
  const { data, layout } = arrange(panels);
  return {
    title: 'Times faster than float32, by width and batch',
    subtitle: `${conditions(records, slice)}; black line: break-even`,
    alt: shown.map((form) => `${form}: ${extremes([...rows.values()].flat(), form)}.`).join(' '),
    data,
    layout: { ...layout, showlegend: false, height: 330 + (sizes.length > 6 ? 60 : 0) },
  };
}

/** One decimal place less above 10: there is little room. */
function speedUpText(x: number | null): string {
  return x === null ? '' : x.toFixed(x < 9.95 ? 1 : 0);
}

/**
 * Along the edges of the cells, between the last width at which a form is no faster and the first from
 * which on it is: numbers stay free.
 */
function breakEvenLine(
  rows: ReadonlyMap<number, SweepRecord[]>,
  form: Form,
  widths: readonly number[],
): Series {
  const [xEdges, yEdges] = [widths, [...rows.keys()]].map((values) => edges(values.map(Math.log2)));
  const points = [...rows.values()].flatMap((row, i) => {
    const point = breakEven(row, form);
    const first = point.kind === 'from' ? point.between[1] : point.width;
    const x = xEdges[widths.indexOf(first) + (point.kind === 'nowhere' ? 1 : 0)];
    return [
      [x, yEdges[i]],
      [x, yEdges[i + 1]],
    ];
  });
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'break-even',
    x: points.map(([x]) => x),
    y: points.map(([, y]) => y),
    line: { color: '#000', width: 2.5, dash: 'solid' },
  };
}

/** Edges of cells with these middles, one more than there are. */
function edges(middles: readonly number[]): number[] {
  const between = middles.slice(1).map((middle, i) => (middles[i] + middle) / 2);
  const last = middles.length - 1;
  const half = last === 0 ? 0.5 : undefined;
  return [
    middles[0] - (half ?? between[0] - middles[0]),
    ...between,
    middles[last] + (half ?? middles[last] - between[last - 1]),
  ];
}

/** Latency of all forms by width, at several batch sizes: a panel each, both axes logarithmic. */
export function latencyByWidthFigure(
  records: readonly SweepRecord[],
  slice: SweepSlice,
  batchSizes: readonly number[],
): Figure {
  const rows = byBatchSize(records, slice);
  const panels = batchSizes.map((size, i): Panel => {
    const row = rows.get(size) ?? [];
    const x = row.map((record) => record.case.width);
    const curve = (name: string, of: (record: SweepRecord) => number): Series => ({
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x,
      y: row.map(of),
    });
    return {
      title: `Batch ${size}`,
      series: [
        ...forms.map((form) => curve(form, ({ latency }) => latency[form].medianMicroseconds)),
        curve('call alone', ({ overhead }) => overhead.medianMicroseconds),
      ],
      xaxis: { title: { text: 'Width' }, type: 'log', tickvals: x, ticktext: x.map(String) },
      yaxis: {
        title: { text: i === 0 ? 'Latency of a call (µs)' : '' },
        type: 'log',
        exponentformat: 'power',
        dtick: 1,
      },
    };
  });
  return {
    title: 'Latency by width',
    subtitle: conditions(records, slice),
    alt: batchSizes
      .map((size) => `Batch ${size}: ${latencies(rows.get(size) ?? []).join('; ')}.`)
      .join(' '),
    ...arrange(panels),
  };
}

/** How many times faster than float32 each form is, by depth: a panel for each batch size. */
export function speedUpByDepthFigure(
  records: readonly SweepRecord[],
  { batchSizes, threads, form }: { batchSizes: readonly number[]; threads: number; form: Form },
): Figure {
  const panels = batchSizes.map((size, i): Panel => {
    const chosen = records.filter(
      (record) => record.case.batchSize === size && record.case.threads === threads,
    );
    const widths = [...new Set(chosen.map((record) => record.case.width))].filter(
      (width) => chosen.filter((record) => record.case.width === width).length > 1,
    );
    widths.sort((a, b) => a - b);
    const depths = new Set<number>();
    const series = widths.map((width): Series => {
      const row = chosen
        .filter((record) => record.case.width === width)
        .sort((a, b) => a.case.depth - b.case.depth);
      const x = row.map((record) => record.case.depth);
      x.forEach((depth) => depths.add(depth));
      const y = row.map((record) => speedUp(record, form));
      return { type: 'scatter', mode: 'lines+markers', name: `width ${width}`, x, y };
    });
    return {
      title: `Batch ${size}`,
      series,
      xaxis: { title: { text: 'Layers' }, tickvals: [...depths] },
      yaxis: {
        title: { text: i === 0 ? 'Times faster than float32' : '' },
        type: 'log',
        tickvals: [0.25, 0.5, 1, 2, 4, 8, 16],
        ticktext: ['¼', '½', '1', '2', '4', '8', '16'],
      },
    };
  });
  return {
    title: `${form} against float32, by depth`,
    subtitle: `${threadsText(threads)}; medians; ${sweepConditions(records)}`,
    alt: panels
      .map(({ title, series }) => {
        const lines = series.map(({ name, x, y }) => {
          const [depths, gains] = [x as number[], y as number[]];
          return `${name} ${depths.map((d, k) => `${gains[k].toFixed(2)} at ${d}`).join(', ')}`;
        });
        return `${title}: ${lines.join('; ')}.`;
      })
      .join(' '),
    ...arrange(panels),
  };
}

function logTicks(values: readonly number[]): {
  tickvals: number[];
  ticktext: string[];
  showgrid: false;
} {
  return { tickvals: values.map(Math.log2), ticktext: values.map(String), showgrid: false };
}

function conditions(records: readonly SweepRecord[], { depth, threads }: SweepSlice): string {
  return `${depth} layers; ${threadsText(threads)}; medians; ${sweepConditions(records)}`;
}

/** Engine and days of the measurement, for captions. */
export function sweepConditions(records: readonly SweepRecord[]): string {
  const engines = [...new Set(records.map(({ engine }) => engine))].join(', ');
  return `${engines}; ${measuredText(records.map(({ date }) => date))}`;
}

function extremes(records: readonly SweepRecord[], form: Form): string {
  const sorted = [...records].sort((a, b) => speedUp(a, form) - speedUp(b, form));
  const at = (record: SweepRecord): string =>
    `${speedUp(record, form).toFixed(2)} at width ${record.case.width}, batch ${record.case.batchSize}`;
  return sorted.length === 0
    ? 'not measured'
    : `from ${at(sorted[0])} to ${at(sorted[sorted.length - 1])}`;
}

function latencies(records: readonly SweepRecord[]): string[] {
  return records.map((record) => {
    const times = forms.map(
      (form) => `${form} ${significant(record.latency[form].medianMicroseconds, 3)} µs`,
    );
    return `width ${record.case.width} ${times.join(', ')}`;
  });
}
