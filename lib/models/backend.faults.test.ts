import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startCode } from '#setup/childProcess';

test('the native library of tfjs-node is missing', async ({ task }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'backend-'));
  const { code, out, err } = await startCode(
    `
    const Module = require('node:module');
    const load = Module._load;
    Module._load = (request, ...rest) => {
      if (request.includes('tfjs-node')) throw new Error("Cannot find module 'tfjs_binding.node'");
      return load(request, ...rest);
    };
    const { loadMnist } = require('#lib/loaders/mnist');
    const { trainedModel } = require('#lib/models/checkpoint');
    const { mnistModel } = require('#lib/models/spec');
    const dataset = await loadMnist({ crop: 20 });
    const spec = { ...mnistModel, hiddenSize: 32, epochs: 1 };
    const { backend } = await trainedModel(spec, dataset, { seed: 1 }, ${JSON.stringify(folder)});
    console.log(backend);`,
    { LAB_SAMPLE: '1' },
  ).ended;
  rmSync(folder, { recursive: true });
  expect(code, err).toBe(0);
  expect(out).toMatch(/^tfjs .* \(WebAssembly\)$/m);
  expect(err).toMatch(/Native TensorFlow does not load here.*`npm start` tries to build it/);
  task.meta.outcome = err.trim().split('\n').at(-1);
});
