import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { afterAll, expect, test } from 'vitest';
import { findInitializer, node, value } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { openModel, readModel, requireWritable, writeModel } from '#lib/onnx/modelFile';
import { readTensor } from '#lib/onnx/tensor';

const folder = mkdtempSync(path.join(tmpdir(), 'model-'));
const inner = path.join(folder, 'inner');
mkdirSync(inner);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const data = Float32Array.of(9, 1, 2, 3, 4);
writeFileSync(path.join(folder, 'outside.bin'), data);
writeFileSync(path.join(inner, 'weights.bin'), data);
symlinkSync('../outside.bin', path.join(inner, 'link.bin'));

/** A model with a weight [2, 2] outside, in a file. */
function modelFile(external: Readonly<Record<string, string>>): string {
  const file = path.join(inner, 'model.onnx');
  const model = makeModel({
    name: 'net',
    input: [value('x', 'float32', ['batch', 2])],
    output: [value('y', 'float32', ['batch', 2])],
    initializer: [
      {
        name: 'w',
        dims: [2, 2],
        dataType: onnx.TensorProto.DataType.FLOAT,
        dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
        externalData: Object.entries(external).map(([key, value]) => ({ key, value })),
      },
    ],
    node: [node('Gemm', ['x', 'w'], ['y'])],
  });
  writeFileSync(file, encodeModel(model));
  return file;
}

test.each([
  ['a part', { location: 'weights.bin', offset: '4', length: '16' }],
  ['all to the end', { location: './weights.bin', offset: '4' }],
])('takes in %s of a file beside the model', async (_, external) => {
  const bytes = await readModel(modelFile(external));
  const stored = findInitializer(decodeModel(bytes).graph, 'w') ?? {};
  expect([...readTensor(stored).data]).toEqual([1, 2, 3, 4]);
});

test.each([
  ['above', { location: '../outside.bin' }, 'Only files in the folder of the model are read'],
  ['absolute', { location: path.join(inner, 'weights.bin') }, 'Only files in the folder'],
  ['in a way of Windows', { location: '..\\outside.bin' }, 'Only files in the folder'],
  ['nowhere', {}, 'Only files in the folder of the model are read'],
  ['behind a link', { location: 'link.bin' }, 'it is a link out of the folder of the model'],
  ['in no file', { location: 'none.bin' }, 'none.bin: there is no such file'],
  ['in the folder itself', { location: '.' }, 'Only files in the folder of the model are read'],
  ['behind the end', { location: 'weights.bin', offset: '8', length: '16' }, 'end at 24'],
  ['after the end', { location: 'weights.bin', offset: '24' }, 'it has 20 bytes'],
  ['before the start', { location: 'weights.bin', offset: '-4' }, 'offset of the data'],
  ['beyond 2 GB', { location: 'weights.bin', length: '99999999999' }, '2 GB'],
])('refuses data that is %s', async (_, external: Record<string, string>, message) => {
  await expect(readModel(modelFile(external))).rejects.toThrow(message);
});

test('names the files that a model is made of', async () => {
  const file = modelFile({ location: './weights.bin', offset: '4' });
  expect((await openModel(file)).files).toEqual([file, path.join(inner, 'weights.bin')]);
});

test.each([
  ['a folder', () => inner, 'it is a folder or a device'],
  ['a device', () => '/dev/null', 'it is a folder or a device'],
  ['in no folder', () => path.join(folder, 'none', 'net.onnx'), 'there is no such folder'],
  ['in a file', () => path.join(inner, 'weights.bin', 'net.onnx'), 'there is no such folder'],
])('does not write to a place that is %s', async (_, place, message) => {
  const expected = `The model ${place()} can't be written: ${message}`;
  await expect(requireWritable(place())).rejects.toThrow(expected);
  await expect(writeModel(place(), Uint8Array.of(1))).rejects.toThrow(expected);
});

test('gives the bytes of a model that stands alone, as they are', async () => {
  const whole = await readModel(modelFile({ location: 'weights.bin', offset: '4' }));
  const file = path.join(folder, 'whole.onnx');
  await writeModel(file, whole);
  expect(await readModel(file)).toEqual(whole);
});

test('writes nothing once the user has stopped the work', async () => {
  const file = path.join(folder, 'stopped.onnx');
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(writeModel(file, Uint8Array.of(1), stopped)).rejects.toThrow('stopped');
  expect(existsSync(file)).toBe(false);
});

test('names the file that is not there, or no model', async () => {
  const missing = path.join(folder, 'none.onnx');
  await expect(readModel(missing)).rejects.toThrow(
    "none.onnx can't be read: there is no such file",
  );
  await expect(readModel(inner)).rejects.toThrow("inner can't be read: it is a folder");
  await expect(readModel(path.join(inner, 'weights.bin'))).rejects.toThrow('not an ONNX model');
});
