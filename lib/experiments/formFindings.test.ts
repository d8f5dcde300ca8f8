import { expect, test } from 'vitest';
import { leadFindings, formRankingFindings } from '#lib/experiments/formFindings';
import type { Measured } from '#lib/experiments/measure';
import { exampleRecords } from '#lib/report/exampleRecords';
import { formName } from '#lib/report/records';
import { summarise } from '#lib/timers/summary';

/** The example's five forms of each model; each changes one more of 100 predictions than the one before. */
const measured: Measured[] = ['mnist', 'sst2'].map((name) => {
  const records = exampleRecords.filter(({ model }) => model === name);
  const predictions = records.map((_, row) => new Uint32Array(100).fill(1, 0, row));
  return { records, predictions, labels: new Uint8Array(100), callOverhead: [] };
});

test('ranks the forms by size, latency and changes', () => {
  expect(formRankingFindings(measured)).toEqual([
    'How many times smaller than float32, geometric mean of the models: weight-only int4 8.00, dynamic int8 4.00, static int8 4.00, ' +
      'dynamic float16 2.00.',
    // √(94 / 45 · 200 / 45) and √(2200 / 580 · 3700 / 580)
    'How many times as fast as float32 at batch 1, likewise: dynamic int8 3.0, static int8 3.0, ' +
      'dynamic float16 1.0, weight-only int4 1.0.',
    'How many times as fast as float32 at batch 64, likewise: dynamic int8 4.9, static int8 4.9, ' +
      'dynamic float16 1.0, weight-only int4 1.0.',
    'Predictions changed, at most: dynamic float16 1.00 %, dynamic int8 2.00 %, static int8 3.00 %, ' +
      'weight-only int4 4.00 %.',
  ]);
});

test('tells a lead from what the runs vary', () => {
  // Dynamic int8 takes 45 µs ± 1.4: for the first model the distance is more than both spreads together.
  const timed = measured.map(({ records, ...rest }, i) => ({
    ...rest,
    records: records.map((record) => {
      const [, batch64] = record.latency;
      const faster = [summarise(1, i === 0 ? [[41], [41]] : [[44], [44]]), batch64];
      return formName(record) === 'static int8' ? { ...record, latency: faster } : record;
    }),
  }));
  expect(leadFindings(timed, 'static int8', 'dynamic int8')).toEqual([
    'At batch 1 static int8 is 1.02 to 1.10 times as fast as dynamic int8; by more than the runs vary it ' +
      'is faster for 1 and slower for 0 of 2 models.',
    'At batch 64 static int8 is 1.00 times as fast as dynamic int8; by more than the runs vary it ' +
      'is faster for 0 and slower for 0 of 2 models.',
  ]);
  const [other] = leadFindings(timed, 'dynamic int8', 'static int8');
  expect(other).toContain('faster for 0 and slower for 1 of 2 models');
  expect(() => leadFindings(measured, 'static int8', 'weight-only int8')).toThrow(
    'weight-only int8 was not measured',
  );
});
