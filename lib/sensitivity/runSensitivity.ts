import { createHash } from 'node:crypto';
import os from 'node:os';
import { argmaxRows } from '#lib/evaluation/accuracy';
import { compareModels } from '#lib/evaluation/compareModels';
import { meanDivergence } from '#lib/evaluation/divergence';
import { modelLogits } from '#lib/evaluation/session';
import { packageVersion } from '#lib/hardware/packageVersion';
import { hardwareReport } from '#lib/hardware/report';
import { machineLabel } from '#lib/hardware/reportRows';
import { denseBatch, rowCount, rowRange, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { quantizationError } from '#lib/quantizers/mapping/error';
import {
  assigner,
  isSimulated,
  layerOutputs,
  treatments,
  type Assignment,
} from '#lib/sensitivity/assignment';
import type { SensitivityProtocol } from '#lib/sensitivity/cases';
import { sensitivityRecords, type SensitivityRecord } from '#lib/sensitivity/sensitivityRecord';
import { runCases, type CaseProgress } from '#lib/records/runCases';
import { measureLatency } from '#lib/timers/latency';

export interface SensitivityOptions {
  readonly protocol: SensitivityProtocol;
  /** For the ranges of static int8. */
  readonly calibration: CalibrationExamples;
  readonly threads: number;
  /** Where records are kept; `build/sensitivity` if left out. */
  readonly directory?: string;
  readonly onProgress?: CaseProgress;
  /** Ends the work; what is measured by then is kept. */
  readonly signal?: AbortSignal;
}

/** Rows in a batch when the test split is predicted: dynamic int8 takes its range over them. */
const predictionBatch = 64;
/** Test rows on which the output of a single layer is compared. */
const comparedRows = 512;

/**
 * Measures assignments of a model on the whole test split. Each is kept as soon as it is measured, and one
 * that was measured before is not measured again: work that was interrupted goes on where it stopped.
 *
 * @returns one record for each assignment, in their order
 * @throws the signal's reason, once the signal is aborted
 */
export async function runSensitivity(
  { spec, model }: Pick<TrainedModel, 'spec' | 'model'>,
  dataset: Dataset,
  assignments: readonly Assignment[],
  { protocol, calibration, threads, directory, onProgress, signal }: SensitivityOptions,
): Promise<SensitivityRecord[]> {
  const batches = calibrationBatches(dataset.train.features, calibration);
  const build = assigner(model, await calibrate(model, batches, { threads, signal }));
  const common = {
    model: spec.name,
    recipe: recipeOf(layerOutputs(model).length, build),
    data: dataset.checksum,
    protocol,
    threads,
    engine: `onnxruntime-node ${packageVersion('onnxruntime-node')}`,
    machine: machineLabel(await hardwareReport()),
  };
  const records = sensitivityRecords(directory);
  const measure = measurer(model, dataset, { protocol, threads, signal });
  return runCases(assignments, {
    find: (assignment) => records.find({ ...common, assignment }),
    measure: async (assignment) => {
      const measurement = await measure(assignment, build(assignment));
      const date = new Date().toISOString().slice(0, 10);
      return records.save({ ...common, assignment, ...measurement, date });
    },
    estimatedSeconds: (assignment) => (isSimulated(assignment) ? 1 : 2),
    onProgress,
    signal,
  });
}

/** A ratio as records keep it: JSON has no infinity. */
function decibels(sqnr = Infinity): number | null {
  return Number.isFinite(sqnr) ? sqnr : null;
}

function recipeOf(layers: number, build: (assignment: Assignment) => Uint8Array): string {
  const hash = createHash('sha256');
  for (const treatment of treatments) {
    hash.update(build(Array.from({ length: layers }, () => treatment)));
  }
  return hash.digest('hex');
}

type Measurement = Pick<
  SensitivityRecord,
  'sizeBytes' | 'predictions' | 'divergence' | 'sqnr' | 'layerSqnr' | 'latency'
>;

/** Measures against the float32 model, whose logits are computed once, when they are first needed. */
function measurer(
  float32: Uint8Array,
  { classes, test }: Dataset,
  { protocol, threads, signal }: Pick<SensitivityOptions, 'protocol' | 'threads' | 'signal'>,
): (assignment: Assignment, model: Uint8Array) => Promise<Measurement> {
  const { features } = test;
  // With all cores, as a row of a product is summed in the same order by whichever thread computes it.
  const cores = os.availableParallelism();
  const logitsOf = (model: Uint8Array, asWritten: boolean): Promise<Float32Array> =>
    modelLogits(model, features, { batchSize: predictionBatch, threads: cores, asWritten });
  const rows = Math.min(comparedRows, rowCount(features));
  let reference: Promise<Float32Array> | undefined;

  return async (assignment, model) => {
    const asWritten = isSimulated(assignment);
    const first = await (reference ??= logitsOf(float32, false));
    const logits = await logitsOf(model, asWritten);
    const { sqnr } = quantizationError(first, logits);
    return {
      sizeBytes: model.length,
      predictions: argmaxRows(logits, classes).join(''),
      divergence: meanDivergence(first, logits, classes),
      sqnr: decibels(sqnr),
      layerSqnr: await layerSqnr(assignment, model, asWritten),
      latency: asWritten ? [] : await latency(model),
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

  async function latency(model: Uint8Array): Promise<SensitivityRecord['latency']> {
    const variants = [
      { name: 'own', model },
      { name: 'float32', model: float32 },
    ];
    const timing = { ...protocol, threads, signal };
    const results = await measureLatency(variants, features, timing);
    return protocol.batchSizes.map((batchSize, i) => {
      const [own, reference] = results.slice(2 * i, 2 * i + 2);
      return { batchSize, own, float32: reference };
    });
  }
}
