/** A sensitivity in which all errors add up exactly, for tests. */
import type { Treatment } from '#lib/sensitivity/assignment';
import { sensitivityCases } from '#lib/sensitivity/cases';
import type { Outcome, Sensitivity } from '#lib/sensitivity/outcome';

const layers = [
  { name: 'layer1', inputs: 40, outputs: 50 },
  { name: 'layer2', inputs: 50, outputs: 100 },
  { name: 'logits', inputs: 100, outputs: 10 },
];

/** Bytes of a weight, answers lost by each thousand weights, µs for each thousand weights. */
const effects: Record<Treatment, readonly [bytes: number, lost: number, time: number]> = {
  float32: [4, 0, 4],
  float16: [2, 0, 4],
  'dynamic int8': [1, 1, 2],
  'static int8': [1, 2, 1],
  'int4 weights': [0.5, 3, 5],
  'int8 weights': [1, 1.5, 4],
  'uint8 activations': [4, 0.5, 4],
};

/** Of 1000 test examples float32 has 900 right. Layer 2 does most harm. */
export const exampleSensitivity: Sensitivity = {
  model: 'example',
  dataset: { name: 'MNIST', origin: 'generated' },
  layers,
  outcomes: sensitivityCases(layers.length).map((assignment): Outcome => {
    const sum = (effect: 0 | 1 | 2): number =>
      assignment.reduce((total, treatment, i) => {
        const { inputs, outputs } = layers[i];
        return total + effects[treatment][effect] * (effect === 0 ? 1 : 1e-3) * inputs * outputs;
      }, 0);
    const losses = sum(1);
    const changed = assignment.filter((treatment) => treatment !== 'float32');
    const timesFaster = 32 / sum(2);
    return {
      assignment,
      sizeBytes: sum(0),
      correct: 900 - losses,
      paired: {
        ...{ total: 1000, changed: losses, gains: 0, losses, difference: -losses / 10 },
        ...{ interval: [-losses / 5, 0], pValue: losses > 5 ? 0.001 : 1 },
      },
      changedRows: Array.from({ length: Math.round(losses) }, (_, row) => row),
      onHalves: [-losses / 10, -losses / 10],
      divergence: losses * 1e-3,
      sqnr: losses === 0 ? Infinity : -10 * Math.log10(losses * 1e-4),
      ...(changed.length === 1 && losses > 0 && { layerSqnr: -10 * Math.log10(losses * 1e-5) }),
      speed: new Map([[1, { timesFaster, microseconds: sum(2) }]]),
    };
  }),
  noise: new Map([[1, 0.01]]),
  batchSizes: [1],
  timed: { all: 125, twice: 4, spreadLimit: 0.15 },
  runs: 3,
  threads: 1,
  engine: 'onnxruntime-node 1.30.0',
  dates: ['2026-01-31'],
};
