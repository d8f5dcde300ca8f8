import { describe, expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { seededRandom, uniform } from '#lib/random';
import {
  assigner,
  halves,
  layerOutputs,
  type Precision,
  type Treatment,
} from '#lib/sensitivity/assignment';
import { allButLayer, everyAssignment } from '#lib/sensitivity/cases';
import { profileModels } from '#lib/timers/profileModels';

const random = seededRandom(5);
const numbers = (length: number): Float32Array =>
  Float32Array.from({ length }, () => uniform(random, -1, 1));
const network = initialNetwork([24, 32, 32, 4], random);
const model = encodeModel(exportOnnx(network, 'net'));
const rows = numbers(8 * 24);
const ranges = await calibrate(model, [rows]);
const build = assigner(model, ranges);

async function logits(bytes: Uint8Array, asWritten: boolean): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1, asWritten });
  const result = await session.run(rows);
  await session.release();
  return result;
}

/** Operators by which the engine multiplies, as its profiler names them. */
async function kernels(bytes: Uint8Array, asWritten = false): Promise<Set<string>> {
  const models = [{ model: bytes, asWritten }];
  const [{ operators }] = await profileModels(models, rows, { threads: 1, calls: 1 });
  const all = [...operators.keys()].map((name) => name.replace('FusedGemm', 'Gemm'));
  return new Set(all.filter((name) => /Gemm|MatMul/.test(name)));
}

/** What the engine's documentation calls the kernel of each (docs/ContribOperators.md). */
const kernelOf: Record<Precision, string> = {
  float32: 'Gemm',
  float16: 'Gemm',
  'dynamic int8': 'DynamicQuantizeMatMul',
  'static int8': 'QGemm',
  'int4 weights': 'MatMulNBits',
};

test('all layers in float32 are the model itself', () => {
  expect(layerOutputs(model)).toEqual(['layer1', 'layer2', 'logits']);
  expect(build(['float32', 'float32', 'float32'])).toBe(model);
});

describe('every assignment', () => {
  test.each(everyAssignment(3).map((one) => ({ one, name: one.join(', ') })))(
    '$name: runs on the kernels claimed, close to float32',
    async ({ one }) => {
      const mixed = build(one);
      const claimed = one.map((precision) => kernelOf[precision as Precision]);
      expect(await kernels(mixed)).toEqual(new Set(claimed));
      const [expected, actual] = [await logits(model, false), await logits(mixed, false)];
      const greatest = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...actual.map((x, i) => Math.abs(x - expected[i])));
      expect(worst).toBeLessThan(0.15 * greatest);
    },
  );
});

test.each(halves)('%s: multiplied in float32, as written', async (half) => {
  const mixed = build([half, half, half]);
  expect(await kernels(mixed, true)).toEqual(new Set(['Gemm']));
});

test('what the quantizers leave in one layer does not depend on the others', () => {
  const size = (one: readonly Treatment[]): number => build(one).length;
  const saved = (one: readonly Treatment[]): number => model.length - size(one);
  const alone = saved(['int4 weights', 'float32', 'float32']);
  const rest = saved(allButLayer(3, 0, 'int4 weights'));
  // But for the import of ONNX Runtime's operators, which a file has once.
  expect(
    Math.abs(saved(['int4 weights', 'int4 weights', 'int4 weights']) - alone - rest),
  ).toBeLessThan(40);
});

test('an assignment for another number of layers is refused', () => {
  expect(() => build(['float32'])).toThrow('1 treatments for 3 layers');
});

test('a model does not depend on those made before it', () => {
  const assignments: Treatment[][] = [
    ['int4 weights', 'dynamic int8', 'float16'],
    ['int4 weights', 'static int8', 'static int8'],
    ['float16', 'static int8', 'float16'],
    ['int4 weights', 'dynamic int8', 'static int8'],
    ['float32', 'float32', 'float32'],
  ];
  for (const one of assignments) expect(build(one)).toEqual(assigner(model, ranges)(one));
});
