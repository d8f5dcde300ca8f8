import { createHash } from 'node:crypto';
import { measuredOn } from '#lib/hardware/measuredOn';
import type { Dataset, Split } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate, type Ranges } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { assigner, layerOutputs, treatments } from '#lib/sensitivity/assignment';
import type { MeasuredModel } from '#lib/sensitivity/assignmentRecords';

/** A float32 model of which mixtures are made, and all that measuring them takes: plain values. */
export interface Original {
  /** What its records are found by. */
  readonly measured: MeasuredModel;
  /** Content of the ONNX file. */
  readonly model: Uint8Array;
  /** For static int8. */
  readonly ranges: Ranges;
  readonly test: Split;
}

/** Calibrates a model, and tells what its measurements depend on. */
export async function originalOf(
  { spec, model }: Pick<TrainedModel, 'spec' | 'model'>,
  { train, test, checksum }: Dataset,
  calibration: CalibrationExamples,
): Promise<Original> {
  const ranges = await calibrate(model, calibrationBatches(train.features, calibration));
  const measured = {
    model: spec.name,
    recipe: recipeOf(model, ranges),
    data: checksum,
    ...(await measuredOn()),
  };
  return { measured, model, ranges, test };
}

function recipeOf(model: Uint8Array, ranges: Ranges): string {
  const build = assigner(model, ranges);
  const hash = createHash('sha256');
  for (const treatment of treatments) {
    hash.update(build(layerOutputs(model).map(() => treatment)));
  }
  return hash.digest('hex');
}
