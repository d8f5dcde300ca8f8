import type {
  Annotation,
  BarData,
  Data,
  HeatmapData,
  Layout,
  LayoutAxis,
  ScatterData,
} from 'plotly.js-dist';
import type { Figure, TitledAxis } from '#lib/report/figure';
import { bar, scatter } from '#lib/report/houseStyle';

/** One of the plots of a figure. */
export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  readonly xaxis: TitledAxis;
  readonly yaxis: TitledAxis;
  /** One unit is as long on both axes. */
  readonly square?: boolean;
}

/** A trace with a name: the same name has the same look in all panels. */
export type Series =
  | (Partial<ScatterData> & { readonly type: 'scatter'; readonly name: string })
  | (Partial<BarData> & { readonly type: 'bar'; readonly name: string })
  | (Partial<HeatmapData> & { readonly type: 'heatmap'; readonly name: string });

/** Plotly makes the axes of an empty panel, which its heading stands on, only if a trace names them. */
const nothing = { type: 'scatter', x: [null], y: [null], showlegend: false, hoverinfo: 'skip' };

const looks = { scatter, bar, heatmap: [] };

/** Names of all series of the panels, each once. */
function seriesNames(panels: readonly Panel[]): string[] {
  return [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
}

/**
 * Puts panels side by side, one under the other or in columns; each has axes of its own. A series
 * stands in the legend once.
 *
 * @param names series in the order of the looks that they get; where a figure may lack some, name all
 */
export function arrange(
  panels: readonly Panel[],
  direction: 'side by side' | 'stacked' | 'in two columns' | 'in three columns' = 'side by side',
  names: readonly string[] = seriesNames(panels),
): Pick<Figure, 'data' | 'layout'> {
  const shown = new Set<string>();
  const data: Data[] = [];
  const axes: Record<string, LayoutAxis> = {};
  const annotations: Annotation[] = [];
  panels.forEach(({ title, series, xaxis, yaxis, square }, i) => {
    const suffix = i === 0 ? '' : String(i + 1);
    const [x, y] = [`x${suffix}`, `y${suffix}`];
    axes[`xaxis${suffix}`] = { ...xaxis, ...(square && { constrain: 'domain' }) };
    axes[`yaxis${suffix}`] = {
      ...yaxis,
      ...(square && { constrain: 'domain', scaleanchor: x as LayoutAxis['scaleanchor'] }),
    };
    annotations.push(heading(title, x, y));
    if (series.length === 0) data.push({ ...nothing, xaxis: x, yaxis: y } as Data);
    for (const trace of series) {
      const { name, type } = trace;
      const look = looks[type][names.indexOf(name)];
      const place = { xaxis: x, yaxis: y, legendgroup: name, showlegend: !shown.has(name) };
      data.push({ ...look, ...trace, ...place } as Data);
      shown.add(name);
    }
  });
  const columns = {
    'side by side': panels.length,
    stacked: 1,
    'in two columns': 2,
    'in three columns': 3,
  }[direction];
  const rows = Math.ceil(panels.length / columns);
  const grid = { rows, columns, pattern: 'independent', xgap: 0.3, ygap: 0.3 } as const;
  const layout: Layout = { ...axes, annotations, grid };
  return { data, layout: layout as Figure['layout'] };
}

/** A panel for each model: two side by side, more in two columns of a higher figure. Else as {@link arrange}. */
export function arrangeModels(
  panels: readonly Panel[],
  names: readonly string[] = seriesNames(panels),
): Pick<Figure, 'data' | 'layout'> {
  if (panels.length <= 2) return arrange(panels, 'side by side', names);
  const { data, layout } = arrange(panels, 'in two columns', names);
  return { data, layout: { ...layout, height: 160 + 220 * Math.ceil(panels.length / 2) } };
}

function heading(text: string, x: string, y: string): Annotation {
  return {
    text,
    font: { size: 13 },
    showarrow: false,
    xref: `${x} domain` as Annotation['xref'],
    yref: `${y} domain` as Annotation['yref'],
    x: 0.5,
    y: 1,
    yanchor: 'bottom',
  };
}
