/** The command line as a user calls it. */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { afterAll, describe, expect, test } from 'vitest';
import { npyOf } from '#lib/loaders/exampleNpy';
import { startProgram } from '#setup/childProcess';

const root = path.join(__dirname, '..');
const program = path.join(root, 'cli/quantization-lab.mjs');
const folder = mkdtempSync(path.join(tmpdir(), 'quantization-lab-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes the ONNX file that an exporter made, from its record. */
function exported(name: string): void {
  const file = path.join(root, 'lib/quantizers/exports', `${name}.json`);
  const { model } = JSON.parse(readFileSync(file, 'utf8')) as { model: Record<string, unknown> };
  const bytes = onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish();
  writeFileSync(path.join(folder, `${name}.onnx`), bytes);
}

/** Writes a model that takes a fixed number of examples, as PyTorch exports it unless told otherwise. */
function fixed(name: string, batchSize: number): void {
  const model = onnx.ModelProto.decode(readFileSync(path.join(folder, `${name}.onnx`)));
  for (const { type } of [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])]) {
    type?.tensorType?.shape?.dim?.splice(0, 1, { dimValue: batchSize });
  }
  const bytes = onnx.ModelProto.encode(model).finish();
  writeFileSync(path.join(folder, `${name}-${batchSize}.onnx`), bytes);
}

/** Writes a model that keeps its weights in another file, as PyTorch does with large ones. */
function external(name: string, weights: string): void {
  const model = onnx.ModelProto.decode(readFileSync(path.join(folder, `${name}.onnx`)));
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of model.graph?.initializer ?? []) {
    const { rawData = new Uint8Array() } = tensor;
    const entries = { location: weights, offset: String(offset), length: String(rawData?.length) };
    tensor.externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    tensor.rawData = new Uint8Array();
    parts.push(rawData ?? new Uint8Array());
    offset += rawData?.length ?? 0;
  }
  writeFileSync(path.join(folder, weights), Buffer.concat(parts));
  writeFileSync(path.join(folder, `${name}-external.onnx`), onnx.ModelProto.encode(model).finish());
}

/** Writes float32 zeros and more as NumPy does. */
function array(file: string, shape: readonly number[]): void {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  writeFileSync(path.join(folder, file), npyOf(`(${shape.join(', ')})`, data));
}

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

['torchscript-mlp', 'torchscript-mixed', 'torchscript-sequence', 'sklearn-logistic'].forEach(
  exported,
);
external('torchscript-mlp', 'weights.bin');
fixed('torchscript-mlp', 3);
fixed('torchscript-mlp', 64);
array('rows.npy', [40, 8]);
array('sequences.npy', [10, 5, 8]);
array('vector.npy', [8]);

test('quantizes a model of PyTorch dynamically, and says what it left', () => {
  const { code, out } = run(
    'quantize',
    'torchscript-mixed.onnx',
    '-o',
    'mixed.onnx',
    '--to',
    'dynamic-int8',
  );
  expect(code).toBe(0);
  expect(out).toContain('2 of 3 layers with weights');
  expect(out).toContain('/3/Gemm (18 → 4)');
  expect(out).toContain('/0/Conv (Conv): only Gemm and MatMul are quantized');
  expect(out).toContain('Written: mixed.onnx');
  const { out: json } = run('inspect', 'mixed.onnx', '--json');
  const { operators, weights } = JSON.parse(json) as {
    operators: Record<string, number>;
    weights: { dtype: string; scales?: { count: number } }[];
  };
  expect(operators).toMatchObject({ Conv: 1, MatMulInteger: 2 });
  expect(weights.map(({ dtype, scales }) => [dtype, scales?.count])).toEqual([
    ['float32', undefined],
    ['int8', 1],
    ['int8', 1],
  ]);
});

test('calibrates with sequences, and compares with the original', () => {
  const calibrated = ['--to', 'static-int8', '--calibrate', 'sequences.npy', '--form', 'QOperator'];
  expect(
    run('quantize', 'torchscript-sequence.onnx', '-o', 'sequence.onnx', ...calibrated).code,
  ).toBe(0);
  const { code, out } = run(
    'compare',
    'torchscript-sequence.onnx',
    'sequence.onnx',
    '--input',
    'sequences.npy',
    '--json',
  );
  expect(code).toBe(0);
  const { input, outputs } = JSON.parse(out) as {
    input: string;
    outputs: { name: string; rows: number; sqnr: number }[];
  };
  expect(input).toBe('sequences.npy');
  expect(outputs).toMatchObject([{ name: 'logits', rows: 50 }]);
  expect(outputs[0].sqnr).toBeGreaterThan(25);
});

test('calibrates a model that takes a fixed number of examples with full batches', () => {
  const calibrated = ['--to', 'static-int8', '--calibrate', 'rows.npy'];
  const { code, err } = run(
    'quantize',
    'torchscript-mlp-3.onnx',
    '-o',
    'three.onnx',
    ...calibrated,
  );
  expect(err).toContain('13 batches');
  expect(code).toBe(0);
});

test('Ctrl-C ends a calibration, and nothing is written', async () => {
  array('many.npy', [300_000, 8]);
  const args = ['torchscript-mlp-3.onnx', '-o', 'stopped.onnx', '--to', 'static-int8'];
  const examples = ['--calibrate', 'many.npy', '--examples', '300000'];
  const child = startProgram(process.execPath, [program, 'quantize', ...args, ...examples], {
    cwd: folder,
  });
  await child.printed('Calibrating');
  child.interrupt();
  const { code, err } = await child.ended;
  expect(code).toBe(130);
  expect(err).toMatch(/Calibrating: failed.*Stopped\./s);
  expect(readdirSync(folder)).not.toContain('stopped.onnx');
});

test('compares a model with itself on random examples, and says so', () => {
  const { code, out } = run('compare', 'torchscript-mlp.onnx', 'torchscript-mlp.onnx');
  expect(code).toBe(0);
  expect(out).toContain('16 random examples, evenly from −1 to 1, seed 1');
  expect(out).toMatch(/^logits +equal +0 +16 +0$/m);
});

test('inspects a model', () => {
  const { code, out } = run('inspect', 'torchscript-mixed.onnx');
  expect(code).toBe(0);
  expect(out).toContain('Operator set: 17; made by pytorch 2.5.1');
  expect(out).toContain('Inputs: input float32 [batch, 2, 8]');
  expect(out).toMatch(/3\.weight +float32 +4 × 18 +288/);
  expect(out).toContain('Can be quantized: 2 of 3 layers with weights');
});

describe('mistakes', () => {
  writeFileSync(path.join(folder, 'text.onnx'), 'not a model');
  const bytes = readFileSync(path.join(folder, 'torchscript-mlp.onnx'));
  writeFileSync(path.join(folder, 'cut.onnx'), bytes.subarray(0, 500));
  linkSync(path.join(folder, 'torchscript-mlp.onnx'), path.join(folder, 'same.onnx'));
  const to = ['--to', 'static-int8', '-o', 'new.onnx'];

  test.each<[string, string[], string]>([
    ['a model that is not there', ['inspect', 'none.onnx'], 'there is no such file'],
    ['a text', ['inspect', 'text.onnx'], 'not an ONNX model'],
    ['a cut file', ['quantize', 'cut.onnx', ...to], 'not an ONNX model'],
    ['no layers', ['quantize', 'sklearn-logistic.onnx', ...to], 'no layer that can be quantized'],
    [
      'its own input',
      ['quantize', 'torchscript-mlp.onnx', '--to', 'float16', '-o', 'same.onnx'],
      'is the model itself',
    ],
    [
      'the file with the weights of the model',
      ['quantize', 'torchscript-mlp-external.onnx', '--to', 'float16', '-o', 'weights.bin'],
      'is where the model keeps its weights',
    ],
    [
      'an option of another form',
      ['quantize', 'torchscript-mlp.onnx', ...to, '--block-size', '32'],
      '--block-size has no meaning for static-int8',
    ],
    ['no examples', ['quantize', 'torchscript-mlp.onnx', ...to], '--calibrate FILE.npy'],
    [
      'no rows',
      ['quantize', 'torchscript-mlp.onnx', ...to, '--calibrate', 'vector.npy'],
      'shape (8)',
    ],
    [
      'fewer examples than the model takes at a time',
      ['quantize', 'torchscript-mlp-64.onnx', ...to, '--calibrate', 'rows.npy'],
      'takes 64 examples at a time, and there are 40',
    ],
    [
      'examples of another shape',
      ['quantize', 'torchscript-mlp.onnx', ...to, '--calibrate', 'sequences.npy'],
      'input',
    ],
    [
      'models without a common output',
      ['compare', 'torchscript-mlp.onnx', 'sklearn-logistic.onnx'],
      'nothing to compare',
    ],
    [
      'a form that there is not',
      ['quantize', 'torchscript-mlp.onnx', '-o', 'new.onnx', '--to', 'int3'],
      'Allowed choices',
    ],
  ])('%s', (_, args, message) => {
    const { code, err } = run(...args);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
    expect(readdirSync(folder)).not.toContain('new.onnx');
  });

  test('a folder that is not there is noticed before the calibration', () => {
    const calibrated = ['--to', 'static-int8', '--calibrate', 'rows.npy'];
    const { code, err } = run(
      'quantize',
      'torchscript-mlp.onnx',
      '-o',
      'none/new.onnx',
      ...calibrated,
    );
    expect(code).toBe(1);
    expect(err).toContain("can't be written: there is no such folder");
    expect(err).not.toContain('Calibrating');
  });
});
