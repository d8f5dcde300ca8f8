import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  claimForms,
  comparisonRows,
  comparisonText,
  onlyForms,
  significanceRows,
} from '#lib/experiments/comparison';
import { exampleRecords } from '#lib/report/exampleRecords';
import type { Measured } from '#lib/experiments/measure';

const [float32, , , staticInt8, int4] = exampleRecords;
const sst2 = exampleRecords.filter(({ model }) => model === 'sst2');

/** Static int8 with so many gains and losses against float32. */
function measured(
  gains: number,
  losses: number,
  total: number,
  { first = float32, other = staticInt8 } = {},
): Measured {
  const predictions = [new Uint32Array(total), new Uint32Array(total)];
  predictions[0].fill(1, 0, gains);
  predictions[1].fill(1, gains, gains + losses);
  const records = [first, other];
  return { records, predictions, labels: new Uint8Array(total), callOverhead: [] };
}

it('says how many times smaller and faster a form is', () => {
  expect(comparisonRows(measured(1, 3, 1000))).toEqual([
    {
      Model: 'mnist',
      Quantization: 'S',
      dtype: 'qint8',
      'Times smaller': '4.00',
      'Times faster, B1': '2.09', // 94 µs / 45 µs
      'Times faster, B64': '3.79', // 2200 µs / 580 µs
      'Accuracy (points)': '−0.20',
    },
  ]);
});

it('says what changed, and whether it is more than chance', () => {
  const [row] = significanceRows(measured(10, 25, 10_000));
  expect(row).toMatchObject({
    Changed: 35,
    Gains: 10,
    Losses: 25,
    'Accuracy (points)': '−0.15',
    'p (McNemar)': '0.017', // statsmodels: 0.016673847800120715
  });
  expect(row['95 % interval']).toMatch(/^−0\.2\d to −0\.0\d$/);
  expect(significanceRows(measured(0, 50, 10_000))[0]['p (McNemar)']).toBe('< 0.001');
});

it('says it in words, and names what is significant', () => {
  const models = [measured(0, 0, 1000), measured(2, 20, 872, { first: sst2[0], other: sst2[3] })];
  expect(comparisonText(models, 'static int8')).toBe(
    'Against float32, static int8 is 4.00 times smaller; it is 2.09 to 4.44 times as fast at batch 1 ' +
      'and 3.79 to 6.38 times as fast at batch 64. It changes 0.00 to 2.52 % of the predictions, and ' +
      'the difference in accuracy is significant for sst2 (−2.06 points) (McNemar, level 0.05 for the models together).',
  );
  expect(comparisonText(models.slice(0, 1), 'static int8')).toContain(
    'and no model has a significant difference in accuracy (McNemar',
  );
  // 7 losses alone: p = 2 / 2^7 = 0.016, which is below 0.05, but not below its fourth part.
  const lone = [measured(0, 7, 1000), measured(0, 0, 1000)];
  expect(comparisonText(lone, 'static int8')).toContain('is significant for mnist');
  const many = [...lone, measured(0, 0, 1000), measured(0, 0, 1000)];
  expect(comparisonText(many, 'static int8')).toContain('no model has a significant difference');
});

it('holds forms against another than float32', () => {
  const [, , dynamicInt8, fixedInt8] = exampleRecords;
  const all = {
    records: [float32, dynamicInt8, fixedInt8],
    predictions: [Uint32Array.of(0, 0, 0), Uint32Array.of(0, 0, 1), Uint32Array.of(0, 1, 1)],
    labels: Uint8Array.of(0, 1, 1),
    callOverhead: [],
  };
  const [row] = significanceRows(onlyForms(all, ['dynamic int8', 'static int8']));
  expect(row).toMatchObject({ Quantization: 'S', Changed: 1, Gains: 1, Losses: 0 });
  expect(() => onlyForms(all, ['weight-only int4'])).toThrow('weight-only int4 was not measured');
});

describe('claimForms', () => {
  beforeEach(() => {
    vi.stubEnv('LAB_CLAIMS', 'strict');
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  const [sst2Float32, , , sst2Static] = sst2;
  const ofSst2 = { first: sst2Float32, other: sst2Static };
  const generated = {
    ...staticInt8,
    dataset: { ...staticInt8.dataset, origin: 'generated' as const },
  };

  it.each([
    ['MNIST, 0.1 points', measured(0, 10, 10_000)],
    ['MNIST, gains', measured(50, 0, 10_000)],
    ['SST-2, 0.23 points', measured(0, 2, 872, ofSst2)],
    ['SST-2, 0.7 points that may be chance', measured(9, 15, 872, ofSst2)],
    [
      'the generated sample, whatever it loses',
      measured(0, 100, 500, { first: float32, other: generated }),
    ],
    ['int4, whatever it loses', measured(0, 100, 10_000, { first: float32, other: int4 })],
  ])('accepts %s', (_, ours) => {
    expect(() => {
      claimForms([ours]);
    }).not.toThrow();
  });

  it.each([
    [
      'MNIST, 0.11 points',
      measured(0, 11, 10_000),
      /mnist S qint8: accuracy on .*MNIST.* −0\.11 points/,
    ],
    ['MNIST, by chance or not', measured(40, 55, 10_000), /−0\.15 points \(p = 0\.1\d\d\)/],
    [
      'SST-2, significantly',
      measured(2, 20, 872, ofSst2),
      /sst2 S qint8: accuracy .* at most 0\.3/,
    ],
    [
      'a file too large',
      measured(0, 0, 10, { first: float32, other: { ...int4, sizeBytes: 919_625 } }),
      'mnist W qint4: 6.40 times smaller than float32; expected: at least 7 times',
    ],
  ])('refuses a loss on %s', (_, ours, message) => {
    expect(() => {
      claimForms([ours]);
    }).toThrow(message);
  });
});
