/** Blocks of weights, by ours and by ONNX Runtime's `MatMulNBitsQuantizer`: the same bytes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockLayers, blockModel } from '#lib/quantizers/oracle/blockLayers';
import { blockVariants, translatedBlocks } from '#lib/quantizers/oracle/comparedVariants';
import { constantsMade, constantsOf, quantizeAll } from '#lib/quantizers/oracle/ortQuantizers';

const folder = mkdtempSync(path.join(tmpdir(), 'block-layers-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const jobs = blockLayers.map((layer, i) => ({
  ...layer,
  folder: path.join(folder, `${i}`),
  model: blockModel(layer),
  batches: [new Float32Array(layer.inputs)],
  rows: 1,
}));

beforeAll(async () => {
  for (const blockSize of new Set(jobs.map((job) => job.blockSize))) {
    const same = jobs.filter((job) => job.blockSize === blockSize);
    await quantizeAll(same, [], blockVariants(blockSize));
  }
}, 120_000);

describe.each(jobs)('$name', (job) => {
  test.each(blockVariants(job.blockSize))('$name: the same constants', ({ name, ours }) => {
    const constants = translatedBlocks(constantsMade(job, name));
    expect(constantsOf(ours(job.model))).toEqual(constants);
  });
});
