/** Records of a sweep as it leaves them, for tests. */
import type { SweepCase } from '#lib/sweep/cases';
import type { Form } from '#lib/sweep/squareModel';
import type { SweepRecord } from '#lib/sweep/sweepRecord';
import { exampleLatency } from '#lib/timers/exampleLatency';

/** A record in which each form takes this many µs. */
export function exampleRecord(
  one: SweepCase,
  microseconds: Readonly<Record<Form, number>>,
  overhead = 10,
): SweepRecord {
  return {
    case: one,
    protocol: { runs: 2, runMilliseconds: 1, runCalls: 2, spreadLimit: 0.15 },
    engine: 'onnxruntime-node 1.30.0',
    machine: 'Example CPU, 2 cores',
    recipe: 'example',
    latency: {
      float32: exampleLatency(microseconds.float32),
      float16: exampleLatency(microseconds.float16),
      'dynamic int8': exampleLatency(microseconds['dynamic int8']),
      'static int8': exampleLatency(microseconds['static int8']),
    },
    overhead: exampleLatency(overhead),
    date: '2026-01-31',
  };
}
