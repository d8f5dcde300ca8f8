import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  denseBatch,
  rowCount,
  rowRange,
  type Dataset,
  type SparseFeatures,
} from '#lib/loaders/dataset';
import { wordBatch } from '#lib/loaders/wordBatch';
import type { TrainedModel } from '#lib/models/checkpoint';
import { networkWidths } from '#lib/models/network';
import { calibrate } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { toFloat16 } from '#lib/quantizers/float16';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { readWords } from '#lib/quantizers/wordInput';
import { writeWhole } from '#lib/wholeFile';

const manifestSchema = z.object({
  /** From input to output. */
  widths: z.array(z.number().int().positive()),
  /** Rows of `test.f32`, a multiple of 64. */
  testRows: z.number().int().positive(),
  learningRate: z.number().positive(),
});

/** What describes the files of a folder of materials. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Rows of a batch; rows are written in whole batches. */
const batch = 64;
/** Test rows that predictions are compared on, at most. */
const testRows = 960;
/** Training rows that static ranges come from, and that training is timed on. */
const calibrationRows = 1024;
const trainingRows = 1280;

/**
 * Writes what all contestants read, so that they compute the same network on the same rows:
 *
 * - `network.f32`: weights [inputs, outputs] and bias of each layer, one behind the other;
 * - `test.f32`, `calibration.f32`, `train.f32` (with `train.u8`, their classes): dense rows;
 * - `words.i32`, `ends.i32` for sentences: the words of each test row, and where each row's end;
 * - `<case>.onnx`, and `<case>.words.onnx` that reads words: the forms of the network.
 *
 * @throws RangeError if the test split has fewer than 64 rows
 */
export async function writeMaterials(
  folder: string,
  { network, model, spec }: TrainedModel,
  { train, test }: Dataset,
): Promise<void> {
  const rows = (split: typeof test, most: number): Uint32Array =>
    rowRange(0, Math.floor(Math.min(most, rowCount(split.features)) / batch) * batch);
  const [tested, trained] = [rows(test, testRows), rows(train, trainingRows)];
  const calibrated = rows(train, calibrationRows);
  if (tested.length === 0) throw new RangeError(`the test split has less than ${batch} rows`);
  const calibration = denseBatch(train.features, calibrated);
  const ranges = await calibrate(model, [calibration]);

  const write = (name: string, data: NodeJS.TypedArray | string): void => {
    writeWhole(join(folder, name), data);
  };
  const parameters = network.flatMap(({ weights, bias }) => [...weights, ...bias]);
  write('network.f32', Float32Array.from(parameters));
  write('test.f32', denseBatch(test.features, tested));
  write('calibration.f32', calibration);
  write('train.f32', denseBatch(train.features, trained));
  write('train.u8', train.labels.slice(0, trained.length));
  write('float32.onnx', model);
  write('float16.onnx', toFloat16(model));
  write('dynamic-int8.onnx', quantizeDynamic(model));
  write('static-int8.onnx', quantizeStatic(model, ranges));
  if (test.features.kind === 'sparse') {
    const words = Array.from(tested, (row) => wordBatch(test.features, [row]).words);
    let end = 0;
    write('words.i32', Int32Array.from(words.flatMap((own) => [...own])));
    write(
      'ends.i32',
      Int32Array.from(words, ({ length }) => (end += length)),
    );
    const int8Table = readWords(model, { table: 'int8' });
    write('float32.words.onnx', readWords(model, { table: 'float32' }));
    write('dynamic-int8.words.onnx', quantizeDynamic(int8Table));
    write('static-int8.words.onnx', quantizeStatic(int8Table, ranges));
  }
  const manifest: Manifest = {
    widths: networkWidths(network),
    testRows: tested.length,
    learningRate: spec.learningRate,
  };
  write('manifest.json', JSON.stringify(manifest));
}

/** Reads what {@link writeMaterials} wrote. */
export function readManifest(folder: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
}

/** float32 numbers of a file. */
export function readFloats(folder: string, name: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(join(folder, name)));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Dense rows in sparse form. */
export function sparse(values: Float32Array, width: number): SparseFeatures {
  const columns: number[] = [];
  const counts: number[] = [];
  const offsets = [0];
  values.forEach((value, i) => {
    if (value !== 0) {
      columns.push(i % width);
      counts.push(value);
    }
    if ((i + 1) % width === 0) offsets.push(columns.length);
  });
  return {
    kind: 'sparse',
    width,
    offsets: Uint32Array.from(offsets),
    columns: Uint32Array.from(columns),
    values: Float32Array.from(counts),
  };
}
