import { basename, join } from 'node:path';
import { evaluateModel, type Accuracy } from '#lib/evaluation/accuracy';
import { today } from '#lib/hardware/measuredOn';
import { packageVersion } from '#lib/hardware/packageVersion';
import { hardwareReport } from '#lib/hardware/report';
import { machineLabel } from '#lib/hardware/reportRows';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { modelCost } from '#lib/models/cost';
import { networkWidths } from '#lib/models/network';
import { withProgress } from '#lib/report/progress';
import { plusMinus, significant } from '#lib/report/numbers';
import { saveRecord, type Measurement } from '#lib/report/records';
import type { Row } from '#lib/report/table';
import { measureLatency } from '#lib/timers/latency';
import { passThroughModel } from '#lib/timers/passThrough';
import type { LatencySummary } from '#lib/timers/summary';
import { writeWhole } from '#lib/wholeFile';

/** One form of a trained model: a row of the results table. */
export interface Variant extends Pick<Measurement, 'quantization' | 'dtype'> {
  /** Content of the ONNX file. */
  readonly model: Uint8Array;
}

export interface Measured {
  /** One for each variant, in their order; also kept in `build/results`. */
  readonly records: readonly Measurement[];
  /** Class that each variant chooses for each row of the test split. */
  readonly predictions: readonly Uint32Array[];
  /** The right classes. */
  readonly labels: Uint8Array;
  /** Latency of a call that does no arithmetic, for each batch size; empty if not asked for. */
  readonly callOverhead: readonly LatencySummary[];
}

/** Where the measured models are kept, seen from the root of the repository. */
const onnxDirectory = join('build', 'onnx');
/** Batch sizes that the lab asks for. */
const batchSizes = [1, 64];
/** Runs that the lab asks for, after the dropped warm-up. */
const runs = 5;

export interface MeasureOptions {
  /** Threads of the engine. */
  readonly threads: number;
  /** Whether to time, in turn with the models, also a call that does no arithmetic. */
  readonly overhead?: boolean;
}

/** What models do side by side, each as it is. */
export interface SideBySide {
  /** On the whole test split, for each model. */
  readonly accuracies: readonly Accuracy[];
  /** For each model: a summary for each batch size. */
  readonly latencies: readonly (readonly LatencySummary[])[];
  readonly callOverhead: Measured['callOverhead'];
}

/**
 * Accuracy on the whole test split (batch 64, so that dynamic quantization sees what it is timed with),
 * and latency by {@link measureLatency}, of models for the same data. Nothing is kept.
 */
export async function measureSideBySide(
  title: string,
  models: readonly Uint8Array[],
  dataset: Dataset,
  { threads, overhead = false }: MeasureOptions,
): Promise<SideBySide> {
  const accuracies = await withProgress(
    `Predicting with ${title}`,
    'models',
    async (progress, signal) => {
      const all: Accuracy[] = [];
      for (const model of models) {
        signal.throwIfAborted();
        all.push(await evaluateModel(model, dataset.test, { batchSize: 64 }));
        progress(all.length, models.length);
      }
      return all;
    },
  );

  const { width } = dataset.test.features;
  const named = models.map((model, i) => ({ name: String(i), model }));
  const idle = { name: 'overhead', model: passThroughModel(width, dataset.classes) };
  const latencies = await withProgress(`Timing ${title}`, 'runs', (onProgress, signal) =>
    measureLatency(overhead ? [...named, idle] : named, dataset.test.features, {
      batchSizes,
      runs,
      threads,
      onProgress,
      signal,
    }),
  );
  const of = (wanted: string): LatencySummary[] => latencies.filter(({ name }) => name === wanted);
  return {
    accuracies,
    latencies: named.map(({ name }) => of(name)),
    callOverhead: of(idle.name),
  };
}

/**
 * Measures forms of one trained model by {@link measureSideBySide}. Records are kept in
 * `build/results`, the models under the same names in `build/onnx`.
 */
export async function measure(
  trained: TrainedModel,
  dataset: Dataset,
  variants: readonly Variant[],
  options: MeasureOptions,
): Promise<Measured> {
  const { spec } = trained;
  const report = await hardwareReport();
  const { accuracies, latencies, callOverhead } = await measureSideBySide(
    variants.length === 1 ? spec.name : `${variants.length} forms of ${spec.name}`,
    variants.map(({ model }) => model),
    dataset,
    options,
  );

  const records = variants.map(({ quantization, dtype, model }, i): Measurement => {
    const { correct, total } = accuracies[i];
    return {
      model: spec.name,
      dataset: { name: dataset.name, origin: dataset.origin, checksum: dataset.checksum },
      quantization,
      dtype,
      engine: { name: 'onnxruntime-node', version: packageVersion('onnxruntime-node') },
      threads: options.threads,
      sizeBytes: model.length,
      ...modelCost(networkWidths(trained.network)),
      accuracy: { correct, total },
      latency: latencies[i],
      seed: trained.seed,
      trainingBackend: trained.backend,
      versions: report.packages,
      machine: machineLabel(report),
      date: today(),
    };
  });
  records.forEach((record, i) => {
    const file = basename(saveRecord(record), '.json');
    writeWhole(join(onnxDirectory, `${file}.onnx`), variants[i].model);
  });
  return {
    records,
    predictions: accuracies.map(({ predictions }) => predictions),
    labels: dataset.test.labels,
    callOverhead,
  };
}

/** What a call costs by itself: a row for each model and batch size, as {@link measure} timed it. */
export function overheadRows(measured: readonly Measured[]): Row[] {
  return measured.flatMap(({ records: [{ model }], callOverhead }) =>
    callOverhead.map(
      ({ batchSize, meanMicroseconds, stdMicroseconds, medianMicroseconds, runsMicroseconds }) => ({
        'Input of': model,
        Batch: batchSize,
        Runs: runsMicroseconds.length,
        'Call without arithmetic (µs), mean ± std': plusMinus(meanMicroseconds, stdMicroseconds),
        'Call without arithmetic (µs), median': significant(medianMicroseconds, 3),
      }),
    ),
  );
}
