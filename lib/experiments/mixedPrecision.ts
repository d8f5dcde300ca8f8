/** The best mixtures of precisions, and whether a search finds them without measuring all. */
import { sizeMB } from '#lib/models/cost';
import { significant } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';
import { measures, type Measure } from '#lib/sensitivity/agreement';
import { precisions, type Assignment, type Precision } from '#lib/sensitivity/assignment';
import { onlyLayer } from '#lib/sensitivity/cases';
import {
  microseconds,
  mixtures,
  outcomeOf,
  uniform,
  type Outcome,
  type Sensitivity,
} from '#lib/sensitivity/outcome';
import { paretoFront } from '#lib/sensitivity/pareto';
import { searchAssignment } from '#lib/sensitivity/search';

/**
 * The mixtures for which no other is as small, as accurate and as fast, and better in one of these. Sizes
 * count as equal within a step of 1 %, times within one of twice the noise: else every mixture that
 * happened to be timed in a quiet moment would be on the front.
 */
export function mixtureFront(sensitivity: Sensitivity): Outcome[] {
  const [batchSize] = sensitivity.batchSizes;
  const step = Math.log1p(2 * (sensitivity.noise.get(batchSize) ?? 0));
  return paretoFront(mixtures(sensitivity), (one) => [
    Math.round(Math.log(one.sizeBytes) / Math.log1p(0.01)),
    -one.correct,
    Math.round(Math.log(microseconds(one, batchSize)) / step),
  ]);
}

/** What a mixture must keep, and of what it shall have as little as possible. */
export interface Target {
  readonly want: 'smallest' | 'fastest';
  readonly keep: string;
  readonly meets: (outcome: Outcome) => boolean;
}

/** Loses no more than this, percentage points. */
export function losesAtMost(points: number): Pick<Target, 'keep' | 'meets'> {
  return {
    keep: points === 0 ? 'no accuracy lost' : `at most ${points} points lost`,
    meets: ({ paired }) => paired.difference >= -points,
  };
}

/** Changes no more answers than this, percent. */
export function changesAtMost(percent: number): Pick<Target, 'keep' | 'meets'> {
  return {
    keep: percent === 0 ? 'no answer changed' : `at most ${percent} % of the answers changed`,
    meets: ({ paired }) => (100 * paired.changed) / paired.total <= percent,
  };
}

/** What a search found, and what there was to find. */
export interface Found {
  readonly model: string;
  readonly target: Target;
  /** By what the search judged single layers. */
  readonly guide: Measure;
  readonly found: Outcome;
  /** Of all mixtures. */
  readonly optimum: Outcome;
  /** Cost of the found one over that of the optimum, less 1. */
  readonly excess: number;
  /** Whether the mixture that the search starts from, each layer at its cheapest, met the target. */
  readonly startMeets: boolean;
  /** Models that the search had to measure: single layers, and what it tried. */
  readonly measured: number;
  /** All mixtures there are. */
  readonly total: number;
}

/** Searches for a target with each guide, and looks up among all mixtures what it should have found. */
export function searches(
  sensitivity: Sensitivity,
  targets: readonly Target[],
  guides: readonly Measure[],
): Found[] {
  const { layers, model } = sensitivity;
  const all = mixtures(sensitivity);
  const [float32] = uniform(sensitivity);
  const alone = (layer: number, precision: Precision): Outcome =>
    outcomeOf(sensitivity, onlyLayer(layers.length, layer, precision));
  return targets.flatMap((target) => {
    const cost = costOf(target, sensitivity);
    const optimum = all
      .filter(target.meets)
      .reduce((best, one) => (cost(one) < cost(best) ? one : best));
    return guides.map((guide): Found => {
      const { assignment, tried } = searchAssignment({
        layers: layers.length,
        cost: (layer, precision) => cost(alone(layer, precision)) - cost(float32),
        sensitivity: (layer, precision) => measures[guide](alone(layer, precision)),
        meets: (one) => target.meets(outcomeOf(sensitivity, one)),
      });
      const found = outcomeOf(sensitivity, assignment);
      return {
        ...{ model, target, guide, found, optimum },
        startMeets: target.meets(outcomeOf(sensitivity, tried[0])),
        excess: cost(found) / cost(optimum) - 1,
        measured: measuredModels(layers.length, tried),
        total: all.length,
      };
    });
  });
}

function costOf(
  { want }: Target,
  { batchSizes: [batchSize] }: Sensitivity,
): (one: Outcome) => number {
  return want === 'smallest' ? ({ sizeBytes }) => sizeBytes : (one) => microseconds(one, batchSize);
}

/** Float32, each precision in each layer alone, and what was tried beside these. */
function measuredModels(layers: number, tried: readonly Assignment[]): number {
  const beyond = tried.filter(
    (one) => one.filter((precision) => precision !== 'float32').length > 1,
  );
  return 1 + layers * (precisions.length - 1) + new Set(beyond.map((one) => one.join())).size;
}

/** How many models some searches had to measure: `14 to 25`. */
export function measuredText(results: readonly Found[]): string {
  const counts = results.map(({ measured }) => measured);
  return [...new Set([Math.min(...counts), Math.max(...counts)])].join(' to ');
}

/** A row for what was found for each target, with all guides that led to it. */
export function searchRows(results: readonly Found[], batchSize: number): Row[] {
  const groups = new Map<string, Found[]>();
  for (const one of results) {
    const key = [one.model, one.target.want, one.target.keep, one.found.assignment].join();
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const [{ model, target, found, optimum, excess, total }] = group;
    const amount = (one: Outcome): string =>
      target.want === 'smallest'
        ? `${significant(sizeMB(one.sizeBytes), 3)} MB`
        : `${significant(microseconds(one, batchSize), 3)} µs`;
    const name = (one: Outcome): string => `${one.assignment.join(' · ')}: ${amount(one)}`;
    return {
      Model: model,
      Target: `${target.want}, ${target.keep}`,
      'Guided by': group.map(({ guide }) => guide).join(', '),
      Found: name(found),
      'Best of all': found === optimum ? 'the same' : name(optimum),
      'Excess over best (%)': (100 * excess).toFixed(1),
      'Models measured': `${measuredText(group)} of ${total}`,
    };
  });
}
