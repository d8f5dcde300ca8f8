/** Disks that are full or read-only, and names that are taken. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi, type TestContext } from 'vitest';
import { download } from '#lib/loaders/download';
import type { Dataset } from '#lib/loaders/dataset';
import { startLoopback } from '#lib/loaders/loopback';
import { trainedModel } from '#lib/models/checkpoint';
import { mnistModel } from '#lib/models/spec';
import { writeModel } from '#lib/onnx/modelFile';
import { saveRecord } from '#lib/report/records';
import { summarise } from '#lib/timers/summary';
import { writeWhole } from '#lib/wholeFile';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk ü '));
});
afterEach(() => {
  spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

/** Makes the folder a disk of its own of 64 KB; skips the test where that is not permitted. */
function mountDisk({ skip }: TestContext, options = 'size=64k'): void {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status !== 0) skip('needs a root who may mount a disk');
}

const split = {
  features: { kind: 'dense', width: 400, values: new Float32Array(400) } as const,
  labels: Uint8Array.of(1),
};
const dataset: Dataset = {
  name: 'MNIST',
  origin: 'generated',
  classes: 10,
  train: split,
  test: split,
  checksum: '',
};

const record = {
  model: 'mnist',
  dataset: { name: 'MNIST', origin: 'real', checksum: '' },
  quantization: 'D',
  dtype: 'qint8',
  engine: { name: 'onnxruntime-node', version: '1' },
  threads: 1,
  sizeBytes: 1,
  parameters: 1,
  flops: 1,
  accuracy: { correct: 1, total: 1 },
  latency: [summarise(1, [[30], [32]])],
  seed: 1,
  trainingBackend: 'x',
  versions: {},
  machine: 'x',
  date: '2026-11-23',
} as const;

async function downloadInto(target: string): Promise<void> {
  const content = Buffer.alloc(100_000);
  const sha256 = [createHash('sha256').update(content).digest('hex')];
  const server = await startLoopback((_, response) => response.end(content));
  const wanted = { urls: [server.url], bytes: content.length, sha256, onBytes: () => undefined };
  await download({ ...wanted, target }).finally(server.close);
}

/** The message that writing ends with. */
async function refusal(write: () => Promise<unknown>, { task }: TestContext): Promise<string> {
  const { message } = await write().then(
    () => expect.fail('it was written'),
    (reason: unknown) => reason as Error,
  );
  task.meta.outcome = message.replaceAll(folder, '…');
  return message;
}

/** What the lab writes. */
const writers: readonly [string, () => Promise<unknown>][] = [
  [
    'a page',
    async () => {
      await Promise.resolve();
      writeWhole(join(folder, 'page'), 'x'.repeat(100_000));
    },
  ],
  [
    'a record',
    async () => {
      await Promise.resolve();
      saveRecord(record, folder);
    },
  ],
  ['a model', () => writeModel(join(folder, 'net.onnx'), new Uint8Array(100_000))],
  ['a download', () => downloadInto(join(folder, 'file'))],
];

describe.each(writers)('%s', (_, write) => {
  test('on a full disk', async (context) => {
    mountDisk(context);
    const kept = Buffer.alloc(65_536, 7);
    writeFileSync(join(folder, 'kept'), kept);
    const message = await refusal(write, context);
    expect(message).toMatch(/^[^\n]+ can't be written: [^\n]+ Make room[^\n]+$/);
    expect(readdirSync(folder).filter((name) => !name.startsWith('file'))).toEqual(['kept']);
    expect(readFileSync(join(folder, 'kept'))).toEqual(kept);
  });

  test('on a read-only disk', async (context) => {
    mountDisk(context, 'ro');
    const message = await refusal(write, context);
    expect(message).toMatch(
      /^[^\n]+ can't be written: [^\n]+([Mm]ake it writable|make the directory writable)[^\n]+$/,
    );
  });
});

test.each(['size=64k', 'ro'])(
  'a trained model that finds no room (%s) is used all the same, with a warning',
  async (options) => {
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    const directory = status === 0 ? folder : join(folder, 'file', 'folder');
    if (status !== 0) writeFileSync(join(folder, 'file'), '');
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { model } = await trainedModel(mnistModel, dataset, { seed: 1 }, directory);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/trained and used, but not kept.*can't be written: .* run this again/),
    );
    warn.mockRestore();
    expect(model.length).toBeGreaterThan(5_000_000);
    if (status === 0) expect(readdirSync(folder)).toEqual([]);
  },
);

test('a folder in the place of the file, and a file in the place of the folder', () => {
  mkdirSync(join(folder, 'page'));
  expect(() => {
    writeWhole(join(folder, 'page'), 'text');
  }).toThrow(/page can't be written: a folder has this name. Move it away/);
  writeFileSync(join(folder, 'file'), '');
  expect(() => {
    writeWhole(join(folder, 'file', 'page'), 'text');
  }).toThrow(/page can't be written: a file has the name of its folder. Move it away/);
  expect(readdirSync(folder).sort()).toEqual(['file', 'page']);
});
