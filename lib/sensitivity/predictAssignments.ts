import { argmaxRows } from '#lib/evaluation/accuracy';
import { compareModels } from '#lib/evaluation/compareModels';
import { meanDivergence } from '#lib/evaluation/divergence';
import { modelLogits } from '#lib/evaluation/session';
import { today } from '#lib/hardware/measuredOn';
import { denseBatch, rowCount, rowRange } from '#lib/loaders/dataset';
import { quantizationError } from '#lib/mapping/error';
import { runCases, type CaseProgress } from '#lib/records/runCases';
import { assigner, isSimulated, layerOutputs, type Assignment } from '#lib/sensitivity/assignment';
import { predictionRecords, type PredictionRecord } from '#lib/sensitivity/assignmentRecords';
import type { Original } from '#lib/sensitivity/original';

export interface PredictionOptions {
  /** Where records are kept; `build/sensitivity` if left out. */
  readonly directory?: string;
  readonly onProgress?: CaseProgress;
}

/** Rows in a batch when the test split is predicted: dynamic int8 takes its range over them. */
const predictionBatch = 64;
/** Test rows on which the output of a single layer is compared. */
const comparedRows = 512;
/** Of the engine. The answers don't depend on it. */
const threads = 1;

/**
 * What a model answers on the whole test split with each assignment. Each is kept as soon as it is
 * measured, and one that was measured before is not measured again: work that was interrupted goes on
 * where it stopped.
 *
 * @returns one record for each assignment, in their order
 */
export async function predictAssignments(
  original: Original,
  assignments: readonly Assignment[],
  { directory, onProgress }: PredictionOptions = {},
): Promise<PredictionRecord[]> {
  const { measured, model, ranges } = original;
  const records = predictionRecords(directory);
  const build = assigner(model, ranges);
  const measure = measurer(original);
  return runCases(assignments, {
    find: (assignment) => records.find({ ...measured, assignment }),
    measure: async (assignment) => {
      const measurement = await measure(assignment, build(assignment));
      return records.save({ ...measured, assignment, ...measurement, date: today() });
    },
    estimatedSeconds: () => 1,
    onProgress,
  });
}

/** A ratio as records keep it: JSON has no infinity. */
function decibels(sqnr = Infinity): number | null {
  return Number.isFinite(sqnr) ? sqnr : null;
}

type Measurement = Pick<
  PredictionRecord,
  'sizeBytes' | 'predictions' | 'divergence' | 'sqnr' | 'layerSqnr'
>;

/** Measures against the float32 model, whose logits are computed once, when they are first needed. */
function measurer({
  model: float32,
  test: { features, labels },
}: Original): (assignment: Assignment, model: Uint8Array) => Promise<Measurement> {
  const logitsOf = (model: Uint8Array, asWritten: boolean): Promise<Float32Array> =>
    modelLogits(model, features, { batchSize: predictionBatch, threads, asWritten });
  const rows = Math.min(comparedRows, rowCount(features));
  let reference: Promise<Float32Array> | undefined;

  return async (assignment, model) => {
    const asWritten = isSimulated(assignment);
    const first = await (reference ??= logitsOf(float32, false));
    const logits = await logitsOf(model, asWritten);
    const classes = logits.length / labels.length;
    const { sqnr } = quantizationError(first, logits);
    return {
      sizeBytes: model.length,
      predictions: argmaxRows(logits, classes).join(''),
      divergence: meanDivergence(first, logits, classes),
      sqnr: decibels(sqnr),
      layerSqnr: await layerSqnr(assignment, model, asWritten),
    };
  };

  async function layerSqnr(
    assignment: Assignment,
    model: Uint8Array,
    asWritten: boolean,
  ): Promise<number | null> {
    const changed = assignment.flatMap((treatment, i) => (treatment === 'float32' ? [] : [i]));
    if (changed.length !== 1) return null;
    const input = {
      dtype: 'float32',
      dims: [rows, features.width],
      data: denseBatch(features, rowRange(0, rows)),
    } as const;
    const { tensors } = await compareModels(float32, model, input, { threads, asWritten });
    const output = layerOutputs(float32)[changed[0]];
    return decibels(tensors.find(({ name }) => name === output)?.sqnr);
  }
}
