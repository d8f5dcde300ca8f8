import type { Fallback } from '#lib/experiments/fallback';
import type { Figure } from '#lib/report/figure';
import { colors } from '#lib/report/houseStyle';
import { arrangeModels, type Panel, type Series } from '#lib/report/panels';
import { formName, formNames } from '#lib/report/records';

/**
 * Changed answers found by asking float32 again where the margin is smallest: a panel for each model, a
 * curve for each form in which an answer changed, and on it a star at its threshold.
 */
export function fallbackFigure(cases: readonly Fallback[], subtitle: string): Figure {
  const models = [...new Set(cases.map(({ model }) => model))];
  const panels = models.map((model): Panel => {
    const series = cases.filter((fallback) => fallback.model === model).flatMap(curves);
    return {
      title: series.length > 0 ? model : `${model}: no answer changed`,
      series,
      xaxis: { title: { text: 'Asked again (%)' }, type: 'log', dtick: 1 },
      yaxis: { title: { text: 'Changed answers found (%)' }, range: [0, 105] },
    };
  });
  return {
    title: 'Answers that quantization changed, found by their margin',
    subtitle: `${subtitle}; stars: thresholds from training examples`,
    alt: cases.map(describe).join(' '),
    ...arrangeModels(panels, formNames),
  };
}

/** Shares, in percent, once all answers up to a margin have been asked again. */
interface Found {
  readonly asked: number[];
  readonly found: number[];
}

/** After each changed answer, in rising order of margins. */
function foundByMargin({ margins, changed }: Fallback): Found {
  const order = Array.from(margins.keys()).sort((a, b) => margins[a] - margins[b]);
  const ranks = [...order.keys()].filter((rank) => changed[order[rank]]);
  return {
    asked: ranks.map((rank) => (100 * (rank + 1)) / order.length),
    found: ranks.map((_, i) => (100 * (i + 1)) / ranks.length),
  };
}

function curves(fallback: Fallback): Series[] {
  const { asked, found } = foundByMargin(fallback);
  if (asked.length === 0) return [];
  const below = fallback.margins.filter((margin) => margin < fallback.threshold).length;
  const x = (100 * below) / fallback.margins.length;
  const y = found[asked.findLastIndex((share) => share <= x)] ?? 0;
  const name = formName(fallback);
  const color = colors[formNames.indexOf(name)];
  const star = { symbol: 'star', size: 12, color } as const;
  return [
    { type: 'scatter', mode: 'lines', name, x: asked, y: found },
    { type: 'scatter', mode: 'markers', name, x: [x], y: [y], marker: star },
  ];
}

function describe(fallback: Fallback): string {
  const { asked } = foundByMargin(fallback);
  const last = asked.at(-1);
  const name = `${fallback.model} ${formName(fallback)}`;
  const found =
    asked.length === 1 ? 'the one changed answer' : `all ${asked.length} changed answers`;
  return last === undefined
    ? `${name}: no answer changed.`
    : `${name}: ${found} among the ${last.toPrecision(2)} % least sure.`;
}
