import { expect, test, vi } from 'vitest';
import {
  awareFindings,
  claimQuantizationAware,
  engineFinding,
  quantizationAwareRows,
  type GridWays,
  type QuantizationAware,
} from '#lib/experiments/quantizationAware';
import { grids } from '#lib/training/cases';

const total = 1000;
const labels = new Uint8Array(total);

/** The first so many are right. */
function right(count: number): Uint8Array {
  return Uint8Array.from({ length: total }, (_, row) => (row < count ? 0 : 1));
}

/** Training on the grid gains with two bits, and with three only over the network as trained. */
function experiment(change: (way: GridWays) => GridWays = (way) => way): QuantizationAware {
  const split = {
    features: { kind: 'dense', width: 0, values: new Float32Array() },
    labels,
  } as const;
  const ways = grids.map((grid): GridWays => {
    const engine = grid.weights === 4 && !grid.activations ? right(960) : undefined;
    const aware = right(grid.weights === 4 ? 960 : 950);
    if (grid.weights > 3)
      return { grid, afterTraining: aware, afterContinuing: aware, aware, engine };
    return {
      grid,
      afterTraining: right(900),
      afterContinuing: right(grid.weights === 3 ? 949 : 600),
      aware,
    };
  });
  return {
    model: 'net',
    steps: 5,
    dataset: {
      name: 'MNIST',
      origin: 'real',
      classes: 2,
      train: split,
      test: split,
      checksum: '',
    },
    ways: ways.map(change),
    float32: { trained: right(960), continued: right(960) },
  };
}

test('it pays only where it gains over both other ways', () => {
  const [weights, both] = awareFindings(experiment());
  for (const sentence of [weights, both]) {
    expect(sentence).toContain('better than both others with 2 bits: +5.00 points');
    expect(sentence).toContain('+35.00 over the one trained on in float32');
    expect(sentence).toContain(
      'With 8, 4, 3 bits it gains 0.00, 0.00, +5.00 points over the former',
    );
    expect(sentence).toContain('and 0.00, 0.00, +0.10 over the latter');
  }
  const never = experiment((way) => ({ ...way, afterContinuing: way.aware }));
  expect(awareFindings(never)[0]).toContain('at no number of bits tried');
});

test('rows hold the accuracies of all ways, and what has no kernel', () => {
  const rows = quantizationAwareRows(experiment());
  expect(rows).toHaveLength(grids.length + 1);
  const [w4, w2] = ['W4', 'W2'].map((name) => rows.find(({ Grid }) => Grid === name));
  expect(w4).toMatchObject({ 'The same by the engine (%)': '96.00', 'Gain (points)': '0.00' });
  expect(w2).toMatchObject({
    'As trained (%)': '90.00',
    'Trained on in float32 (%)': '60.00',
    'Trained on the grid (%)': '95.00',
    'The same by the engine (%)': 'no kernel',
    'Gain (points)': '+35.00',
    'p (McNemar)': '< 0.001',
  });
});

test('claims what the discussion says, and fails where it does not hold', () => {
  vi.stubEnv('LAB_CLAIMS', 'strict');
  expect(() => {
    claimQuantizationAware(experiment());
  }).not.toThrow();
  const disagreeing = experiment((way) => (way.engine ? { ...way, engine: right(950) } : way));
  expect(engineFinding(disagreeing)).toContain(
    'of 1,000 test examples the engine puts 10 on W4 into',
  );
  expect(() => {
    claimQuantizationAware(disagreeing);
  }).toThrow('W4: the engine disagrees on 10');
  expect(() => {
    claimQuantizationAware(experiment((way) => ({ ...way, afterContinuing: way.aware })));
  }).toThrow(
    /W2: training on the grid gains .* over the one trained on; expected: significantly better/,
  );
  vi.unstubAllEnvs();
});
