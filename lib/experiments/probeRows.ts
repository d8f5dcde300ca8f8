import type { Int8Engine } from '#lib/hardware/int8Engine';
import type { ProductProbe } from '#lib/hardware/int8Probe';
import { plusMinus, significant } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';

/** The engine and what the CPU can do, a property and its value each. */
export function engineRows({ engine, architecture, kernel, instructionSets }: Int8Engine): Row[] {
  const rows = {
    Engine: engine,
    Architecture: architecture,
    'int8 kernel expected': kernel?.name ?? 'unknown',
    'Instruction that multiplies': kernel?.instruction ?? 'unknown',
    ...Object.fromEntries(
      Array.from(instructionSets ?? [], ([name, present]) => [name, present ? 'yes' : 'no']),
    ),
  };
  return Object.entries(rows).map(([Property, Value]) => ({ Property, Value }));
}

/** Times of the products, a batch size each. */
export function speedRows(probes: readonly ProductProbe[]): Row[] {
  return probes.map(({ batchSize, float32, int8, speedUp }) => ({
    Batch: batchSize,
    'float32 (µs), mean ± std': plusMinus(float32.meanMicroseconds, float32.stdMicroseconds),
    'float32 (µs), median': significant(float32.medianMicroseconds, 3),
    'int8 (µs), mean ± std': plusMinus(int8.meanMicroseconds, int8.stdMicroseconds),
    'int8 (µs), median': significant(int8.medianMicroseconds, 3),
    'Speed-up (medians)': speedUp.toFixed(2),
  }));
}

/** How many results are wrong, a batch size each. */
export function exactnessRows(probes: readonly ProductProbe[]): Row[] {
  return probes.map(({ batchSize, results, wrongWithin64, wrongFullRange }) => ({
    Batch: batchSize,
    'Results checked': results,
    'Wrong, weights within ±64': wrongWithin64,
    'Wrong, weights within ±127': wrongFullRange,
  }));
}
