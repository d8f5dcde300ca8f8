/** How every figure looks: readable in colour, in black and white, and by colour-blind readers. */
import type { Data, LayoutAxis, Template } from 'plotly.js-dist';

/** Figures have one size, in px, that fits the notebook and the printed page. */
export const figureSize = { width: 640, height: 400 };

/** Colours of Okabe and Ito (jfly.uni-koeln.de/color), without the yellow that vanishes on white. */
export const colors = [
  '#0072B2', // blue
  '#D55E00', // vermilion
  '#009E73', // green
  '#CC79A7', // purple
  '#E69F00', // orange
  '#56B4E9', // sky
  '#000000',
] as const;

/** One look a series: with the colours gone, shape, dash or pattern still tell series apart. */
export const symbols = [
  'circle',
  'square',
  'diamond',
  'triangle-up-open',
  'x',
  'cross',
  'star',
] as const;
/** The open one is larger: it shows what lies under it, as dynamic under static int8. */
const sizes = [9, 9, 9, 15, 9, 9, 9] as const;
const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const;
const patterns = ['', '/', 'x', '-', '.', '\\', '+'] as const;

const axis: Partial<LayoutAxis> = {
  automargin: true,
  showline: true,
  linecolor: '#444',
  ticks: 'outside',
  tickcolor: '#444',
  gridcolor: '#ddd',
  zeroline: false,
  exponentformat: 'none',
  separatethousands: true,
  title: { standoff: 10, font: { size: 13 } },
};

/** Looks of the series of a scatter or line plot, in order. */
export const scatter = colors.map((color, i): Data => {
  const marker = { symbol: symbols[i], size: sizes[i], color };
  const line = { color, dash: dashes[i % dashes.length], width: 2 };
  const error = { thickness: 1.5, width: 4 }; // in the colour of the marker
  return { type: 'scatter', marker, line, error_x: error, error_y: error };
});

/** Looks of the series of a bar plot, in order. */
export const bar = colors.map((color, i): Data => {
  const pattern = {
    shape: patterns[i],
    fillmode: 'overlay',
    fgcolor: '#fff',
    solidity: 0.25,
  } as const;
  const error = { thickness: 1.5, width: 4, color: '#222' };
  return {
    type: 'bar',
    marker: { color, pattern, line: { color: '#222', width: 1 } },
    error_y: error,
  };
});

/** The look as a Plotly template: what a figure says itself goes before it. */
export const houseStyle: Template = {
  layout: {
    // Arial and Liberation Sans have the same widths, so text takes the same room on all systems.
    font: { family: 'Arial, Liberation Sans, DejaVu Sans, sans-serif', size: 12, color: '#222' },
    title: { x: 0.01, xanchor: 'left', y: 1, yanchor: 'top', pad: { t: 16 }, font: { size: 16 } },
    paper_bgcolor: '#fff',
    plot_bgcolor: '#fff',
    colorway: [...colors],
    xaxis: axis,
    yaxis: axis,
    legend: { orientation: 'h', x: 0, yref: 'container', y: 0, yanchor: 'bottom' },
    hovermode: 'closest',
  },
  data: { scatter, bar },
};
