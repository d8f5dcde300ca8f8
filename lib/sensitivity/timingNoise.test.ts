import { expect, test } from 'vitest';
import type { Assignment } from '#lib/sensitivity/assignment';
import type { LatencyRecord } from '#lib/sensitivity/assignmentRecords';
import { countedLatency, suspiciousTimings, timingNoise } from '#lib/sensitivity/timingNoise';
import { exampleLatency } from '#lib/timers/exampleLatency';

const speed = (timesFaster: number): ReadonlyMap<number, { timesFaster: number }> =>
  new Map([[1, { timesFaster }]]);

test('what one time is off by comes from assignments that run the same kernels', () => {
  const outcomes = [
    { assignment: ['float32', 'static int8'] as const, speed: speed(Math.exp(0.1)) },
    { assignment: ['float16', 'static int8'] as const, speed: speed(Math.exp(0.3)) },
    { assignment: ['float32', 'float16'] as const, speed: speed(Math.exp(0.5)) },
    { assignment: ['float16', 'float32'] as const, speed: speed(Math.exp(0.7)) },
    { assignment: ['dynamic int8', 'static int8'] as const, speed: speed(50) },
  ];
  // two pairs, each 0.2 apart: variance 2 · 0.1² with one degree of freedom each
  expect(timingNoise(outcomes, 1)).toBeCloseTo(Math.sqrt(0.02), 10);
  expect(timingNoise(outcomes.slice(4), 1)).toBeNaN();
});

/** A call of 100 µs in float32, and this long in the mixture; its runs spread by so much. */
function latency(microseconds: number, spread = 0): LatencyRecord['latency'] {
  const call = (
    time: number,
    stdMicroseconds: number,
  ): LatencyRecord['latency'][number]['own'] => ({
    ...exampleLatency(time),
    stdMicroseconds,
  });
  return [{ batchSize: 1, own: call(microseconds, spread * microseconds), float32: call(100, 0) }];
}

function record(assignment: Assignment, microseconds: number, spread?: number): LatencyRecord {
  return {
    ...{ model: 'mnist', recipe: 'r', data: 'd', engine: 'e', machine: 'm', assignment },
    protocol: { runs: 2, runMilliseconds: 1, runCalls: 2, spreadLimit: 0.15, batchSizes: [1] },
    ...{ threads: 1, date: '2026-01-31', latency: latency(microseconds, spread) },
  };
}

test('unsteady timings are suspicious, and those far from their twins', () => {
  // Twelve quiet pairs, 2 % apart, and a group of three in which one takes twice as long.
  const quiet = Array.from({ length: 12 }, (_, i) => {
    const rest = Array.from({ length: 12 }, (_, k) => (k === i ? 'static int8' : 'int4 weights'));
    return [record(['float32', ...rest], 50), record(['float16', ...rest], 51)] as const;
  }).flat();
  const twins = [
    record(['float32', 'float16', 'dynamic int8'], 50),
    record(['float16', 'float32', 'dynamic int8'], 100),
    record(['float16', 'float16', 'dynamic int8'], 51),
  ];
  const unsteady = record(['dynamic int8'], 50, 0.16);
  const alone = record(['static int8'], 500, 0.14);
  expect(suspiciousTimings([...quiet, ...twins, unsteady, alone])).toEqual([twins[1], unsteady]);
});

test('the second timing counts, unless it is the less steady one and unsteady', () => {
  const first = record(['float16'], 100, 0.05);
  const counted = (spread: number): LatencyRecord['latency'] =>
    countedLatency({ ...first, again: latency(80, spread) });
  expect(counted(0.1)).toEqual(latency(80, 0.1));
  expect(counted(0.2)).toEqual(first.latency);
  const unsteady = { ...record(['float16'], 100, 0.3), again: latency(80, 0.2) };
  expect(countedLatency(unsteady)).toEqual(unsteady.again);
  expect(countedLatency(first)).toEqual(first.latency);
});
