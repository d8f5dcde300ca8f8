import { expect, test } from 'vitest';
import { rateFindings, rateRows, recordCaption, recordRows } from '#lib/report/recordRows';
import type { Measurement } from '#lib/report/records';
import { summarise } from '#lib/timers/summary';

const float32: Measurement = {
  model: 'mnist',
  dataset: { name: 'MNIST', origin: 'real', checksum: '' },
  quantization: '--',
  dtype: 'float32',
  engine: { name: 'onnxruntime-node', version: '1.30.0' },
  threads: 1,
  sizeBytes: 5_884_000,
  parameters: 1_470_474,
  flops: 2_940_938,
  accuracy: { correct: 9735, total: 10_000 },
  latency: [summarise(64, [[846], [858]]), summarise(1, [[80.1], [81.5]])],
  seed: 7,
  trainingBackend: 'tfjs-node 4.22.0 (native TensorFlow)',
  versions: {},
  machine: 'Example CPU, 2 cores',
  date: '2026-11-23',
};
const dynamic: Measurement = {
  ...float32,
  quantization: 'D',
  dtype: 'qint8',
  sizeBytes: 1_481_000,
};
const half: Measurement = { ...dynamic, dtype: 'float16', latency: [summarise(1, [[90], [91]])] };

test('the columns of the lab, batch sizes in rising order', () => {
  expect(recordRows([float32])).toEqual([
    {
      Model: 'mnist',
      Quantization: '--',
      dtype: 'float32',
      'Size (MB)': '5.88',
      Params: '1,470,474',
      'Accuracy (%)': '97.35',
      'Latency B1 (µs), mean ± std': '80.80 ± 0.99',
      'Latency B1 (µs), median': '80.8',
      'Latency B64 (µs), mean ± std': '852.0 ± 8.5',
      'Latency B64 (µs), median': '852',
    },
  ]);
  expect(Object.keys(recordRows([float32])[0]).indexOf('Latency B1 (µs), median')).toBe(7);
});

test('rows come in the order of the lab: none, dynamic float16, dynamic qint8', () => {
  const rows = recordRows([dynamic, half, float32]);
  expect(rows.map((row) => `${row.Quantization} ${row.dtype}`)).toEqual([
    '-- float32',
    'D float16',
    'D qint8',
  ]);
  expect(rows[1]['Latency B64 (µs), median']).toBe('not measured');
});

test('rates: bytes by time at batch 1, operations by time at batch 64', () => {
  // 5.884 MB in 80.8 µs; 64 · 2.940938 MFLOP in 852 µs
  expect(rateRows([float32])).toEqual([
    {
      Model: 'mnist',
      Quantization: '--',
      dtype: 'float32',
      'MFLOP per example': '2.94',
      'File read at B1 (GB/s)': '73',
      'Operations at B64 (GFLOP/s)': '220',
    },
  ]);
  expect(rateRows([half])[0]).toMatchObject({
    'File read at B1 (GB/s)': '–', // what is read is float32, of twice the bytes
    'Operations at B64 (GFLOP/s)': 'not measured',
  });
});

test('generated data is named in the row and in the caption', () => {
  const generated: Measurement = {
    ...float32,
    dataset: { name: 'SST-2', origin: 'generated', checksum: '' },
  };
  expect(recordRows([generated])[0].Model).toBe('mnist (generated sample)');
  expect(recordCaption([generated])).toContain('generated sample (SST-2)');
});

test('the caption says what was measured how, each thing once', () => {
  expect(recordCaption([float32, { ...dynamic, threads: 2 }])).toBe(
    'Data: MNIST, accuracy on 10,000 examples. Engine: onnxruntime-node 1.30.0, threads: 1 / 2. ' +
      'Latency of one call, 2 runs after a dropped warm-up. 1 MB = 1,000,000 bytes. ' +
      'Seed: 7; trained with tfjs-node 4.22.0 (native TensorFlow). ' +
      'Machine: Example CPU, 2 cores, 2026-11-23.',
  );
});

test('what int8 gains is fewer bytes, times the rate at which they are read', () => {
  const fast = { ...dynamic, latency: [summarise(1, [[9], [11]])] }; // 10 µs, float32 takes 80.8 µs
  expect(rateFindings([float32, half, fast])).toEqual([
    // Runs in turn: 80.1 / 9 and 81.5 / 11
    'mnist, batch 1: dynamic int8 is 8.1 times as fast as float32 (in single runs 7.4 to 8.9 times), ' +
      'with 3.97 times fewer bytes (5.88 and 1.48 MB), read at 2.0 times the rate.',
  ]);
  expect(() => rateFindings([float32])).toThrow('mnist: qint8 was not measured at batch 1');
});
