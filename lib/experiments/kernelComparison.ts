/** Our own kernels against the engine's: the same logits, and how long each takes. */
import { argmaxRows, differingRows } from '#lib/evaluation/accuracy';
import { modelLogits, predict } from '#lib/evaluation/session';
import {
  datasetLabel,
  denseBatch,
  rowRange,
  type Dataset,
  type Features,
} from '#lib/loaders/dataset';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { quantizationError } from '#lib/mapping/error';
import { integerMatMul } from '#lib/mapping/integerMatMul';
import { openWasmModel, openWasmSession } from '#lib/kernels/wasmModel';
import { latencyCells } from '#lib/report/latencyCells';
import { significant } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import { measureLatency } from '#lib/timers/latency';
import type { LatencySummary } from '#lib/timers/summary';

/** A form of a model that both kernels run. */
export interface KernelVariant {
  /** Of the model, for tables. */
  readonly name: string;
  readonly form: 'float32' | 'dynamic int8' | 'static int8';
  readonly model: Uint8Array;
}

/** A model on both kernels. */
export interface KernelComparison {
  readonly model: string;
  readonly form: KernelVariant['form'];
  readonly data: string;
  /** Test rows, and those whose class differs between the kernels. */
  readonly total: number;
  readonly changed: number;
  /** Logits of all test rows, and those that differ in any bit from the engine's. */
  readonly logits: number;
  readonly unequalLogits: number;
  /** Largest distance between the two. */
  readonly largestDifference: number;
  /** Ours from integer arithmetic in plain TypeScript, on {@link referenceRows}; for dynamic int8. */
  readonly distanceFromReference?: number;
  /** One for each batch size. */
  readonly engine: readonly LatencySummary[];
  readonly ours: readonly LatencySummary[];
}

const batchSizes = [1, 64];
/** After the dropped warm-up, as many as the lab asks for. */
const runs = 5;
/** Rows that plain TypeScript computes in a second: the first of the test split. */
export const referenceRows = 4;

/**
 * Runs a model on ONNX Runtime and on our kernel: all test rows in batches of 64, and then timed in turns.
 */
export async function compareKernels(
  { name, form, model }: KernelVariant,
  dataset: Dataset,
  { threads }: { threads: number },
): Promise<KernelComparison> {
  const { features } = dataset.test;
  const engine = await modelLogits(model, features, { batchSize: 64 });
  const ours = await predict(await openWasmSession(model), features, { batchSize: 64 });
  const classes = [engine, ours].map((logits) => argmaxRows(logits, dataset.classes));

  const latencies = await withProgress(
    `Timing two kernels on ${name}, ${form}`,
    'runs',
    (onProgress, signal) =>
      measureLatency(
        [
          { name: 'engine', model },
          { name: 'ours', model, open: openWasmSession },
        ],
        features,
        { batchSizes, threads, runs, onProgress, signal },
      ),
  );
  const of = (wanted: string): LatencySummary[] => latencies.filter((one) => one.name === wanted);
  return {
    model: name,
    form,
    data: datasetLabel(dataset),
    total: classes[0].length,
    changed: differingRows(classes[0], classes[1]),
    logits: engine.length,
    unequalLogits: engine.filter((logit, i) => logit !== ours[i]).length,
    largestDifference: quantizationError(engine, ours).maximum,
    ...(form === 'dynamic int8' && {
      distanceFromReference: await distanceFromReference(model, features),
    }),
    engine: of('engine'),
    ours: of('ours'),
  };
}

async function distanceFromReference(model: Uint8Array, features: Features): Promise<number> {
  const rows = denseBatch(features, rowRange(0, referenceRows));
  const { logits } = await openWasmModel(model);
  const reference = dynamicInt8Logits(model, integerMatMul)(rows);
  return quantizationError(reference, logits(rows)).maximum;
}

/** For each model a row of the engine's kernel and one of ours. */
export function kernelRows(comparisons: readonly KernelComparison[]): Row[] {
  return comparisons.flatMap((comparison) =>
    (['engine', 'ours'] as const).map((kernel) => ({
      Model: comparison.model,
      Form: comparison.form,
      Data: comparison.data,
      Kernel: kernel === 'engine' ? 'onnxruntime-node' : 'ours (WebAssembly)',
      ...Object.fromEntries(comparison[kernel].flatMap((own) => latencyCells(own.batchSize, own))),
    })),
  );
}

/** What the rows say: a sentence on the logits of int8, one on those of float32, one for each batch size. */
export function kernelFindings(comparisons: readonly KernelComparison[]): string[] {
  const times = comparisons[0].ours.map(({ batchSize }, i) => {
    const factors = comparisons.map(({ model, form, engine, ours }) => {
      const factor = engine[i].medianMicroseconds / ours[i].medianMicroseconds;
      return `${significant(factor, 3)} (${model}, ${form})`;
    });
    return `Batch ${batchSize}, how many times as fast as the engine's our kernel is: ${factors.join(', ')}.`;
  });
  const floats = comparisons.filter(({ form }) => form === 'float32');
  const integers = comparisons.filter(({ form }) => form !== 'float32');
  return [
    ...(integers.length > 0 ? [integerFinding(integers)] : []),
    ...(floats.length > 0 ? [floatFinding(floats)] : []),
    ...times,
  ];
}

function integerFinding(comparisons: readonly KernelComparison[]): string {
  const [total, unequal, changed] = (['logits', 'unequalLogits', 'changed'] as const).map((key) =>
    sum(comparisons, key),
  );
  return unequal === 0
    ? `All ${total.toLocaleString('en')} logits of int8 are the engine's to the bit.`
    : `${unequal.toLocaleString('en')} of ${total.toLocaleString('en')} logits of int8 differ from the ` +
        `engine's, and ${changed} predictions: its kernel on this CPU computes something else.`;
}

function floatFinding(comparisons: readonly KernelComparison[]): string {
  const most = Math.max(...comparisons.map(({ largestDifference }) => largestDifference));
  return (
    `Logits of float32, which are summed in another order, are at most ${most.toExponential(1)} from the ` +
    `engine's; ${sum(comparisons, 'changed')} of ${sum(comparisons, 'total').toLocaleString('en')} ` +
    'predictions differ.'
  );
}

function sum(
  comparisons: readonly KernelComparison[],
  key: 'logits' | 'unequalLogits' | 'changed' | 'total',
): number {
  return comparisons.reduce((total, comparison) => total + comparison[key], 0);
}
