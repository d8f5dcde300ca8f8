/** Records as a run of the lab leaves them, for tests. */
import type { Measurement } from '#lib/report/records';
import { summarise } from '#lib/timers/summary';

const mnist: Measurement = {
  model: 'mnist',
  dataset: { name: 'MNIST', origin: 'real', checksum: '00ff' },
  quantization: '--',
  dtype: 'float32',
  engine: { name: 'onnxruntime-node', version: '1.30.0' },
  threads: 1,
  sizeBytes: 5_884_000,
  parameters: 1_470_474,
  flops: 2_940_938,
  accuracy: { correct: 9735, total: 10_000 },
  latency: [summarise(1, [[93], [95]]), summarise(64, [[2150], [2250]])],
  seed: 1,
  trainingBackend: 'tfjs-node 4.22.0 (native TensorFlow)',
  versions: {},
  machine: 'Example CPU, 2 cores',
  date: '2026-01-31',
};

const sst2: Measurement = {
  ...mnist,
  model: 'sst2',
  dataset: { name: 'SST-2', origin: 'real', checksum: '11ee' },
  sizeBytes: 11_300_000,
  parameters: 2_824_194,
  flops: 5_646_338,
  accuracy: { correct: 714, total: 872 },
  latency: [summarise(1, [[190], [210]]), summarise(64, [[3600], [3800]])],
};

/** Both models, each in float32, dynamic float16, dynamic int8, static int8 and weight-only int4. */
export const exampleRecords: readonly Measurement[] = [mnist, sst2].flatMap((float32) => {
  const smaller = (share: number, latency: Measurement['latency']): Measurement => ({
    ...float32,
    sizeBytes: float32.sizeBytes * share,
    latency,
  });
  const fast = [summarise(1, [[44], [46]]), summarise(64, [[530], [630]])];
  return [
    float32,
    { ...smaller(0.5, float32.latency), quantization: 'D', dtype: 'float16' },
    { ...smaller(0.25, fast), quantization: 'D', dtype: 'qint8' },
    { ...smaller(0.25, fast), quantization: 'S', dtype: 'qint8' },
    { ...smaller(0.125, float32.latency), quantization: 'W', dtype: 'qint4' },
  ];
});
