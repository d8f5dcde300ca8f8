import { expect, test } from 'vitest';
import { equalSizeFindings, granularityRows, weightErrors } from '#lib/experiments/bitWidths';
import { tinyModel } from '#lib/models/exampleTraining';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { seededRandom } from '#lib/random';

test('a float32 scale takes 32 bits, which the weights that share it bear', () => {
  const network = initialNetwork([100, 64, 2], seededRandom(1));
  const model = encodeModel(exportOnnx(network, 'tiny'));
  const rows = granularityRows(weightErrors({ spec: tinyModel, model }, [2]), [2]);
  expect(rows.map(({ Layer }) => Layer)).toEqual(['layer1', 'logits']);
  expect(rows[0]).toMatchObject({
    'Bits a weight, per layer': '2.00', // 2 + 32 / 6400
    'Bits a weight, per output': '2.32', // 2 + 32 / 100
    'Bits a weight, per block of 32': '3.28', // 100 inputs are three blocks and a part of one
  });
  expect(rows[1]).toMatchObject({ 'Bits a weight, per block of 32': '3.00' });
});

test('blocks are held against one bit more per output', () => {
  const accuracy = { model: 'mnist', total: 1000 };
  const results = [
    { ...accuracy, bits: 2, scales: 'per block of 32', correct: 961 },
    { ...accuracy, bits: 3, scales: 'per output', correct: 975 },
  ] as const;
  expect(equalSizeFindings(results, 2)).toEqual([
    'mnist, about 3 bits a weight with its share of the scales: 2 bits with a scale for each block of 32 ' +
      'have 96.10 % right, 3 bits with one for each output 97.50 %.',
  ]);
  expect(() => equalSizeFindings(results.slice(1), 2)).toThrow(
    'mnist: 2 bits per block of 32 were not measured',
  );
});
