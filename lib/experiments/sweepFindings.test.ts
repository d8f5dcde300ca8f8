import { expect, test } from 'vitest';
import { speedUpFigure } from '#lib/experiments/sweepFigures';
import {
  breakEvenFindings,
  float16Finding,
  narrowFinding,
  sweepFinding,
  threadFindings,
  threadRows,
} from '#lib/experiments/sweepFindings';
import { exampleRecord } from '#lib/sweep/exampleSweepRecords';

const slice = { depth: 2, threads: 1 };

/** Width 16 loses, 256 and 4096 win; with two threads float32 is twice as fast and int8 as before. */
const records = [
  [16, 0.5],
  [256, 2],
  [4096, 4],
].flatMap(([width, gain]) =>
  [1, 2].map((threads) =>
    exampleRecord(
      { width, depth: 2, batchSize: 1, threads },
      { float32: 40 / threads, float16: 40, 'dynamic int8': 40 / gain, 'static int8': 20 },
    ),
  ),
);

test('says when and how the cases were measured, and how many stayed unsteady', () => {
  expect(sweepFinding(records)).toBe(
    '6 cases, onnxruntime-node 1.30.0; measured 2026-01-31, 2 runs each. A case was timed once more where ' +
      'the runs of a form spread by more than 15 % of their mean, and the steadier timing was kept. In ' +
      'the end all were steadier than that.',
  );
  const [one, two] = records;
  const form = {
    ...two.latency.float32,
    stdMicroseconds: 0.2 * two.latency.float32.meanMicroseconds,
  };
  const unsteady = { ...two, latency: { ...two.latency, float32: form }, date: '2026-01-30' };
  expect(sweepFinding([one, unsteady])).toContain('measured 2026-01-30 to 2026-01-31');
  expect(sweepFinding([one, unsteady])).toContain(
    '1 of them stayed beyond it, 1 of these with more than one thread.',
  );
});

test('does not take a long call that a second thread slows down for a property of the engine', () => {
  const times = (float32: number, int8: number) => ({
    ...{ float32, float16: 40, 'dynamic int8': int8, 'static int8': 40 },
  });
  const pair = (one: number, two: number, int8 = [40, 40], width = 16) =>
    [one, two].map((time, i) =>
      exampleRecord({ width, depth: 2, batchSize: 1, threads: i + 1 }, times(time, int8[i])),
    );
  const [slowed] = threadFindings(pair(3000, 8000), ['float32']);
  expect(slowed).toContain('at width 16, batch 1 the threads waited for a core');
  expect(slowed).toContain('tells of the machine');
  // int8 falls to 0.5 and 0.8: at width 32 float32 gains, so that the machine is no reason
  const two = [...pair(3000, 6000, [1000, 2000]), ...pair(3000, 1500, [800, 1000], 32)];
  const [int8] = threadFindings(two, ['dynamic int8']);
  expect(int8).toContain('at width 16, batch 1 the threads waited for a core');
  expect(int8).toContain(
    'and not float32, at width 32, batch 1 (0.80 ×, float32 2.00 ×): why was not examined.',
  );
  expect(threadFindings(pair(10, 14), ['float32'])[0]).not.toContain('tells of the machine');
  expect(threadFindings(pair(3000, 1600), ['float32'])[0]).not.toContain('tells of the machine');
});

test('says from which width on int8 wins, and by how much at most', () => {
  expect(breakEvenFindings(records, slice, 'dynamic int8')).toEqual([
    'Batch 1: dynamic int8 is faster than float32 from a width of about 64; at most 4.00 × (width 4096).',
  ]);
  expect(breakEvenFindings(records, slice, 'static int8')[0]).toContain(
    'at every width measured, from 16 on',
  );
  expect(breakEvenFindings(records.slice(0, 2), slice, 'dynamic int8')[0]).toContain(
    'not faster than float32 even at a width of 16',
  );
});

test('explains narrow layers by the share of the call', () => {
  const text = narrowFinding(records, 'dynamic int8');
  expect(text).toContain(
    '(width 16, batch 1, depth 2) dynamic int8 runs at 0.50 × the speed of float32',
  );
  expect(text).toContain('takes 25 % as long');
  expect(text).toContain('come on top');
  expect(narrowFinding(records, 'static int8')).toContain('next to nothing to win');
  const [first] = records;
  const deeper = { ...first, case: { ...first.case, depth: 8 } };
  expect(narrowFinding([first, deeper], 'dynamic int8')).toContain(
    '(width 16, batch 1, median over 2 to 8 layers)',
  );
});

test('calls float16 no difference only where it is none', () => {
  expect(float16Finding(records.filter((record) => record.case.threads === 1))).toContain(
    'over 3 cases is 1.00 × the speed of float32. That is no difference',
  );
  expect(float16Finding(records.filter((record) => record.case.threads === 2))).toContain(
    'disturbed',
  );
});

test('compares threads at the same shape', () => {
  expect(threadFindings(records, ['float32', 'dynamic int8'])).toEqual([
    'float32, 2 threads against 1: from 2.00 × at width 16, batch 1 to 2.00 × at width 16, batch 1.',
    'dynamic int8, 2 threads against 1: from 1.00 × at width 16, batch 1 to 1.00 × at width 16, batch 1.',
  ]);
  expect(threadRows(records, ['float32', 'dynamic int8'])[0]).toEqual({
    Width: 16,
    Batch: 1,
    'float32, 1 thread (µs)': '40.0',
    'float32, 2 threads (µs)': '20.0',
    'float32, times faster': '2.00',
    'dynamic int8, 1 thread (µs)': '80.0',
    'dynamic int8, 2 threads (µs)': '80.0',
    'dynamic int8, times faster': '1.00',
  });
  const oneThread = records.filter((record) => record.case.threads === 1);
  expect(threadFindings(oneThread, ['float32'])).toEqual([
    'This machine has one core to offer: threads were not compared.',
  ]);
});

test('the surface holds the gains as powers of two, and the break-even line runs between its cells', () => {
  const { data, alt } = speedUpFigure(records, slice, ['dynamic int8']);
  expect(data).toMatchObject([
    { type: 'heatmap', x: [4, 8, 12], y: [0], z: [[-1, 1, 2]], text: [['0.5', '2.0', '4.0']] },
    // float32 wins at 16, int8 at 256: between 2⁴ and 2⁸
    { type: 'scatter', x: [6, 6], y: [-0.5, 0.5] },
  ]);
  expect(alt).toBe('dynamic int8: from 0.50 at width 16, batch 1 to 4.00 at width 4096, batch 1.');
});
