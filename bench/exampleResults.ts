/** Results as a benchmark gives them, for tests. */
import { compareTimings } from '#bench/comparisons';
import type { BenchResults, Timing } from '#bench/results';

/** Three rounds that all took as long, µs: each ratio is known, and so is its interval. */
export function exampleTiming(side: string, takes: number, setting: Partial<Timing>): Timing {
  return {
    net: 'mnist',
    threads: 1,
    batch: 1,
    side,
    case: 'static-int8',
    name: side,
    reads: 'counts',
    medianMicroseconds: takes,
    p95Microseconds: takes,
    calls: 30,
    roundMedians: [takes, takes, takes],
    roundP95s: [takes, takes, takes],
    ...setting,
  };
}

const sentences = { net: 'sst2', case: 'float32' } as const;
const words = { ...sentences, reads: 'words' } as const;
const training = { case: 'training', batch: 64 } as const;
const timings = [
  exampleTiming('ours', 20, { name: 'our kernel' }),
  exampleTiming('PyTorch', 55, { name: 'eager' }),
  exampleTiming('PyTorch', 45, { name: 'traced' }),
  exampleTiming('LiteRT', 21, {}),
  exampleTiming('ONNX Runtime, Python', 30, {}),
  exampleTiming('ours', 10, sentences),
  exampleTiming('PyTorch', 80, sentences),
  exampleTiming('ours', 8, words),
  exampleTiming('PyTorch', 6, words),
  exampleTiming('ours', 8000, training),
  exampleTiming('PyTorch', 9000, training),
];

/** Results with an aim that is missed, one that is met, and a form in which PyTorch is faster. */
export const exampleResults: BenchResults = {
  date: '2026-01-31',
  machine: 'Example CPU, 1 core',
  versions: { 'Node.js': '20.20.2', ours: 'ours (Node 20.20.2)', PyTorch: 'PyTorch 2.5.1' },
  data: { mnist: 'MNIST', sst2: 'SST-2' },
  generated: false,
  quick: false,
  rounds: 3,
  timings,
  comparisons: compareTimings(timings),
  absent: [{ side: 'LiteRT', what: 'float32', reason: 'no kernel' }],
  memory: [
    { side: 'ours', net: 'mnist', threads: 1, peakBytes: 200e6 },
    { side: 'PyTorch', net: 'mnist', threads: 1, peakBytes: 550e6 },
  ],
};
