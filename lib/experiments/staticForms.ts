import { comparePredictions } from '#lib/evaluation/significance';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import type { Ranges } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { pairedCells } from '#lib/experiments/comparison';
import { measureSideBySide } from '#lib/experiments/measure';
import { latencyCells } from '#lib/report/latencyCells';
import type { Row } from '#lib/report/table';

/**
 * Static int8 in both forms of file and all types, and dynamic int8, measured side by side and held
 * against float32; factors are of medians.
 */
export async function staticFormRows(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  ranges: Ranges,
  { threads }: { threads: number },
): Promise<Row[]> {
  const forms = [
    { Form: 'dynamic', Types: 'U8S8', bytes: quantizeDynamic(model) },
    ...(['QDQ', 'QOperator'] as const).flatMap((form) =>
      (['U8S8', 'S8S8', 'U8U8'] as const).map((types) => ({
        Form: form,
        Types: types,
        bytes: quantizeStatic(model, ranges, { form, types }),
      })),
    ),
  ];
  const models = [model, ...forms.map(({ bytes }) => bytes)];
  const { accuracies, latencies } = await measureSideBySide(
    `int8 forms of ${spec.name}`,
    models,
    dataset,
    { threads },
  );
  const [float32, ...others] = accuracies;
  return forms.map(({ Form, Types }, i) => {
    const comparison = comparePredictions(
      float32.predictions,
      others[i].predictions,
      dataset.test.labels,
    );
    const cells = pairedCells(comparison);
    const times = latencies[i + 1].flatMap((latency, k) => {
      const [mean] = latencyCells(latency.batchSize, latency);
      const factor = latencies[0][k].medianMicroseconds / latency.medianMicroseconds;
      return [mean, [`Times faster, B${latency.batchSize}`, factor.toFixed(2)]];
    });
    return {
      Model: spec.name,
      Form,
      Types,
      Changed: cells.Changed,
      'Accuracy (points)': cells['Accuracy (points)'],
      'p (McNemar)': cells['p (McNemar)'],
      ...(Object.fromEntries(times) as Row),
    };
  });
}
