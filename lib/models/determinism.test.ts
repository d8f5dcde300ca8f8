/** The same seed, data, backend and versions give the same bits, in processes of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startCode } from '#setup/childProcess';

interface Result {
  readonly backend: string;
  readonly sha256: string;
  readonly losses: string;
  readonly correct: number;
}

/** Trains both kinds of model, on dense and on sparse examples, and tells what came out. */
async function results(backend: string): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'determinism-'));
  const { code, out, err } = await startCode(
    `
    const { createHash } = require('node:crypto');
    const { evaluateModel } = require('#lib/evaluation/accuracy');
    const { loadDataset } = require('#lib/loaders/load');
    const { trainedModel } = require('#lib/models/checkpoint');
    const { mnistModel, sst2Model } = require('#lib/models/spec');
    const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
    const found = [];
    for (const spec of [mnistModel, sst2Model]) {
      const small = { ...spec, hiddenSize: 48, epochs: 1 };
      const dataset = await loadDataset(small.input);
      const made = await trainedModel(small, dataset, { seed: 7 }, ${JSON.stringify(folder)});
      const { correct } = await evaluateModel(made.model, dataset.test, { batchSize: 100 });
      found.push({ backend: made.backend, sha256: hash(made.model), losses: hash(made.losses), correct });
    }
    console.log(JSON.stringify(found));`,
    { LAB_SAMPLE: '1', LAB_BACKEND: backend },
  ).ended;
  rmSync(folder, { recursive: true });
  expect(code, err).toBe(0);
  return JSON.parse(out) as Result[];
}

test.each(['', 'wasm'])(
  'two processes train the same bits and get the same accuracy (LAB_BACKEND=%s)',
  async (backend) => {
    const [first, second] = await Promise.all([results(backend), results(backend)]);
    expect(second).toEqual(first);
    expect(first).toHaveLength(2);
    // Learned, not left as they were drawn: 10 and 2 classes, 500 and 400 examples.
    expect(first[0].correct).toBeGreaterThan(150);
    expect(first[1].correct).toBeGreaterThan(240);
  },
);
