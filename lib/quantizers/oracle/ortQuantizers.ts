/** What ONNX Runtime's own quantizers make of a model, by `quantize.py`. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeModel } from '#lib/onnx/model';
import { readTensor } from '#lib/onnx/tensor';
import type { Ranges } from '#lib/quantizers/calibration';
import { runOracle } from '#lib/quantizers/oracle/oracle';

/** A way of finding ranges, with the options that ONNX Runtime's `create_calibrator` takes. */
export interface Calibration {
  readonly name: string;
  readonly method: 'MinMax' | 'Percentile' | 'Entropy';
  readonly options: Readonly<Record<string, number | boolean>>;
}

/** A way of quantizing, in the words of ONNX Runtime; with a calibration, `quantize_static`. */
export interface Variant {
  readonly name: string;
  readonly perChannel: boolean;
  readonly reduceRange: boolean;
  readonly weights: 'QInt8' | 'QUInt8';
  /** Name of one. */
  readonly calibration?: string;
  readonly form?: 'QDQ' | 'QOperator';
  readonly activations?: 'QInt8' | 'QUInt8';
}

/** A way of quantizing weights only, in the words of ONNX Runtime; it takes models of MatMul nodes. */
export interface BlockVariant {
  readonly name: string;
  readonly bits: 4 | 8;
  readonly blockSize: number;
  readonly scheme: 'symmetric' | 'affine';
}

/** A float32 model and what it is calibrated with. */
export interface Job {
  /** Where its files are put. */
  readonly folder: string;
  /** Content of an ONNX file whose input is called `input`. */
  readonly model: Uint8Array;
  /** float32, shape [rows, width] each, row-major. */
  readonly batches: readonly Float32Array[];
  readonly rows: number;
}

/** Has ONNX Runtime calibrate and quantize each of the models in each of the ways. */
export async function quantizeAll(
  jobs: readonly Job[],
  calibrations: readonly Calibration[],
  variants: readonly (Variant | BlockVariant)[],
): Promise<void> {
  for (const { folder, model, batches, rows } of jobs) {
    mkdirSync(folder, { recursive: true });
    const width = batches[0].length / rows;
    const job = JSON.stringify({ width, rows, calibrations, variants });
    writeFileSync(path.join(folder, 'job.json'), job);
    writeFileSync(path.join(folder, 'float.onnx'), model);
    writeFileSync(path.join(folder, 'batches.bin'), Buffer.concat(batches.map(bytesOf)));
  }
  const folders = jobs.map(({ folder }) => folder);
  await runOracle('quantize.py', folders, { log: path.join(folders[0], 'log') });
}

/** Ranges that ONNX Runtime found. */
export function rangesOf({ folder }: Job, calibration: string): Ranges {
  const { data } = JSON.parse(readFileSync(path.join(folder, `${calibration}.json`), 'utf8')) as {
    data: Record<string, { lowest: Bound; highest: Bound }>;
  };
  return new Map(
    Object.entries(data).map(([tensor, { lowest, highest }]) => [
      tensor,
      { min: numberIn(lowest), max: numberIn(highest) },
    ]),
  );
}

/** NumPy's arrays and numbers, as they come out of the calibration cache. */
type Bound = number | { data: number | readonly [number] };

function numberIn(bound: Bound): number {
  if (typeof bound === 'number') return bound;
  return typeof bound.data === 'number' ? bound.data : bound.data[0];
}

/** Values of a tensor, batch after batch, as ONNX Runtime computed them. */
export function activationsOf({ folder, batches }: Job, tensor: string): Float32Array[] {
  if (tensor === 'input') return [...batches];
  const bytes = new Uint8Array(readFileSync(path.join(folder, `${tensor}.bin`)));
  const values = new Float32Array(bytes.buffer);
  const length = values.length / batches.length;
  return batches.map((_, i) => values.subarray(i * length, (i + 1) * length));
}

/** Constants of the model that ONNX Runtime made. */
export function constantsMade({ folder }: Job, variant: string): Constants {
  return constantsOf(readFileSync(path.join(folder, `${variant}.onnx`)));
}

/**
 * Constants by name: type, shape and either all values or their checksum, so that a difference between
 * two models of millions of weights is a few lines.
 */
export type Constants = ReadonlyMap<string, string>;

export function constantsOf(model: Uint8Array): Constants {
  const entries = decodeModel(model).graph.initializer.map((initializer): [string, string] => {
    const { dtype, dims, data } = readTensor(initializer);
    const content =
      data.length <= 4 ? data.join() : createHash('sha256').update(data).digest('hex').slice(0, 16);
    return [initializer.name, `${dtype} [${dims.join()}] ${content}`];
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
