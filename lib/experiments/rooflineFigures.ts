/** What the machine can do, and the models under its roofs. */
import type { Figure } from '#lib/report/figure';
import { colors, symbols } from '#lib/report/houseStyle';
import { significant } from '#lib/report/numbers';
import type { HeldAgainst } from '#lib/experiments/rooflineReport';
import { bandwidthFor } from '#lib/hardware/bandwidth';
import type { Machine } from '#lib/hardware/roofline';

/** Bandwidth by the amount read, log-log. */
export function bandwidthFigure({ bandwidths }: Machine): Figure {
  const x = bandwidths.map(({ bytes }) => bytes / 2 ** 20);
  const y = bandwidths.map(({ bytesPerSecond }) => bytesPerSecond / 1e9);
  const at = (i: number): string => `${significant(y[i], 3)} GB/s for ${x[i]} MiB`;
  return {
    title: 'How fast this machine reads, by the amount that is read over and over',
    subtitle: 'one thread; the steps are where a cache ends',
    alt: `Bandwidth: ${y.map((_, i) => at(i)).join(', ')}.`,
    data: [{ type: 'scatter', mode: 'lines+markers', name: 'bandwidth', x, y }],
    layout: {
      xaxis: {
        title: { text: 'Amount (MiB)' },
        type: 'log',
        tickvals: [1 / 64, 1 / 8, 1, 8, 64],
        ticktext: ['1/64', '1/8', '1', '8', '64'],
      },
      yaxis: { title: { text: 'Bandwidth (GB/s)' }, rangemode: 'tozero' },
      showlegend: false,
    },
  };
}

/** Roofs of float32 and int8, each for the nearest cache and for memory, and the models under them. */
export function rooflineFigure(points: readonly HeldAgainst[], machine: Machine): Figure {
  const { peaks, bandwidths } = machine;
  const intensities = points.map(({ intensity }) => intensity);
  const ends = [Math.min(...intensities) / 2, Math.max(...intensities) * 2];
  const levels = [
    { name: 'cache', size: bandwidths[0].bytes },
    { name: 'memory', size: bandwidths[bandwidths.length - 1].bytes },
  ];
  const roofs = (['float32', 'int8'] as const).flatMap((type, i) =>
    levels.map(({ name, size }, k) => {
      const bandwidth = bandwidthFor(bandwidths, size);
      const ridge = peaks[type] / bandwidth;
      const x = [ends[0], ...(ridge > ends[0] && ridge < ends[1] ? [ridge] : []), ends[1]];
      return {
        type: 'scatter' as const,
        mode: 'lines' as const,
        name: `${type}, ${name}`,
        x,
        y: x.map((intensity) => Math.min(peaks[type], bandwidth * intensity) / 1e9),
        line: {
          color: colors[i],
          width: 1.5,
          dash: k === 0 ? ('solid' as const) : ('dash' as const),
        },
      };
    }),
  );
  const groups = new Map<string, HeldAgainst[]>();
  for (const point of points) {
    const name = `${point.model}, ${point.form}`;
    groups.set(name, [...(groups.get(name) ?? []), point]);
  }
  const marks = [...groups].map(([name, group], i) => ({
    type: 'scatter' as const,
    mode: 'text+markers' as const,
    name,
    x: group.map(({ intensity }) => intensity),
    y: group.map(({ operationsPerSecond }) => operationsPerSecond / 1e9),
    text: group.map(({ batchSize }) => `B${batchSize}`),
    textposition: 'bottom right' as const,
    textfont: { size: 9 },
    marker: {
      symbol: symbols[i],
      color: colors[name.endsWith('int8') ? 1 : 0],
      size: 9,
    },
  }));
  return {
    title: 'Roofline: operations per second by operations per byte',
    subtitle: 'solid: arithmetic and nearest cache; dashed: arithmetic and memory; B: batch',
    alt: points
      .map(
        (point) =>
          `${point.model} ${point.form} batch ${point.batchSize}: ` +
          `${significant(point.operationsPerSecond / 1e9, 3)} of ${significant(point.limit / 1e9, 3)} ` +
          `Gop/s at ${significant(point.intensity, 3)} operations per byte.`,
      )
      .join(' '),
    data: [...roofs, ...marks],
    layout: {
      xaxis: { title: { text: 'Operations per byte' }, type: 'log', dtick: 1 },
      yaxis: { title: { text: 'Gop/s' }, type: 'log', dtick: 1 },
      height: 480,
    },
  };
}
