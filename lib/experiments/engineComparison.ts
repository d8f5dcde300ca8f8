import { argmaxRows } from '#lib/evaluation/accuracy';
import { modelLogits } from '#lib/evaluation/session';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { tfjsLogits } from '#lib/models/forward';
import type { Row } from '#lib/report/table';

/** How far the exported model is from the network that tfjs trained. */
export interface EngineComparison {
  readonly row: Row;
  /** Largest absolute difference of a logit. */
  readonly largestDifference: number;
  /** Test examples that are put into another class. */
  readonly changedPredictions: number;
}

/** Computes the logits of the whole test split with tfjs and with ONNX Runtime. */
export async function compareEngines(
  { network, model, spec }: TrainedModel,
  dataset: Dataset,
): Promise<EngineComparison> {
  const { features, labels } = dataset.test;
  const ours = await modelLogits(model, features, { batchSize: 64 });
  const theirs = await tfjsLogits(network, features);

  const largestDifference = ours.reduce(
    (most, logit, i) => Math.max(most, Math.abs(logit - theirs[i])),
    0,
  );
  const classes = [ours, theirs].map((logits) => argmaxRows(logits, dataset.classes));
  const changedPredictions = labels.filter((_, i) => classes[0][i] !== classes[1][i]).length;
  const row = {
    Model: spec.name,
    Data: datasetLabel(dataset),
    Examples: labels.length,
    'Largest difference of a logit': largestDifference.toExponential(1),
    'Predictions that differ': changedPredictions,
  };
  return { row, largestDifference, changedPredictions };
}
