/** Work that is killed without warning, and then done again. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { npyOf } from '#lib/loaders/exampleNpy';
import { startLoopback } from '#lib/loaders/loopback';
import { startCode, startProgram, type Ended } from '#setup/childProcess';
import { root } from '#setup/environment';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'killed ü '));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const text = JSON.stringify;
const files = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory).map((name) => [name, sha256(path.join(directory, name))]),
  );
const sha256 = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

async function succeeds(ended: Promise<Ended>): Promise<string> {
  const { code, out, err } = await ended;
  expect(code, err).toBe(0);
  return out;
}

test('a download killed half-way goes on where it was, and gives the whole file', async () => {
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i) >> 4));
  const requests: (string | undefined)[] = [];
  const server = await startLoopback(({ headers }, response) => {
    requests.push(headers.range);
    const start = Number(/\d+/.exec(headers.range ?? '0')?.[0]);
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(start > 0 ? 206 : 200, { 'content-range': range });
    if (start > 0) response.end(content.subarray(start));
    else response.write(content.subarray(0, 40_000));
  });
  const hash = createHash('sha256').update(content).digest('hex');
  const fetching = `
    const { download } = require('#lib/loaders/download');
    const wanted = { urls: [${text(server.url)}], target: ${text(path.join(folder, 'file'))} };
    const onBytes = (bytes) => console.log(bytes + ' bytes');
    await download({ ...wanted, bytes: 100000, sha256: [${text(hash)}], onBytes });`;
  const killed = startCode(fetching);
  await killed.printed('40000 bytes');
  await killed.kill();
  expect(readdirSync(folder)).not.toContain('file');
  await succeeds(startCode(fetching).ended);
  expect(files(folder)).toEqual({ file: hash });
  expect(requests).toEqual([undefined, 'bytes=40000-']);
  await server.close();
});

/** Trains a small network and keeps it in a folder. */
const training = (directory: string): string => `
  process.env.LAB_SAMPLE = '1';
  const { loadMnist } = require('#lib/loaders/mnist');
  const { trainedModel } = require('#lib/models/checkpoint');
  const { mnistModel } = require('#lib/models/spec');
  const { train } = require('#lib/models/train');
  const dataset = await loadMnist({ crop: 20 });
  const onStep = (step) => console.log('step ' + step + '.');
  const training = (spec, dataset, { seed }) => train(spec, dataset, { seed, onStep });
  await trainedModel({ ...mnistModel, hiddenSize: 32 }, dataset, { seed: 1, training }, ${text(directory)});`;

test('a training killed in between leaves nothing, and gives the same model when done again, also twice at once', async () => {
  const [disturbed, whole] = ['a', 'b'].map((name) => path.join(folder, name));
  mkdirSync(disturbed);
  const killed = startCode(training(disturbed));
  await killed.printed('step 20.');
  await killed.kill();
  expect(readdirSync(disturbed)).toEqual([]);
  // Twice at once where it was killed: two notebooks may want the same model.
  const again = [disturbed, disturbed, whole].map((name) => startCode(training(name)).ended);
  await Promise.all(again.map(succeeds));
  expect(files(disturbed)).toEqual(files(whole));
  expect(readdirSync(disturbed)).toHaveLength(1);
});

test('a calibration killed in between leaves no file, and gives the same model when done again', async () => {
  const record = path.join(root, 'lib/quantizers/exports/torchscript-mlp.json');
  const { model } = JSON.parse(readFileSync(record, 'utf8')) as { model: Record<string, unknown> };
  const net = onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish();
  writeFileSync(path.join(folder, 'net.onnx'), net);
  const rows = Float32Array.from({ length: 1_600_000 }, (_, i) => Math.sin(i));
  writeFileSync(path.join(folder, 'rows.npy'), npyOf('(200000, 8)', rows));
  const quantize = (output: string) =>
    startProgram(
      process.execPath,
      [
        ...[path.join(root, 'cli/quantization-lab.mjs'), 'quantize', 'net.onnx', '-o', output],
        ...['--to', 'static-int8', '--calibrate', 'rows.npy', '--examples', '200000'],
      ],
      { cwd: folder },
    );
  const killed = quantize('disturbed.onnx');
  await killed.printed('Calibrating');
  await killed.kill();
  expect(readdirSync(folder).sort()).toEqual(['net.onnx', 'rows.npy']);
  await Promise.all(['disturbed.onnx', 'whole.onnx'].map((name) => succeeds(quantize(name).ended)));
  expect(sha256(path.join(folder, 'disturbed.onnx'))).toBe(sha256(path.join(folder, 'whole.onnx')));
});

test('a sweep killed in between keeps what it measured, and measures only the rest', async () => {
  const sweep = `
    const { runSweep } = require('#lib/sweep/runSweep');
    const cases = [8, 16, 24].map((width) => ({ width, depth: 1, batchSize: 2, threads: 1 }));
    const protocol = { runs: 2, runMilliseconds: 20, runCalls: 2, spreadLimit: 0.15 };
    const onProgress = (done, total, note) => console.log(note);
    await runSweep(cases, { protocol, directory: ${text(folder)}, onProgress });`;
  const killed = startCode(sweep);
  await killed.printed('2 of 3 cases');
  await killed.kill();
  const kept = files(folder);
  expect(Object.keys(kept)).toHaveLength(2);
  expect(await succeeds(startCode(sweep).ended)).toBe('1 of 1 cases\n');
  const all = files(folder);
  expect(all).toMatchObject(kept);
  expect(Object.keys(all)).toHaveLength(3);
});
