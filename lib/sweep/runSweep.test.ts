import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { toFloat16 } from '#lib/quantizers/float16';
import type { SweepCase } from '#lib/sweep/cases';
import { runSweep } from '#lib/sweep/runSweep';
import { forms, squareModel, squareRows } from '#lib/sweep/squareModel';
import { openSession } from '#lib/evaluation/session';

vi.mock('#lib/quantizers/dynamicInt8', { spy: true });

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const protocol = { runs: 2, runMilliseconds: 1, runCalls: 2, spreadLimit: 0.15 };
const cases: SweepCase[] = [8, 16, 24].map((width) => ({
  width,
  depth: 2,
  batchSize: 3,
  threads: 1,
}));

test('measures all forms of each case, and keeps each case as a file', async () => {
  const records = await runSweep(cases, { protocol, directory });
  expect(records.map((record) => record.case)).toEqual(cases);
  for (const { latency, overhead } of records) {
    expect(Object.keys(latency)).toEqual([...forms]);
    for (const { medianMicroseconds } of [...Object.values(latency), overhead]) {
      expect(medianMicroseconds).toBeGreaterThan(0);
    }
  }
  expect(readdirSync(directory)).toHaveLength(3);
});

test('goes on where it was stopped', async () => {
  const controller = new AbortController();
  const stopped = runSweep(cases, {
    protocol,
    directory,
    signal: controller.signal,
    onProgress: (_done, _total, note) => {
      if (note === '2 of 3 cases') controller.abort(new Error('stopped'));
    },
  });
  await expect(stopped).rejects.toThrow('stopped');
  expect(readdirSync(directory)).toHaveLength(2);

  const notes: string[] = [];
  const onProgress = (_done: number, _total: number, note: string): number => notes.push(note);
  const records = await runSweep(cases, { protocol, directory, onProgress });
  expect(notes).toEqual(['1 of 1 cases']);
  expect(records).toHaveLength(3);
  expect(await runSweep(cases, { protocol, directory, onProgress })).toEqual(records);
  expect(notes.slice(1)).toEqual(['all measured before']);
});

test('another protocol is another measurement', async () => {
  await runSweep(cases.slice(0, 1), { protocol, directory });
  await runSweep(cases.slice(0, 1), { protocol: { ...protocol, runs: 3 }, directory });
  expect(readdirSync(directory)).toHaveLength(2);
});

test('models made in another way are another measurement', async () => {
  const [one] = cases;
  const [before] = await runSweep([one], { protocol, directory });
  vi.mocked(quantizeDynamic).mockImplementation((model) => toFloat16(model));
  const [after] = await runSweep([one], { protocol, directory });
  expect(after.recipe).not.toBe(before.recipe);
  expect(readdirSync(directory)).toHaveLength(2);
  vi.mocked(quantizeDynamic).mockRestore();
  expect(await runSweep([one], { protocol, directory })).toEqual([before]);
});

test('a damaged record is measured anew', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const [one] = cases;
  await runSweep([one], { protocol, directory });
  const [file] = readdirSync(directory);
  writeFileSync(join(directory, file), '{"case":');
  const [record] = await runSweep([one], { protocol, directory });
  expect(record.case).toEqual(one);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining(`${file} is damaged`));
  expect(await runSweep([one], { protocol, directory })).toEqual([record]);
});

test('activations of the networks stay of the same size through all layers', async () => {
  const size = async (depth: number): Promise<number> => {
    const session = await openSession(squareModel({ width: 128, depth }), { threads: 1 });
    const logits = await session.run(squareRows(128, 16));
    await session.release();
    return Math.sqrt(logits.reduce((sum, x) => sum + x * x, 0) / logits.length);
  };
  const ratio = (await size(8)) / (await size(1));
  expect(ratio).toBeGreaterThan(0.2);
  expect(ratio).toBeLessThan(5);
});
