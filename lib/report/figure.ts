import type { Data, Layout, LayoutAxis } from 'plotly.js-dist';
import { display } from '#lib/report/display';
import { figureSize, houseStyle } from '#lib/report/houseStyle';

/** An axis says what it measures, with the unit: `Latency per call, batch 64 (µs)`. */
export type TitledAxis = LayoutAxis & { title: { text: string } };

export interface Figure {
  readonly title: string;
  /** A second, smaller line: data and conditions. Says so when the data is the generated sample. */
  readonly subtitle?: string;
  /** What the figure shows, in words, for readers who can't see it. */
  readonly alt: string;
  readonly data: Data[];
  readonly layout: Layout & { readonly xaxis: TitledAxis; readonly yaxis: TitledAxis };
}

/** MIME type that JupyterLab's plotly extension draws, and that the export looks for. */
export const figureType = 'application/vnd.plotly.v1+json';

/**
 * Shows a figure: interactive where Plotly is at hand, its description elsewhere. The export adds a
 * static picture, and writes it to `figures/`.
 *
 * @param name file name of the picture: notebook, question, subject; `04-q10-size-accuracy`
 * @throws Error if the name is no such name
 */
export function plot(figure: Figure, { name }: { name: string }): void {
  if (!/^\d\d(-[a-z0-9]+)+$/.test(name)) {
    throw new Error(`"${name}" can't name a figure: write it like 04-q10-size-accuracy`);
  }
  const { title, subtitle, alt } = figure;
  display({
    [figureType]: { ...plotlyFigure(figure, name), config: { displaylogo: false } },
    'text/plain': [`Figure ${name}: ${title}`, subtitle, alt].filter(Boolean).join('\n'),
  });
}

/** What Plotly takes. */
export interface PlotlyFigure {
  readonly data: Data[];
  readonly layout: Layout & { readonly width: number; readonly height: number };
}

/** The figure as Plotly takes it: plain JSON, in the house style, numbers cut to six digits. */
export function plotlyFigure(
  { title, subtitle, alt, data, layout }: Figure,
  name: string,
): PlotlyFigure {
  const lines = wrap(title, 64);
  const small = subtitle === undefined ? [] : wrap(subtitle, 92);
  const figure = {
    data,
    layout: {
      template: houseStyle,
      ...figureSize,
      title: {
        text: [
          ...lines,
          ...small.map((line) => `<span style="font-size: 12px; color: #444">${line}</span>`),
        ].join('<br>'),
      },
      margin: { l: 64, r: 16, t: 32 + 21 * lines.length + 19 * small.length, b: 56 },
      meta: { name, alt },
      ...layout,
    },
  };
  return JSON.parse(JSON.stringify(figure, plain)) as PlotlyFigure;
}

/** JSON has no typed arrays, and needs no more digits than a screen has pixels. */
function plain(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

/** Plotly does not break lines: words into lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines[lines.length - 1]} ${word}`.trim();
    if (line.length > width) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}
