/** Figures of one quantity that runs along another. */
import type { Figure } from '#lib/report/figure';

/** A named curve: `y[i]` at `x[i]`, with a bar of `spread[i]` up and down. */
export interface Curve {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Of each `y`, drawn as a bar. */
  readonly intervals?: readonly (readonly [low: number, high: number])[];
}

export interface CurveOptions {
  readonly title: string;
  readonly subtitle?: string;
  /** Titles of the axes, with units. */
  readonly x: string;
  readonly y: string;
  /** Scale of the y axis; linear if left out. */
  readonly yScale?: 'log';
}

/** Curves with a marker at each point, such as error or accuracy by bit width. */
export function curveFigure(curves: readonly Curve[], options: CurveOptions): Figure {
  return figure(curves, options, 'lines+markers');
}

/** Means of every `smooth` steps, at their middle: the loss of a single batch is mostly noise. */
export function smoothed(losses: ArrayLike<number>, smooth: number): { x: number[]; y: number[] } {
  const y = Array.from({ length: Math.floor(losses.length / smooth) }, (_, i) => {
    const block = Array.from({ length: smooth }, (_, j) => losses[i * smooth + j]);
    return block.reduce((sum, loss) => sum + loss, 0) / smooth;
  });
  return { x: y.map((_, i) => (i + 0.5) * smooth), y };
}

/** Steps of which {@link lossFigure} draws the mean, or as many as the shortest training has. */
const lossSteps = 20;

/**
 * Training loss along the steps, {@link smoothed}.
 *
 * @param runs losses by step, by name of the run
 */
export function lossFigure(
  runs: Readonly<Record<string, ArrayLike<number>>>,
  { title, subtitle }: { title: string; subtitle?: string },
): Figure {
  const steps = Math.min(
    lossSteps,
    ...Object.values(runs).map(({ length }) => Math.max(1, length)),
  );
  const curves = Object.entries(runs).map(([name, losses]): Curve => ({
    name,
    ...smoothed(losses, steps),
  }));
  const y = `Cross-entropy, mean of ${steps} steps (nats)`;
  return figure(curves, { title, subtitle, x: 'Step', y }, 'lines');
}

function figure(
  curves: readonly Curve[],
  { title, subtitle, x, y, yScale }: CurveOptions,
  mode: 'lines' | 'lines+markers',
): Figure {
  return {
    title,
    subtitle,
    alt: `${y} by ${x}. ${curves.map(describe).join(' ')}`,
    data: curves.map((curve) => ({
      type: 'scatter',
      mode,
      name: curve.name,
      x: Array.from(curve.x),
      y: Array.from(curve.y),
      ...(curve.intervals && {
        error_y: {
          type: 'data',
          symmetric: false,
          array: curve.intervals.map(([, high], i) => high - curve.y[i]),
          arrayminus: curve.intervals.map(([low], i) => curve.y[i] - low),
        },
      }),
      showlegend: true,
    })),
    layout: {
      xaxis: { title: { text: x }, ...ticks(curves) },
      yaxis: { title: { text: y }, ...(yScale && { type: yScale, exponentformat: 'power' }) },
    },
  };
}

/** A tick at each value of x where these are few, such as bit widths. */
function ticks(curves: readonly Curve[]): { tickvals?: number[] } {
  const values = new Set(curves.flatMap(({ x }) => Array.from(x)));
  return values.size <= 16 ? { tickvals: [...values] } : {};
}

/** First, last, least and greatest value of a curve, in words. */
function describe({ name, x, y }: Curve): string {
  const values = Array.from(y);
  const at = (i: number): string => `${short(values[i])} at ${short(x[i])}`;
  const least = values.indexOf(Math.min(...values));
  const greatest = values.indexOf(Math.max(...values));
  return (
    `${name}: from ${at(0)} to ${at(values.length - 1)}, ` +
    `least ${at(least)}, greatest ${at(greatest)}.`
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
