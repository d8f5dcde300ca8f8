/** Small networks that strain a quantizer, by ours and by ONNX Runtime's Python package: the same bytes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportOnnx } from '#lib/models/exportOnnx';
import { node } from '#lib/onnx/graph';
import { encodeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import {
  dynamicVariants,
  minMax,
  staticVariants as allStaticVariants,
  translated,
  type ComparedVariant,
} from '#lib/quantizers/oracle/comparedVariants';
import { edgeNetworks, edgeRows, type EdgeNetwork } from '#lib/quantizers/oracle/edgeNetworks';
import {
  activationsOf,
  constantsMade,
  constantsOf,
  quantizeAll,
  rangesOf,
  type Constants,
} from '#lib/quantizers/oracle/ortQuantizers';
import { transposed } from '#lib/quantizers/transposed';

const folder = mkdtempSync(path.join(tmpdir(), 'edge-networks-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

// ONNX Runtime's histograms fail on ranges as small as some of these.
const staticVariants = allStaticVariants.filter(({ calibration }) => calibration === minMax.name);

const jobs = edgeNetworks.flatMap((edge, i) =>
  [false, true].map((turned) => ({
    name: `${edge.name}${turned ? ', transposed' : ''}`,
    folder: path.join(folder, `${i}${turned ? '-transposed' : ''}`),
    model: modelOf(edge, turned),
    batches: edge.batches,
    rows: edgeRows,
  })),
);

/** The network with weights as [inputs, outputs], or as [outputs, inputs], which PyTorch exports. */
function modelOf({ network }: EdgeNetwork, turned: boolean): Uint8Array {
  const model = exportOnnx(network, 'edge');
  if (!turned) return encodeModel(model);
  const { graph } = model;
  const weights = network.map(({ inputs, outputs, weights }, i) => {
    const weight = { dtype: 'float32', dims: [inputs, outputs], data: weights } as const;
    return tensorProto(`layer${i + 1}.weight`, transposed(weight));
  });
  return encodeModel({
    ...model,
    graph: {
      ...graph,
      node: graph.node.map((layer) =>
        layer.opType === 'Gemm' ? node('Gemm', layer.input, layer.output, { transB: 1 }) : layer,
      ),
      initializer: [
        ...weights,
        ...graph.initializer.filter(({ name }) => !name.endsWith('.weight')),
      ],
    },
  });
}

/**
 * Where a bias is too great for int32 in units of the accumulators, both enlarge the scale of the
 * weights; ONNX Runtime does so for symmetric weights only, which its uint8 ones are not.
 */
function keepsBias({ name }: { name: string }, { weights }: ComparedVariant): boolean {
  return name.startsWith('bias beyond int32') && weights === 'QUInt8';
}

beforeAll(async () => {
  await quantizeAll(jobs, [minMax], [...dynamicVariants, ...staticVariants]);
}, 120_000);

describe.each(jobs)('$name', (job) => {
  test('the same ranges of the same activations', () => {
    for (const [tensor, range] of rangesOf(job, minMax.name)) {
      if (tensor === 'logits') continue; // the model's output isn't among its inner tensors
      const observed = minMax.observer();
      activationsOf(job, tensor).forEach(observed.observe);
      expect(observed.range(), tensor).toEqual(range);
    }
  });

  test.each(dynamicVariants)('$name: the same constants', ({ name, ours }) => {
    const { constants } = translated(constantsMade(job, name));
    expect(constantsOf(ours(job.model, new Map()))).toEqual(constants);
  });

  test.each(staticVariants.filter((variant) => !keepsBias(job, variant)))(
    '$name: the same constants',
    ({ name, calibration = '', ours }) => {
      const { constants } = translated(constantsMade(job, name));
      expect(constantsOf(ours(job.model, rangesOf(job, calibration)))).toEqual(constants);
    },
  );

  test.each(staticVariants.filter((variant) => keepsBias(job, variant)))(
    '$name: a bias that ONNX Runtime cuts off is kept',
    ({ name, calibration = '', ours }) => {
      const { constants } = translated(constantsMade(job, name));
      const kept = constantsOf(ours(job.model, rangesOf(job, calibration)));
      const cutOff = '2147483647,-2147483648';
      expect(constants.get('layer1.bias_quantized')).toBe(`int32 [3] ${cutOff},0`);
      expect(kept.get('layer1.bias_quantized')).not.toContain(cutOff);
      const others = (all: Constants): [string, string][] =>
        [...all].filter(([constant]) => !/^layer1\.(weight|bias)_/.test(constant));
      expect(others(kept)).toEqual(others(constants));
    },
  );
});
