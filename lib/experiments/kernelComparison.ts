/** Our own int8 kernel against the engine's: the same logits, and how long each takes. */
import { argmaxRows } from '#lib/evaluation/accuracy';
import { openSession, predict } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import { datasetLabel, denseBatch, rowRange, type Dataset } from '#lib/loaders/dataset';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/quantizers/mapping/integerMatMul';
import { openWasmSession } from '#lib/kernels/wasmModel';
import { plusMinus, significant } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import { measureLatency } from '#lib/timers/latency';
import type { LatencySummary } from '#lib/timers/summary';

/** A dynamic int8 model on both kernels. */
export interface KernelComparison {
  readonly model: string;
  readonly data: string;
  /** Test rows, and those whose class differs between the kernels. */
  readonly total: number;
  readonly changed: number;
  /** Logits of all test rows, and those that differ in any bit from the engine's. */
  readonly logits: number;
  readonly unequalLogits: number;
  /** Largest distance of our logits from integer arithmetic in plain TypeScript, on a few rows. */
  readonly distanceFromReference: number;
  /** One for each batch size. */
  readonly engine: readonly LatencySummary[];
  readonly ours: readonly LatencySummary[];
}

const batchSizes = [1, 64];
/** Rows that plain TypeScript computes in a second. */
const referenceRows = 4;

/**
 * Runs a model of `quantizeDynamic` on ONNX Runtime and on our kernel: all test rows in batches of 64, and
 * then timed in turns.
 *
 * @param name of the model, for tables
 * @param options.runs as many as the lab asks for if left out, after the dropped warm-up
 */
export async function compareKernels(
  name: string,
  model: Uint8Array,
  dataset: Dataset,
  { threads, runs = 5 }: { threads: number; runs?: number },
): Promise<KernelComparison> {
  const { features } = dataset.test;
  const logits: Float32Array[] = [];
  for (const open of [openSession, openWasmSession]) {
    const session = await open(model, { threads });
    logits.push(await predict(session, features, { batchSize: 64 }));
    await session.release();
  }
  const [engine, ours] = logits;
  const classes = logits.map((each) => argmaxRows(each, dataset.classes));

  const few = denseBatch(features, rowRange(0, referenceRows));
  const reference = dynamicInt8Logits(model, integerMatMul)(few);
  const kernel = await openWasmSession(model);
  const fewLogits = await kernel.run(few);

  const latencies = await withProgress(`Timing two kernels on ${name}`, 'runs', (onProgress) =>
    interruptible((signal) =>
      measureLatency(
        [
          { name: 'engine', model },
          { name: 'ours', model, open: openWasmSession },
        ],
        features,
        { batchSizes, threads, runs, onProgress, signal },
      ),
    ),
  );
  const of = (wanted: string): LatencySummary[] => latencies.filter((one) => one.name === wanted);
  return {
    model: name,
    data: datasetLabel(dataset),
    total: classes[0].length,
    changed: classes[0].filter((chosen, row) => chosen !== classes[1][row]).length,
    logits: engine.length,
    unequalLogits: engine.filter((logit, i) => logit !== ours[i]).length,
    distanceFromReference: Math.max(...reference.map((logit, i) => Math.abs(logit - fewLogits[i]))),
    engine: of('engine'),
    ours: of('ours'),
  };
}

/** For each model a row of the engine's kernel and one of ours. */
export function kernelRows(comparisons: readonly KernelComparison[]): Row[] {
  return comparisons.flatMap((comparison) =>
    (['engine', 'ours'] as const).map((kernel) => ({
      Model: comparison.model,
      Data: comparison.data,
      Kernel: kernel === 'engine' ? 'onnxruntime-node' : 'ours (WebAssembly)',
      ...Object.fromEntries(
        comparison[kernel].flatMap((own) => [
          [
            `Latency B${own.batchSize} (µs), mean ± std`,
            plusMinus(own.meanMicroseconds, own.stdMicroseconds),
          ],
          [`Latency B${own.batchSize} (µs), median`, significant(own.medianMicroseconds, 3)],
        ]),
      ),
    })),
  );
}

/** What the rows say, a sentence for each batch size, and one on the logits. */
export function kernelFindings(comparisons: readonly KernelComparison[]): string[] {
  const [total, unequal, changed] = (['logits', 'unequalLogits', 'changed'] as const).map((key) =>
    comparisons.reduce((sum, comparison) => sum + comparison[key], 0),
  );
  const equality =
    unequal === 0
      ? `All ${total.toLocaleString('en')} logits are the engine's to the bit.`
      : `${unequal.toLocaleString('en')} of ${total.toLocaleString('en')} logits differ from the engine's, ` +
        `and ${changed} predictions: its kernel on this CPU computes something else.`;
  const times = comparisons[0].ours.map(({ batchSize }, i) => {
    const factors = comparisons.map(({ model, engine, ours }) => {
      const factor = engine[i].medianMicroseconds / ours[i].medianMicroseconds;
      return `${factor.toFixed(2)} (${model})`;
    });
    return `Batch ${batchSize}, how many times as fast as the engine's our kernel is: ${factors.join(', ')}.`;
  });
  return [equality, ...times];
}
