import { expect, test } from 'vitest';
import { compareEngines } from '#lib/experiments/engineComparison';
import { separable, tinyModel } from '#lib/models/exampleTraining';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { seededRandom } from '#lib/random';

const dataset = separable(100);
const network = initialNetwork([4, 16, 2], seededRandom(1));
const trained = {
  ...{ spec: tinyModel, seed: 1, backend: '', path: '', losses: new Float32Array() },
  ...{ network, model: encodeModel(exportOnnx(network, 'tiny')) },
};

/** The same network with another number as the first weight of its last layer. */
function withWeight(weight: number): typeof network {
  const [first, last] = network;
  const weights = last.weights.map((w, i) => (i === 0 ? weight : w));
  return [first, { ...last, weights }];
}

test('tells the network of the file from others', async () => {
  expect(await compareEngines(trained, dataset)).toMatchObject({ 'Predictions that differ': 0 });
  const nearly = withWeight(network[1].weights[0] + 0.01);
  await expect(compareEngines({ ...trained, network: nearly }, dataset)).rejects.toThrow(
    'The ONNX file of tiny is not the network that was trained',
  );
});

test('logits that are NaN on both sides do not agree', async () => {
  const broken = withWeight(NaN);
  const model = encodeModel(exportOnnx(broken, 'tiny'));
  await expect(compareEngines({ ...trained, network: broken, model }, dataset)).rejects.toThrow(
    'a logit differs by NaN, and 0 predictions differ',
  );
});
