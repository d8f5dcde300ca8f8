/** Tables of what quantization does to single layers and to mixtures of precisions. */
import { datasetLabel } from '#lib/loaders/dataset';
import { sizeMB } from '#lib/models/cost';
import { intervalText, percent, signed, significant } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';
import { places, type Measure } from '#lib/sensitivity/agreement';
import { precisions, type Treatment } from '#lib/sensitivity/assignment';
import { allButLayer, onlyLayer } from '#lib/sensitivity/cases';
import {
  microseconds,
  outcomeOf,
  uniform,
  type Outcome,
  type Sensitivity,
} from '#lib/sensitivity/outcome';

/** Which layers are changed. */
export type Mode = 'only this layer' | 'all but this layer';

/** The two halves of static int8, both together, and fewer bits. */
export const shownChanges = [
  'int8 weights',
  'uint8 activations',
  'static int8',
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

/** Bytes of a layer and what they do to the time of a call, in each precision. */
export function layerRows(sensitivity: Sensitivity): Row[] {
  const [float32] = uniform(sensitivity);
  const [batchSize] = sensitivity.batchSizes;
  return sensitivity.layers.map(({ name, inputs, outputs }, layer) => {
    const bytes = 4 * (inputs + 1) * outputs;
    const cells = precisions.slice(1).flatMap((precision) => {
      const one = changed(sensitivity, 'only this layer', layer, precision);
      const kilobytes = (bytes - (float32.sizeBytes - one.sizeBytes)) / 1000;
      const gained = microseconds(one, batchSize) - microseconds(float32, batchSize);
      return [
        [`${precision} (kB)`, significant(kilobytes, 3)],
        [`${precision}, B${batchSize} (µs)`, signed(gained, 0)],
      ] as const;
    });
    return {
      Model: sensitivity.model,
      Layer: name,
      Shape: `${inputs} · ${outputs}`,
      'float32 (kB)': significant(bytes / 1000, 3),
      ...Object.fromEntries(cells.filter(([title]) => title.endsWith('(kB)'))),
      ...Object.fromEntries(cells.filter(([title]) => title.endsWith('(µs)'))),
    };
  });
}

const ranked: readonly Measure[] = [
  'accuracy lost',
  'answers changed',
  'KL divergence',
  'SQNR of the logits',
];

/** Changes of single layers, the most harmful by accuracy first, with their places by each measure. */
export function rankedRows(sensitivity: Sensitivity, mode: Mode): Row[] {
  const cases = shownChanges.flatMap((change) =>
    sensitivity.layers.map(({ name }, layer) => ({
      change,
      name,
      outcome: changed(sensitivity, mode, layer, change),
    })),
  );
  const outcomes = cases.map(({ outcome }) => outcome);
  const ranks = ranked.map((measure) => places(outcomes, measure));
  return cases
    .map((one, i) => ({ ...one, places: ranks.map((all) => all[i]) }))
    .sort(
      ({ outcome: a }, { outcome: b }) =>
        a.paired.difference - b.paired.difference || b.divergence - a.divergence,
    )
    .map(({ change, name, outcome: { paired, divergence, sqnr }, places }) => ({
      Change: change,
      Layer: name,
      'Accuracy (points)': signed(paired.difference),
      '95 % interval': intervalText(paired),
      'Answers changed': paired.changed,
      'KL (nats)': scientific(divergence),
      'SQNR of the logits (dB)': sqnr.toFixed(1),
      'Places by accuracy, answers, KL, SQNR': places.join(', '),
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
    `${each(({ engine }) => engine)}, ${each(({ threads }) => threads)} thread, ` +
    `${each(({ runs }) => runs)} runs`
  );
}
