import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { calibrate, type Ranges } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Observer } from '#lib/quantizers/observers/observer';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/** What calibration found for each activation of a model, and the step of uint8 that follows from it. */
export function rangeRows(model: string, ranges: Ranges): Row[] {
  return Array.from(ranges, ([tensor, { min, max }]) => ({
    Model: model,
    Activation: tensor,
    Min: min,
    Max: max,
    Step: (Math.max(max, 0) - Math.min(min, 0)) / 255,
  }));
}

/** Calibrates a model by each of several observers; the ranges that each found, by its name. */
export function observedRanges(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  observers: Readonly<Record<string, () => Observer>>,
  examples: CalibrationExamples,
): Promise<ReadonlyMap<string, Ranges>> {
  const entries = Object.entries(observers);
  return withProgress(`Observing ${spec.name}`, 'observers', async (progress, signal) => {
    const observed = new Map<string, Ranges>();
    for (const [name, observer] of entries) {
      const batches = calibrationBatches(dataset.train.features, examples);
      observed.set(name, await calibrate(model, batches, { observer, signal }));
      progress(observed.size, entries.length);
    }
    return observed;
  });
}

/** The greatest value that each observer lets through, for each activation of a model. */
export function rangeEndRows(model: string, observed: ReadonlyMap<string, Ranges>): Row[] {
  return Array.from(observed, ([Observer, ranges]) => {
    const ends = Array.from(ranges, ([tensor, { max }]) => [tensor, max] as const);
    return { Model: model, Observer, ...Object.fromEntries(ends) };
  });
}
