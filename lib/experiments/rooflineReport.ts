/** The models held against what the machine can do. */
import type { Features } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { networkWidths } from '#lib/models/network';
import { significant } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';
import { bandwidthSizes, measureBandwidth } from '#lib/hardware/bandwidth';
import { measurePeaks } from '#lib/hardware/peaks';
import { rooflinePoint, work, type Machine, type RooflinePoint } from '#lib/hardware/roofline';
import { forms, type Form } from '#lib/sweep/squareModel';
import { measureLatency } from '#lib/timers/latency';

/** Measures what this machine can do, with a progress display. */
export function measureMachine(threads: number): Promise<Machine> {
  return withProgress('Measuring what this machine can do', 'parts', async (progress, signal) => {
    const bandwidths = await measureBandwidth(bandwidthSizes, signal);
    progress(1, 2);
    const peaks = await measurePeaks(threads, { runs: 3, runMilliseconds: 100, signal });
    progress(2, 2);
    return { peaks, bandwidths };
  });
}

/** One form of a model at one batch size, held against the machine. */
export interface HeldAgainst extends RooflinePoint {
  readonly model: string;
  readonly form: Form;
  readonly batchSize: number;
  readonly microseconds: number;
}

/**
 * Times forms of a model and holds them against the machine.
 *
 * @param models content of the ONNX file, by form
 */
export function rooflinePoints(
  { spec, network }: TrainedModel,
  features: Features,
  models: Readonly<Partial<Record<Form, Uint8Array>>>,
  {
    machine,
    batchSizes,
    threads,
  }: { machine: Machine; batchSizes: readonly number[]; threads: number },
): Promise<HeldAgainst[]> {
  const variants = forms.flatMap((form) => {
    const model = models[form];
    return model ? [{ name: form, model }] : [];
  });
  return withProgress(`Timing ${spec.name}`, 'runs', async (onProgress, signal) => {
    const timing = { batchSizes, threads, runs: 3, runMilliseconds: 100, onProgress, signal };
    const latencies = await measureLatency(variants, features, timing);
    return latencies.map(({ batchSize, medianMicroseconds }, i) => {
      const { name: form } = variants[i % variants.length];
      const isInt8 = form.endsWith('int8');
      const needed = work(networkWidths(network), batchSize, isInt8 ? 1 : 4);
      const peak = isInt8 ? machine.peaks.int8 : machine.peaks.float32;
      const limits = { peak, bandwidths: machine.bandwidths };
      return {
        model: spec.name,
        form,
        batchSize,
        microseconds: medianMicroseconds,
        ...rooflinePoint(needed, medianMicroseconds * 1e-6, limits),
      };
    });
  });
}

export function rooflineRows(points: readonly HeldAgainst[]): Row[] {
  return points.map((point) => ({
    Model: point.model,
    Form: point.form,
    Batch: point.batchSize,
    'Latency (µs)': significant(point.microseconds, 3),
    'Operations per byte': significant(point.intensity, 3),
    'Gop/s': significant(point.operationsPerSecond / 1e9, 3),
    'Limit (Gop/s)': significant(point.limit / 1e9, 3),
    Binds: point.binds,
    'Of the limit (%)': Math.round((100 * point.operationsPerSecond) / point.limit),
  }));
}

/** A measured peak is good to about this: a model can come out as much above it. */
const peakTolerance = 0.05;
/** A model that is further above it than this was held against a machine that was disturbed. */
const disturbed = 1.1;

/** Which limit is nearer to each model, and how much of it is reached, in sentences. */
export function rooflineFindings(points: readonly HeldAgainst[], { peaks }: Machine): string[] {
  const ratio = peaks.int8 / peaks.float32;
  const sentences = [
    `The fastest large products ran at ${significant(peaks.float32 / 1e9, 3)} Gop/s in float32 and at ` +
      `${significant(peaks.int8 / 1e9, 3)} Gop/s in int8. Such peaks are good to about ` +
      `${100 * peakTolerance} % each: where arithmetic binds, int8 can be about ${ratio.toFixed(1)} times ` +
      'as fast here, and not much more. Where reading binds it can be 4 times, and more where the int8 ' +
      'weights fit into a cache that the float32 weights do not fit into.',
  ];
  for (const binds of ['reading', 'arithmetic'] as const) {
    const bound = points.filter((point) => point.binds === binds);
    if (bound.length === 0) continue;
    const names = bound.map(({ model, form, batchSize }) => `${model} ${form} B${batchSize}`);
    const shares = bound.map((point) => point.operationsPerSecond / point.limit);
    sentences.push(
      `The nearer limit is ${binds} for ${names.join(', ')}: ${reachedText(shares)} of it is reached. ` +
        restText(shares),
    );
  }
  return sentences;
}

function reachedText(shares: readonly number[]): string {
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) =>
    Math.round(100 * share),
  );
  return least === most ? `${most} %` : `${least} to ${most} %`;
}

/** Where the rest of a limit goes, if there is one. */
function restText(shares: readonly number[]): string {
  const most = Math.max(...shares);
  if (most > disturbed) {
    return 'More than all of it: something disturbed the machine while its limits were measured.';
  }
  const least = Math.min(...shares);
  const rest =
    Math.round(100 * least) <= 50
      ? 'Where it is half or less, other work takes half of the time or more.'
      : 'The rest goes to the call and to what the kernels do besides.';
  if (most < 1) return rest;
  const within = 'What is above 100 % is within what a measured limit is off by.';
  return least < 1 ? `${within} ${rest}` : within;
}

/**
 * What int8 gains at each batch size, beside what binds there: a sentence.
 *
 * @param points of float32 and of dynamic int8, of each model at each batch size
 */
export function gainByBatchFinding(points: readonly HeldAgainst[]): string {
  const sizes = [...new Set(points.map(({ batchSize }) => batchSize))];
  const parts = sizes.map((size) => {
    const at = points.filter(({ batchSize }) => batchSize === size);
    const gains = at.flatMap(({ model, form, microseconds }) => {
      const int8 = at.find((one) => one.model === model && one.form === 'dynamic int8');
      return form === 'float32' && int8
        ? [`${(microseconds / int8.microseconds).toFixed(1)} (${model})`]
        : [];
    });
    const binding = [...new Set(at.map(({ binds }) => binds))].join(' or ');
    return `${gains.join(' and ')} times as fast as float32 at batch ${size}, where the nearer limit is ${binding}`;
  });
  return `Dynamic int8 is ${parts.join('; ')}.`;
}
