import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadRecords, saveRecord, type Measurement } from '#lib/report/records';
import { summarise } from '#lib/timers/summary';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'records-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const record: Measurement = {
  model: 'mnist',
  dataset: { name: 'MNIST', origin: 'real', checksum: 'ab'.repeat(32) },
  quantization: 'D',
  dtype: 'qint8',
  engine: { name: 'onnxruntime-node', version: '1.30.0' },
  threads: 1,
  sizeBytes: 1_481_000,
  parameters: 1_470_474,
  flops: 2_940_938,
  accuracy: { correct: 9735, total: 10_000 },
  latency: [summarise(1, [[30, 31], [32]]), summarise(64, [[800], [820]])],
  seed: 1,
  trainingBackend: 'tfjs-node 4.22.0 (native TensorFlow)',
  versions: { 'onnxruntime-node': '1.30.0' },
  machine: 'Example CPU, 2 cores',
  date: '2026-11-23',
};

test('a record comes back as it was saved', () => {
  saveRecord(record, join(directory, 'made', 'on', 'demand'));
  expect(loadRecords(join(directory, 'made', 'on', 'demand'))).toEqual([record]);
});

test('a rerun takes the place of its own row, and of no other', () => {
  saveRecord(record, directory);
  saveRecord({ ...record, quantization: 'S' }, directory);
  saveRecord({ ...record, threads: 2 }, directory);
  saveRecord({ ...record, dataset: { ...record.dataset, origin: 'generated' } }, directory);
  saveRecord({ ...record, seed: 2, date: '2026-11-24' }, directory);
  const records = loadRecords(directory);
  expect(records).toHaveLength(4);
  expect(records.filter(({ seed }) => seed === 2)).toHaveLength(1);
  expect(readdirSync(directory).every((name) => name.endsWith('.json'))).toBe(true);
});

test('no directory, no records', () => {
  expect(loadRecords(join(directory, 'missing'))).toEqual([]);
});

test('a measurement that makes no sense is not saved', () => {
  expect(() => saveRecord({ ...record, model: '../mnist' }, directory)).toThrow('hyphens');
  expect(() => saveRecord({ ...record, latency: [] }, directory)).toThrow('latency');
  expect(() => saveRecord({ ...record, accuracy: { correct: 11, total: 10 } }, directory)).toThrow(
    'correct',
  );
  expect(readdirSync(directory)).toEqual([]);
});

test('a damaged record is named, with what is wrong and what to do', () => {
  const path = saveRecord(record, directory);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.slice(0, 100));
  expect(() => loadRecords(directory)).toThrow(/mnist\.real\.dynamic.*JSON[^]*Delete .*again/);
  writeFileSync(path, text.replace('"sizeBytes": 1481000', '"sizeBytes": "1.48 MB"'));
  expect(() => loadRecords(directory)).toThrow(/mnist\.real\.dynamic[^]*sizeBytes[^]*Delete/);
});
