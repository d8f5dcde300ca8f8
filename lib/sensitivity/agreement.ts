import { sampleRankCorrelation } from 'simple-statistics';
import { precisions, halves, type Treatment } from '#lib/sensitivity/assignment';
import { onlyLayer } from '#lib/sensitivity/cases';
import { outcomeOf, type Outcome, type Sensitivity } from '#lib/sensitivity/outcome';

/** By what layers can be ranked: the greater, the more harm. */
export const measures = {
  /** Percentage points; needs labels. */
  'accuracy lost': ({ paired }: Outcome): number => -paired.difference,
  /** Test examples; needs none, as all that follow. */
  'answers changed': ({ paired }: Outcome): number => paired.changed,
  /** Nats. */
  'KL divergence': ({ divergence }: Outcome): number => divergence,
  /** As the share of noise in the signal, which grows where the ratio falls. */
  'SQNR of the logits': ({ sqnr }: Outcome): number => noiseShare(sqnr),
  /** The same, seen at the layer itself. */
  'SQNR of the layer': ({ layerSqnr = Infinity }: Outcome): number => noiseShare(layerSqnr),
};

function noiseShare(decibels: number): number {
  return 10 ** (-decibels / 10);
}

export type Measure = keyof typeof measures;
export const measureNames = Object.keys(measures) as Measure[];

/** What can be done to a layer. */
const changes: readonly Treatment[] = [...precisions.slice(1), ...halves];

/** Each change in each layer alone. */
export function singles(sensitivity: Sensitivity): Outcome[] {
  const { length } = sensitivity.layers;
  return changes.flatMap((change) =>
    sensitivity.layers.map((_, layer) => outcomeOf(sensitivity, onlyLayer(length, layer, change))),
  );
}

/**
 * Spearman's rank correlation of the rankings by two measures: 1 if they are the same, −1 if one is the
 * other turned round, NaN if one of them ranks nothing.
 */
export function agreement(outcomes: readonly Outcome[], a: Measure, b: Measure): number {
  return sampleRankCorrelation(outcomes.map(measures[a]), outcomes.map(measures[b]));
}

/** Places from 1, for the most harm, in the order given; equals share the best of theirs. */
export function places(outcomes: readonly Outcome[], measure: Measure): number[] {
  const harms = outcomes.map(measures[measure]);
  return harms.map((harm) => 1 + harms.filter((other) => other > harm).length);
}

/** Sum of what single layers do by themselves: what a mixture does if errors just add up. */
export function sumOfSingles(
  sensitivity: Sensitivity,
  { assignment }: Outcome,
  measure: Measure,
): number {
  const { length } = sensitivity.layers;
  return assignment.reduce(
    (sum, treatment, layer) =>
      treatment === 'float32'
        ? sum
        : sum + measures[measure](outcomeOf(sensitivity, onlyLayer(length, layer, treatment))),
    0,
  );
}
