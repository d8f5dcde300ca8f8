/** Figures of weights before and after quantization. */
import type { Figure } from '#lib/report/figure';
import { significant } from '#lib/report/numbers';
import { arrange, type Panel } from '#lib/report/panels';

export interface FigureTexts {
  readonly title: string;
  /** Data and conditions. */
  readonly subtitle?: string;
}

/** Bins of a histogram; odd, so that 0 lies in the middle of one. */
const bins = 161;

/**
 * Histograms of weights, one under the other, such as float32, 8 and 4 bits: over the same range, in
 * bins of the same width.
 *
 * @param sets values by title of the panel
 */
export function histogramFigure(
  sets: Readonly<Record<string, Float32Array>>,
  { title, subtitle }: FigureTexts,
): Figure {
  const largest = Math.max(...Object.values(sets).map(largestMagnitude));
  const width = (2 * largest) / bins;
  const centers = Array.from({ length: bins }, (_, i) => (i + 0.5) * width - largest);
  const entries = Object.entries(sets);
  const titles = entries.map(([name, values]) => `${name}: ${different(values)}`);
  const panels = entries.map(([name, values], i): Panel => ({
    title: titles[i],
    series: [
      {
        type: 'scatter',
        name,
        x: centers,
        y: counts(values, largest),
        mode: 'lines',
        line: { shape: 'hvh', dash: 'solid', width: 1, color: '#0072B2' },
        fill: 'tozeroy',
      },
    ],
    xaxis: { title: { text: i === entries.length - 1 ? 'Weight' : '' } },
    yaxis: { title: { text: 'Weights' }, tickformat: '~s' },
  }));
  const { data, layout } = arrange(panels, 'stacked');
  return {
    title,
    subtitle,
    alt: `Histograms of weights between ${significant(-largest, 3)} and ${significant(largest, 3)}. ${titles.join('; ')}.`,
    data,
    layout: { ...layout, height: 110 + 150 * entries.length, showlegend: false },
  };
}

/** One position of the slider in {@link histogramSliderFigure}. */
export interface SliderStep {
  /** What stands at the slider: `8 bits`. */
  readonly label: string;
  readonly values: Float32Array;
}

/**
 * The histogram of weights before quantization, and over it that of one of several quantized forms:
 * a slider chooses which. Counts are on a logarithmic axis, so that the few far-out weights are seen
 * beside the many in the middle. Where no script runs, the picture is that of the step in the middle.
 */
export function histogramSliderFigure(
  original: SliderStep,
  steps: readonly SliderStep[],
  { title, subtitle }: FigureTexts,
): Figure {
  const largest = Math.max(...[original, ...steps].map(({ values }) => largestMagnitude(values)));
  const width = (2 * largest) / bins;
  const x = Array.from({ length: bins }, (_, i) => (i + 0.5) * width - largest);
  const active = Math.floor(steps.length / 2);
  const name = ({ label, values }: SliderStep): string => `${label}, ${different(values)}`;
  const names = steps.map(name);
  return {
    title,
    subtitle,
    alt:
      `Histograms of weights between ${significant(-largest, 3)} and ${significant(largest, 3)}, ` +
      `one at a time over that of ${original.label}. ${names.join('; ')}.`,
    data: [
      ...steps.map((step, i) => ({
        type: 'bar' as const,
        name: names[i],
        x,
        y: counts(step.values, largest),
        width,
        marker: { color: '#0072B2', line: { width: 0 }, pattern: { shape: '' as const } },
        visible: i === active,
        showlegend: true,
      })),
      {
        type: 'scatter',
        name: name(original),
        x,
        y: counts(original.values, largest),
        mode: 'lines',
        line: { shape: 'hvh', dash: 'solid', width: 1.5, color: '#D55E00' },
        showlegend: true,
      },
    ],
    layout: {
      xaxis: { title: { text: 'Weight' }, range: [-largest, largest] },
      yaxis: {
        title: { text: 'Weights' },
        type: 'log',
        range: [-0.3, Math.log10(1.5 * original.values.length)],
        exponentformat: 'power',
        dtick: 1,
      },
      bargap: 0,
      height: 470,
      legend: { orientation: 'h', x: 0, y: 1, yref: 'paper', yanchor: 'bottom' },
      sliders: [
        {
          active,
          y: -0.15,
          yanchor: 'top',
          pad: { t: 24, b: 8 },
          currentvalue: { visible: false },
          steps: steps.map(({ label }, i) => ({
            label,
            method: 'restyle',
            args: ['visible', [...steps.map((_, j) => i === j), true]],
          })),
        },
      ],
    },
  };
}

/** A matrix, row-major. */
export interface Matrix {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Heat maps side by side, such as a matrix, its integers and what they stand for: each in its own
 * range, given below it; small ones with their numbers.
 */
export function heatMapFigure(
  matrices: readonly Matrix[],
  { title, subtitle }: FigureTexts,
): Figure {
  const panels = matrices.map(({ name, values, rows, columns }, i): Panel => ({
    title: name,
    series: [
      {
        type: 'heatmap',
        name,
        z: Array.from({ length: rows }, (_, row) =>
          Array.from({ length: columns }, (_, column) => values[row * columns + column]),
        ),
        colorscale: 'Cividis', // rises in lightness, so it reads in grey
        showscale: false,
        ...(columns <= 6 && {
          xgap: 1,
          ygap: 1,
          texttemplate: '%{z:.2~f}',
          textfont: { size: 10 },
        }),
      },
    ],
    xaxis: {
      title: { text: `Column<br>values ${range(values)}`, font: { size: 11 } },
      showgrid: false,
    },
    yaxis: { title: { text: i === 0 ? 'Row' : '' }, autorange: 'reversed', showgrid: false },
    square: true,
  }));
  const { data, layout } = arrange(panels);
  const side = 560 / (1.3 * matrices.length - 0.3); // of a panel, px
  return {
    title,
    subtitle,
    alt: `Heat maps. ${matrices.map(({ name, values }) => `${name}: ${range(values)}`).join('; ')}.`,
    data,
    layout: { ...layout, showlegend: false, height: Math.min(150 + side, 400) },
  };
}

function range(values: ArrayLike<number>): string {
  const sorted = Float64Array.from(values).sort();
  return `${significant(sorted[0], 3)} to ${significant(sorted[sorted.length - 1], 3)}`;
}

function different(values: Float32Array): string {
  const sorted = values.slice().sort(); // several times as fast as a Set of a million values
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) count++;
  return `${count.toLocaleString('en-US')} different values`;
}

function largestMagnitude(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** How many values lie in each of the bins between -largest and largest. */
function counts(values: Float32Array, largest: number): number[] {
  const result = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value / largest + 1) / 2) * bins);
    result[Math.min(Math.max(bin, 0), bins - 1)]++;
  }
  return result;
}
