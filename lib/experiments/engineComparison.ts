import { argmaxRows, differingRows } from '#lib/evaluation/accuracy';
import { modelLogits } from '#lib/evaluation/session';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import { quantizationError } from '#lib/mapping/error';
import type { TrainedModel } from '#lib/models/checkpoint';
import { tfjsLogits } from '#lib/models/forward';
import type { Row } from '#lib/report/table';

/** Most that a logit may differ: float32 sums in another order. */
const tolerance = 1e-4;

/**
 * Computes the logits of the whole test split with tfjs and with ONNX Runtime: how far is the exported
 * model from the network that tfjs trained?
 *
 * @throws Error if a logit differs by more than 10⁻⁴ or is NaN, or a prediction differs at all
 */
export async function compareEngines(
  { network, model, spec }: TrainedModel,
  dataset: Dataset,
): Promise<Row> {
  const { features, labels } = dataset.test;
  const ours = await modelLogits(model, features, { batchSize: 64 });
  const theirs = await tfjsLogits(network, features);

  const largestDifference = quantizationError(theirs, ours).maximum;
  const classes = [ours, theirs].map((logits) => argmaxRows(logits, dataset.classes));
  const changedPredictions = differingRows(classes[0], classes[1]);
  const near = largestDifference <= tolerance; // not if it is NaN
  if (!near || changedPredictions > 0) {
    throw new Error(
      `The ONNX file of ${spec.name} is not the network that was trained: a logit differs by ` +
        `${largestDifference.toExponential(1)}, and ${changedPredictions} predictions differ.`,
    );
  }
  return {
    Model: spec.name,
    Data: datasetLabel(dataset),
    Examples: labels.length,
    'Largest difference of a logit': largestDifference.toExponential(1),
    'Predictions that differ': changedPredictions,
  };
}
