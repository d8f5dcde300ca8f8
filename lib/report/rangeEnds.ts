import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Observer } from '#lib/quantizers/observer';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/** The greatest value that each observer lets through, for each activation of a model. */
export function rangeEndRows(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  observers: Readonly<Record<string, () => Observer>>,
  examples: CalibrationExamples,
): Promise<Row[]> {
  const entries = Object.entries(observers);
  return withProgress(`Observing ${spec.name}`, 'observers', (progress) =>
    interruptible(async (signal) => {
      const rows: Row[] = [];
      for (const [name, observer] of entries) {
        const batches = calibrationBatches(dataset.train.features, examples);
        const ranges = await calibrate(model, batches, { observer, signal });
        const ends = Array.from(ranges, ([tensor, { max }]) => [tensor, max] as const);
        rows.push({ Model: spec.name, Observer: name, ...Object.fromEntries(ends) });
        progress(rows.length, entries.length);
      }
      return rows;
    }),
  );
}
