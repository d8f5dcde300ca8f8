/** The figures of the results, made from records. */
import { sizeMB } from '#lib/models/cost';
import type { Figure } from '#lib/report/figure';
import { percent, plusMinus, significant } from '#lib/report/numbers';
import { arrange, arrangeModels, type Panel, type Series } from '#lib/report/panels';
import { conditions } from '#lib/report/recordRows';
import { formName, formNames, type Measurement } from '#lib/report/records';

/** A value and its spread. */
type Value = readonly [number, number];

/**
 * Size of the saved model against accuracy, with the standard error of the accuracy: a panel for
 * each model, a point for each quantization.
 */
export function sizeAccuracyFigure(records: readonly Measurement[]): Figure {
  const panels = models(records).map((model): Panel => ({
    title: model,
    series: ofModel(records, model).map((record) =>
      point(formName(record), [size(record), 0], accuracy(record)),
    ),
    xaxis: { title: { text: 'Size (MB)' }, rangemode: 'tozero' },
    yaxis: { title: { text: 'Accuracy (%)' } },
  }));
  return {
    title: 'Size of the model against accuracy',
    subtitle: `${conditions(records)}; bars: standard error`,
    alt: describe(records, (r) => `${significant(size(r), 3)} MB, ${accuracyText(r)}`),
    ...arrangeModels(panels, formNames),
  };
}

/**
 * Latency of a call against accuracy, with the standard deviation between runs and the standard
 * error of the accuracy: a panel for each model, a point for each quantization.
 */
export function latencyAccuracyFigure(
  records: readonly Measurement[],
  { batchSize }: { batchSize: number },
): Figure {
  const panels = models(records).map((model): Panel => ({
    title: model,
    series: ofModel(records, model).map((record) =>
      point(formName(record), latencyValue(record, batchSize), accuracy(record)),
    ),
    xaxis: { title: { text: 'Latency (µs)' }, rangemode: 'tozero' },
    yaxis: { title: { text: 'Accuracy (%)' } },
  }));
  return {
    title: `Latency of a call against accuracy, batch ${batchSize}`,
    subtitle: `${conditions(records)}; bars: std of the runs, standard error`,
    alt: describe(records, (r) => `${latencyText(r, batchSize)}, ${accuracyText(r)}`),
    ...arrangeModels(panels, formNames),
  };
}

/**
 * Mean latency of a call, with the standard deviation between runs: a row of panels for each model, as
 * models of different size take very different times, and in it a panel for each batch size.
 */
export function latencyFigure(
  records: readonly Measurement[],
  { batchSizes }: { batchSizes: readonly [number, number] },
): Figure {
  const names = models(records);
  const panels = names.flatMap((model) =>
    batchSizes.map((batchSize): Panel => ({
      title: `${model}, batch ${batchSize}`,
      series: ofModel(records, model).map((record): Series => {
        const [mean, std] = latencyValue(record, batchSize);
        const name = formName(record);
        return { type: 'bar', name, x: [''], y: [mean], error_y: { type: 'data', array: [std] } };
      }),
      xaxis: { title: { text: '' }, ticks: '' },
      yaxis: { title: { text: 'Latency (µs)' }, rangemode: 'tozero' },
    })),
  );
  const { data, layout } = arrange(panels, 'in two columns', formNames);
  return {
    title: 'Latency of a call, mean and standard deviation between runs',
    subtitle: conditions(records),
    alt: describe(records, (r) => batchSizes.map((size) => latencyText(r, size)).join(', ')),
    data,
    layout: { ...layout, height: 130 + 150 * names.length },
  };
}

/**
 * Operations, latency and accuracy of the unquantized models against each other: a row of panels for each
 * data set, as accuracies on one say nothing of those on another.
 */
export function costFigure(
  records: readonly Measurement[],
  { batchSize }: { batchSize: number },
): Figure {
  const float = records.filter(({ quantization }) => quantization === '--');
  const axes = {
    flops: { title: { text: 'MFLOP per example' }, rangemode: 'tozero' },
    latency: {
      title: { text: `Latency, batch ${batchSize} (µs)` },
      rangemode: 'tozero',
      nticks: 4,
    },
    accuracy: { title: { text: 'Accuracy (%)' } },
  } as const;
  const value = {
    flops: (record: Measurement): Value => [record.flops / 1e6, 0],
    latency: (record: Measurement): Value => latencyValue(record, batchSize),
    accuracy,
  };
  const plots = [
    ['flops', 'latency', 'cost and time'],
    ['flops', 'accuracy', 'cost and quality'],
    ['latency', 'accuracy', 'time and quality'],
  ] as const;
  const datasets = [...new Set(float.map(({ dataset }) => dataset.name))];
  const panels = datasets.flatMap((name) =>
    plots.map(([x, y, title]): Panel => ({
      title: `${name}, ${title}`,
      series: float
        .filter(({ dataset }) => dataset.name === name)
        .map((record) => point(record.model, value[x](record), value[y](record))),
      xaxis: axes[x],
      yaxis: axes[y],
    })),
  );
  const { data, layout } = arrange(panels, 'in three columns', models(float));
  return {
    title: 'Operations, latency and accuracy against each other, float32',
    subtitle: conditions(float),
    alt: describe(float, (record) =>
      [
        `${significant(record.flops / 1e6, 3)} MFLOP`,
        latencyText(record, batchSize),
        accuracyText(record),
      ].join(', '),
    ),
    data,
    layout: { ...layout, height: 160 + 220 * datasets.length },
  };
}

/** A point with the spread of both its values; none is drawn for 0. */
function point(name: string, [x, dx]: Value, [y, dy]: Value): Series {
  const error_x = { type: 'data' as const, array: [dx], visible: dx > 0 };
  const error_y = { type: 'data' as const, array: [dy], visible: dy > 0 };
  return { type: 'scatter', mode: 'markers', name, x: [x], y: [y], error_x, error_y };
}

function models(records: readonly Measurement[]): string[] {
  return [...new Set(records.map(({ model }) => model))].sort();
}

/** The records of a model, in the order of `formNames`. */
function ofModel(records: readonly Measurement[], model: string): Measurement[] {
  return formNames.flatMap((name) =>
    records.filter((record) => record.model === model && formName(record) === name),
  );
}

function size(record: Measurement): number {
  return sizeMB(record.sizeBytes);
}

/** In percent, with the standard error that a test set of this size leaves: sqrt(p (1 - p) / n). */
function accuracy({ accuracy: { correct, total } }: Measurement): Value {
  const share = correct / total;
  return [100 * share, 100 * Math.sqrt((share * (1 - share)) / total)];
}

/** @throws Error if the record has no latency at this batch size */
function latency(record: Measurement, batchSize: number): Measurement['latency'][number] {
  const measured = record.latency.find((entry) => entry.batchSize === batchSize);
  if (measured === undefined) {
    throw new Error(`${record.model} (${formName(record)}) was not measured at batch ${batchSize}`);
  }
  return measured;
}

/** Microseconds: mean of the runs, with their standard deviation. */
function latencyValue(record: Measurement, batchSize: number): Value {
  const { meanMicroseconds, stdMicroseconds } = latency(record, batchSize);
  return [meanMicroseconds, stdMicroseconds];
}

function accuracyText({ accuracy: { correct, total } }: Measurement): string {
  return `${percent(correct, total)} %`;
}

function latencyText(record: Measurement, batchSize: number): string {
  return `${plusMinus(...latencyValue(record, batchSize))} µs at batch ${batchSize}`;
}

function describe(records: readonly Measurement[], text: (record: Measurement) => string): string {
  const lines = models(records).map((model) => {
    const points = ofModel(records, model).map((record) => `${formName(record)} ${text(record)}`);
    return `${model}: ${points.join('; ')}.`;
  });
  return lines.join(' ');
}
