/** What is measured, as data: change a number here to measure something else. */
import type { Setting } from '#lib/records/setting';
import { halves, precisions, type Assignment, type Treatment } from '#lib/sensitivity/assignment';
import type { SweepProtocol } from '#lib/sweep/cases';
import { spreadLimit } from '#lib/timers/spread';

export interface SensitivityProtocol extends SweepProtocol {
  /** Rows in the calls that are timed. */
  readonly batchSizes: readonly number[];
}

/** `quick` is meant for the two models of the lab, `full` for all four. */
export const protocols: Readonly<Record<Setting, SensitivityProtocol>> = {
  quick: { runs: 3, runMilliseconds: 6, runCalls: 10, spreadLimit, batchSizes: [1] },
  full: { runs: 5, runMilliseconds: 30, runCalls: 10, spreadLimit, batchSizes: [1, 64] },
};

/** Every way to give each layer one of the precisions: 125 for three layers. */
export function everyAssignment(layers: number): Assignment[] {
  return layers === 0
    ? [[]]
    : everyAssignment(layers - 1).flatMap((first) => precisions.map((last) => [...first, last]));
}

/** One layer treated, the others in float32. */
export function onlyLayer(layers: number, layer: number, treatment: Treatment): Assignment {
  return Array.from({ length: layers }, (_, i) => (i === layer ? treatment : 'float32'));
}

/** One layer in float32, the others treated. */
export function allButLayer(layers: number, layer: number, treatment: Treatment): Assignment {
  return Array.from({ length: layers }, (_, i) => (i === layer ? 'float32' : treatment));
}

/** All mixtures of precisions, and each half of int8 in one layer, in all but one and in all. */
export function sensitivityCases(layers: number): Assignment[] {
  const numbers = Array.from({ length: layers }, (_, i) => i);
  const partial = halves.flatMap((half) => [
    ...numbers.flatMap((i) => [onlyLayer(layers, i, half), allButLayer(layers, i, half)]),
    numbers.map(() => half),
  ]);
  const different = new Map(
    [...everyAssignment(layers), ...partial].map((one) => [one.join(), one]),
  );
  return [...different.values()];
}
