import { expect, test } from 'vitest';
import { exportOnnx } from '#lib/models/exportOnnx';
import type { Network } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { saturation, saturationFindings, saturationRows } from '#lib/experiments/saturation';

/**
 * Two units, each with eight weights of ±1. All inputs are 1, so that pairs of products add up to
 * 2 · 255 · 127 where weights reach 127. Unit 0 has seven positive weights and one negative one, next to a
 * positive: exact 6, cut off in three pairs. Unit 1 has alternating pairs that never overflow.
 */
const weights = [1, 1, 1, 1, 1, 1, 1, -1].flatMap((w, k) => [w, k % 2 === 0 ? 1 : -0.05]);
const network: Network = [
  {
    inputs: 8,
    outputs: 2,
    weights: Float32Array.from(weights),
    bias: Float32Array.of(0, 0),
  },
];
const model = encodeModel(exportOnnx(network, 'saturating'));
const values = new Float32Array(8 * 3).fill(1);
const rows = { features: { kind: 'dense', width: 8, values } as const, labels: new Uint8Array(3) };
const ranges = new Map([['input', { min: 0, max: 1 }]]);

test.each(['dynamic int8', 'static int8'] as const)(
  'shows a model that needs the narrower range, %s',
  async (form) => {
    const cases = [
      { form, weights: '±64' },
      { form, weights: '±127', reduceRange: false },
    ];
    const net = { name: 'mnist', model, ranges, test: rows };
    const results = await saturation([net], cases, { examples: 100 });
    // Exact: unit 0 gives 6, unit 1 gives 3.8: class 0. Cut off: three of the pairs of unit 0 give about half.
    expect(results).toMatchObject([
      { weights: '±64', total: 3, exactCorrect: 3, saturatingCorrect: 3, flips: 0 },
      { weights: '±127', total: 3, exactCorrect: 3, saturatingCorrect: 0, flips: 3 },
    ]);
    for (const { engineDiffersFromExact, engineDiffersFromSaturating } of results) {
      expect(Math.min(engineDiffersFromExact, engineDiffersFromSaturating)).toBe(0);
    }
    expect(saturationFindings(results)).toEqual([
      `mnist, ${form}: with weights ±127, 3 of 3 predictions change on a CPU that saturates (accuracy ` +
        '−100.00 points); none change with weights ±64.',
    ]);
    expect(saturationFindings(results.slice(0, 1))[0]).toContain(
      'no prediction depends on the CPU',
    );
    expect(saturationRows(results)[1]).toMatchObject({
      Form: form,
      'Changed predictions': '3 of 3',
    });
  },
);
