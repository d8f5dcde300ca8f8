import { datasetLabel } from '#lib/loaders/dataset';
import { sizeMB } from '#lib/models/cost';
import { latencyCells } from '#lib/report/latencyCells';
import { percent, significant, span, threadsText } from '#lib/report/numbers';
import { dtypes, quantizations, type Measurement } from '#lib/report/records';

/**
 * Rows of the results table, sorted by model, quantization and dtype: Model, Quantization, dtype,
 * Size (MB), Params, Accuracy (%), and for each batch size the latency of a call in microseconds,
 * mean ± sample standard deviation between runs, and median. A model measured on generated data
 * says so beside its name.
 */
export function recordRows(records: readonly Measurement[]): Record<string, string>[] {
  const sizes = [...new Set(records.flatMap(({ latency }) => latency.map((l) => l.batchSize)))];
  sizes.sort((a, b) => a - b);
  return [...records].sort(byRow).map((record) => ({
    Model: record.dataset.origin === 'real' ? record.model : `${record.model} (generated sample)`,
    Quantization: record.quantization,
    dtype: record.dtype,
    'Size (MB)': significant(sizeMB(record.sizeBytes), 3),
    Params: record.parameters.toLocaleString('en-US'),
    'Accuracy (%)': percent(record.accuracy.correct, record.accuracy.total),
    ...Object.fromEntries(
      sizes.flatMap((size) =>
        latencyCells(
          size,
          record.latency.find(({ batchSize }) => batchSize === size),
        ),
      ),
    ),
  }));
}

/**
 * Where the time of a call goes, as far as two rates tell: at batch 1 bytes of the file by time, as each
 * weight is read once for one example; at batch 64 operations by time, as each is used 64 times. By the
 * medians. float16 has no first rate: the engine widens its weights to float32 when it loads the file, and
 * reads those.
 */
export function rateRows(records: readonly Measurement[]): Record<string, string>[] {
  return [...records].sort(byRow).map((record) => {
    const median = (size: number): number | undefined =>
      record.latency.find(({ batchSize }) => batchSize === size)?.medianMicroseconds;
    const [one, many] = [median(1), median(64)];
    return {
      Model: record.model,
      Quantization: record.quantization,
      dtype: record.dtype,
      'MFLOP per example': significant(record.flops / 1e6, 3),
      'File read at B1 (GB/s)': record.dtype === 'float16' ? '–' : rate(record.sizeBytes, one),
      'Operations at B64 (GFLOP/s)': rate(64 * record.flops, many),
    };
  });
}

/** In thousand millions a second; `not measured` without a time. */
function rate(amount: number, microseconds: number | undefined): string {
  return microseconds ? significant(amount / microseconds / 1e3, 2) : 'not measured';
}

/**
 * How many times as fast as float32 dynamic int8 is at batch 1, a sentence for each model: as many times as
 * there are fewer bytes, times the ratio of the rates at which both files are read. By the medians; beside
 * them the least and the greatest ratio of two runs that were made in turn.
 *
 * @throws Error if a model lacks one of the two, or was not measured at batch 1
 */
export function rateFindings(records: readonly Measurement[]): string[] {
  return [...new Set(records.map(({ model }) => model))].map((model) => {
    const [float32, int8] = (['float32', 'qint8'] as const).map((wanted) => {
      const record = records.find(
        ({ model: name, quantization, dtype }) =>
          name === model && dtype === wanted && quantization !== 'S',
      );
      const one = record?.latency.find(({ batchSize }) => batchSize === 1);
      if (!record || !one) throw new Error(`${model}: ${wanted} was not measured at batch 1`);
      return {
        bytes: record.sizeBytes,
        microseconds: one.medianMicroseconds,
        runs: one.runsMicroseconds,
      };
    });
    const faster = float32.microseconds / int8.microseconds;
    const between = float32.runs.map((run, i) => run / int8.runs[i]);
    const smaller = float32.bytes / int8.bytes;
    return (
      `${model}, batch 1: dynamic int8 is ${significant(faster, 2)} times as fast as float32 ` +
      `(in single runs ${span(between, 2)} times), ` +
      `with ${significant(smaller, 3)} times fewer bytes ` +
      `(${[float32, int8].map(({ bytes }) => significant(sizeMB(bytes), 3)).join(' and ')} MB), ` +
      `read at ${significant(faster / smaller, 2)} times the rate.`
    );
  });
}

function byRow(a: Measurement, b: Measurement): number {
  return (
    a.model.localeCompare(b.model) ||
    quantizations.indexOf(a.quantization) - quantizations.indexOf(b.quantization) ||
    dtypes.indexOf(a.dtype) - dtypes.indexOf(b.dtype)
  );
}

/** What the records have in common, for the caption of their table: data, engine, runs, machine. */
export function recordCaption(records: readonly Measurement[]): string {
  const all = (of: (record: Measurement) => string | number): string =>
    [...new Set(records.map(of))].join(' / ');
  return (
    `Data: ${all(({ dataset }) => datasetLabel(dataset))}, ` +
    `accuracy on ${all(({ accuracy }) => accuracy.total.toLocaleString('en-US'))} examples. ` +
    `Engine: ${all(({ engine }) => `${engine.name} ${engine.version}`)}, ` +
    `threads: ${all(({ threads }) => threads)}. ` +
    `Latency of one call, ${all(({ latency }) => latency[0].runsMicroseconds.length)} runs ` +
    `after a dropped warm-up. 1 MB = 1,000,000 bytes. ` +
    `Seed: ${all(({ seed }) => seed)}; trained with ${all((r) => r.trainingBackend)}. ` +
    `Machine: ${all(({ machine }) => machine)}, ${all(({ date }) => date)}.`
  );
}

/** Data, engine, threads and seed, for a line under a title or the caption of a table without latencies. */
export function conditions(records: readonly Measurement[]): string {
  const all = (of: (record: Measurement) => string): string =>
    [...new Set(records.map(of))].join(', ');
  return [
    all(({ dataset }) => datasetLabel(dataset)),
    all(({ engine }) => `${engine.name} ${engine.version}`),
    all(({ threads }) => threadsText(threads)),
    all(({ seed }) => `seed ${seed}`),
  ].join('; ');
}
