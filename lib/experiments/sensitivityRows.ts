/** Tables of what quantization does to single layers and to mixtures of precisions. */
import { datasetLabel } from '#lib/loaders/dataset';
import { sizeMB } from '#lib/models/cost';
import {
  intervalText,
  measuredText,
  percent,
  signed,
  significant,
  threadsText,
} from '#lib/report/numbers';
import type { Row } from '#lib/report/table';
import { places, type Measure } from '#lib/sensitivity/agreement';
import { precisions, type Precision, type Treatment } from '#lib/sensitivity/assignment';
import { allButLayer, onlyLayer } from '#lib/sensitivity/cases';
import { noiseLimit } from '#lib/sensitivity/timingNoise';
import { outcomeOf, uniform, type Outcome, type Sensitivity } from '#lib/sensitivity/outcome';

/** Which layers are changed. */
export type Mode = 'only this layer' | 'all but this layer';

/** The two halves of static int8, both together, the ranges found in each call, and fewer bits. */
export const shownChanges = [
  'int8 weights',
  'uint8 activations',
  'static int8',
  'dynamic int8',
  'int4 weights',
] as const satisfies readonly Treatment[];

export function changed(
  sensitivity: Sensitivity,
  mode: Mode,
  layer: number,
  change: Treatment,
): Outcome {
  const assignment = mode === 'only this layer' ? onlyLayer : allButLayer;
  return outcomeOf(sensitivity, assignment(sensitivity.layers.length, layer, change));
}

/** Bytes of each layer in each precision. */
export function layerByteRows(sensitivity: Sensitivity): Row[] {
  const [float32] = uniform(sensitivity);
  return layerRows(sensitivity, precisions, (precision, layer) => {
    const { inputs, outputs } = sensitivity.layers[layer];
    const one = changed(sensitivity, 'only this layer', layer, precision);
    const bytes = 4 * (inputs + 1) * outputs - (float32.sizeBytes - one.sizeBytes);
    return [`${precision} (kB)`, significant(bytes / 1000, 3)];
  });
}

/** What each precision in a layer does to the time of a call; none where that is within twice the noise. */
export function layerTimeRows(sensitivity: Sensitivity): Row[] {
  const [batchSize] = sensitivity.batchSizes;
  return layerRows(sensitivity, precisions.slice(1), (precision, layer) => {
    const one = changed(sensitivity, 'only this layer', layer, precision);
    const { timesFaster = NaN, microseconds = NaN } = one.speed.get(batchSize) ?? {};
    const telling = beyondNoise(sensitivity, timesFaster);
    const change = microseconds * (1 - timesFaster);
    const decimals = Math.abs(change) < 10 ? 1 : 0;
    return [`${precision} (µs)`, telling ? signed(change, decimals) : null];
  });
}

function layerRows(
  { model, layers }: Sensitivity,
  shown: readonly Precision[],
  cell: (precision: Precision, layer: number) => readonly [title: string, text: string | null],
): Row[] {
  return layers.map(({ name, inputs, outputs }, layer) => ({
    Model: model,
    Layer: name,
    Shape: `${inputs} · ${outputs}`,
    ...Object.fromEntries(shown.map((precision) => cell(precision, layer))),
  }));
}

/** Whether a speed differs from that of float32 by more than twice what one measurement is off by. */
export function beyondNoise({ noise, batchSizes }: Sensitivity, timesFaster: number): boolean {
  return Math.abs(Math.log(timesFaster)) > 2 * (noise.get(batchSizes[0]) ?? NaN);
}

const ranked: Readonly<Record<string, Measure>> = {
  'Rank by KL': 'KL divergence',
  'Rank by SQNR': 'SQNR of the logits',
  'Rank by answers': 'answers changed',
  'Rank by accuracy': 'accuracy lost',
};

/** Changes of single layers, the greatest divergence first, with their places by each measure. */
export function rankedRows(sensitivity: Sensitivity, mode: Mode): Row[] {
  const cases = shownChanges.flatMap((change) =>
    sensitivity.layers.map(({ name }, layer) => ({
      change,
      name,
      outcome: changed(sensitivity, mode, layer, change),
    })),
  );
  const outcomes = cases.map(({ outcome }) => outcome);
  const ranks = Object.entries(ranked).map(
    ([title, measure]) => [title, places(outcomes, measure)] as const,
  );
  return cases
    .map((one, i) => ({ ...one, ranks: ranks.map(([title, all]) => [title, all[i]] as const) }))
    .sort(({ outcome: a }, { outcome: b }) => b.divergence - a.divergence)
    .map(({ change, name, outcome: { paired, divergence, sqnr }, ranks }) => ({
      Change: change,
      Layer: name,
      'Accuracy (points)': signed(paired.difference),
      '95 % interval': intervalText(paired),
      'Answers changed': paired.changed,
      'KL (nats)': scientific(divergence),
      'SQNR of the logits (dB)': sqnr.toFixed(1),
      ...Object.fromEntries(ranks),
    }));
}

/** Mixtures, the smallest first. */
export function mixtureRows(sensitivity: Sensitivity, mixtures: readonly Outcome[]): Row[] {
  return [...mixtures]
    .sort((a, b) => a.sizeBytes - b.sizeBytes)
    .map(({ assignment, sizeBytes, correct, paired, divergence, speed }) => ({
      ...Object.fromEntries(sensitivity.layers.map(({ name }, i) => [name, assignment[i]])),
      'Size (MB)': significant(sizeMB(sizeBytes), 3),
      'Accuracy (%)': percent(correct, paired.total),
      'Accuracy (points)': signed(paired.difference),
      '95 % interval': intervalText(paired),
      'KL (nats)': scientific(divergence),
      ...Object.fromEntries(
        [...speed].flatMap(([size, { microseconds, timesFaster }]) => [
          [`B${size} (µs)`, significant(microseconds, 3)] as const,
          [`Times faster, B${size}`, timesFaster.toFixed(2)] as const,
        ]),
      ),
    }));
}

/** `2.1e-4`; 0 for nothing at all. */
export function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

/** Data, examples, engine, runs and threads, for captions. */
export function conditions(all: readonly Sensitivity[]): string {
  const each = (of: (one: Sensitivity) => string | number): string =>
    [...new Set(all.map(of))].join(' / ');
  return (
    `${each(({ dataset }) => datasetLabel(dataset))}, all ` +
    `${each(({ outcomes }) => outcomes[0].paired.total.toLocaleString('en-US'))} test examples; ` +
    `${each(({ engine }) => engine)}, ${each(({ threads }) => threadsText(threads))}, ` +
    `${each(({ runs }) => runs)} runs`
  );
}

/** What a time is, what it is off by, which were taken twice, and when, for captions. */
export function timing(all: readonly Sensitivity[]): string {
  const off = all.map(
    ({ noise, batchSizes }) => `${significant(100 * (noise.get(batchSizes[0]) ?? NaN), 2)} %`,
  );
  const { spreadLimit } = all[0].timed;
  const twice = all.map(({ timed }) => `${timed.twice} of ${timed.all}`);
  return (
    'times: the median of float32 over all cases, divided by how many times faster a mixture is than the ' +
    `float32 that it was timed in turns with; one is off by about ${off.join(' / ')}; timed twice, as ` +
    `runs spread by more than ${Math.round(100 * spreadLimit)} % or the same kernels differed by more ` +
    `than ${noiseLimit} times the noise: ${twice.join(' / ')}; ` +
    measuredText(all.flatMap(({ dates }) => dates))
  );
}
