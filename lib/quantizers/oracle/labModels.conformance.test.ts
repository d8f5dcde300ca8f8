/**
 * The lab's four models, quantized by us and by ONNX Runtime's Python package: the same bytes. Trained
 * on the real data where it is, else on the generated sample.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadDataset } from '#lib/loaders/load';
import { trainSideBySide } from '#lib/experiments/trainNetworks';
import { mnistLab1Model, mnistModel, sst2Lab1Model, sst2Model } from '#lib/models/spec';
import { decodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches } from '#lib/quantizers/calibrationBatches';
import { linearLayers } from '#lib/quantizers/linearLayers';
import {
  blockVariants,
  calibrations,
  dynamicVariants,
  staticVariants,
  translated,
  translatedBlocks,
  type ComparedVariant,
} from '#lib/quantizers/oracle/comparedVariants';
import { matMulForm } from '#lib/quantizers/oracle/matMulForm';
import {
  activationsOf,
  constantsMade,
  constantsOf,
  quantizeAll,
  rangesOf,
  type Job,
} from '#lib/quantizers/oracle/ortQuantizers';
import { dataEnvironment, hasRealData } from '#setup/data';

/** Training a model whose checkpoint is missing takes minutes. */
const trainingTime = 600_000;

const folder = mkdtempSync(path.join(tmpdir(), 'lab-models-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
/** The smallest model in every way, the others in those in which each two options meet. */
const models = [mnistLab1Model, mnistModel, sst2Model, sst2Lab1Model].map((spec) => {
  const isCompared = ({ isSampled }: ComparedVariant): boolean =>
    isSampled || spec === mnistLab1Model;
  return {
    spec,
    name: spec.name,
    dynamic: dynamicVariants.filter(isCompared),
    static: staticVariants.filter(isCompared),
  };
});

describe.each(models)('$name', ({ spec, ...variants }) => {
  let job: Job;
  let inputs: string[];

  beforeAll(async () => {
    const data = dataEnvironment();
    vi.stubEnv('LAB_DATA', data.LAB_DATA).stubEnv(
      'LAB_SAMPLE',
      hasRealData(data) ? undefined : '1',
    );
    const dataset = await loadDataset(spec.input);
    const [{ model }] = await trainSideBySide([{ spec, dataset, seed: 1 }]);
    const drawn = calibrationBatches(dataset.train.features, { examples: 4 * 64, seed: 1 });
    const batches = Array.from(drawn, (batch) => batch.slice());
    job = { folder: path.join(folder, spec.name), model, batches, rows: 64 };
    inputs = linearLayers(decodeModel(model).graph).map(({ input }) => input);
    await quantizeAll([job], calibrations, [...variants.dynamic, ...variants.static]);
  }, trainingTime);

  afterAll(() => {
    vi.unstubAllEnvs();
  });

  // At 32, ours takes no smaller blocks for any layer.
  test.each(blockVariants(32))('$name: the same constants', async ({ ours, ...variant }) => {
    const inBlocks = { ...job, folder: `${job.folder}-blocks`, model: matMulForm(job.model) };
    await quantizeAll([inBlocks], [], [variant]);
    const constants = translatedBlocks(constantsMade(inBlocks, variant.name));
    expect(constantsOf(ours(inBlocks.model))).toEqual(constants);
  });

  describe.each(calibrations)('$name', ({ name, observer }) => {
    test('finds the same ranges in the same activations, bit for bit', () => {
      const theirs = rangesOf(job, name);
      for (const input of inputs) {
        const { observe, range } = observer();
        activationsOf(job, input).forEach(observe);
        expect(range(), input).toEqual(theirs.get(input));
      }
    });

    test('finds the same ranges by running the model, but for the rounding of its sums', async () => {
      const theirs = rangesOf(job, name);
      const ours = await calibrate(job.model, job.batches, { observer });
      expect([...ours.keys()]).toEqual(inputs);
      for (const [tensor, { min, max }] of ours) {
        const expected = theirs.get(tensor) ?? { min: NaN, max: NaN };
        const tolerance = 1e-5 * Math.max(-expected.min, expected.max);
        expect(Math.abs(min - expected.min), tensor).toBeLessThanOrEqual(tolerance);
        expect(Math.abs(max - expected.max), tensor).toBeLessThanOrEqual(tolerance);
      }
    });
  });

  test.each(variants.dynamic)('$name: the same constants', ({ name, ours }) => {
    const { constants } = translated(constantsMade(job, name));
    expect(constantsOf(ours(job.model, new Map()))).toEqual(constants);
  });

  test.each(variants.static)('$name: the same constants', ({ name, calibration = '', ours }) => {
    const { constants } = translated(constantsMade(job, name));
    expect(constantsOf(ours(job.model, rangesOf(job, calibration)))).toEqual(constants);
  });

  test("of ONNX Runtime's constants, only the output's mapping and zero points of biases are left out", () => {
    for (const { name, form, activations, perChannel } of variants.static) {
      const { leftOut } = translated(constantsMade(job, name));
      const type = activations === 'QInt8' ? 'int8' : 'uint8';
      // Ours gives logits in float32; theirs are rounded to 256 levels, by this scale and zero point.
      expect(leftOut.get('logits_scale'), name).toMatch(/^float32 \[\] /);
      expect(leftOut.get('logits_zero_point'), name).toMatch(new RegExp(`^${type} \\[\\] `));
      // That a bias has no zero point means that it is 0, which is what ONNX Runtime writes down in QDQ.
      const zeros = [...leftOut].filter(([constant]) => !constant.startsWith('logits'));
      expect(zeros, name).toHaveLength(form === 'QDQ' ? inputs.length : 0);
      for (const [, content] of zeros) {
        expect(content, name).toMatch(perChannel ? /^int32 \[\d+\]/ : /^int32 \[\] 0$/);
      }
    }
  });
});
