import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { node, value } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { readTensor, tensorProto } from '#lib/onnx/tensor';
import { calibrate, type Ranges } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { quantizeStatic } from '#lib/quantizers/staticInt8';

/** What `goldens/make_goldens.py` records. */
interface Golden {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly batches: readonly (readonly (readonly number[])[])[];
  readonly variants: readonly Variant[];
}
interface Layer {
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
}
interface Variant {
  readonly perChannel: boolean;
  readonly reduceRange: boolean;
  readonly transposed: boolean;
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  readonly dynamic: Constants;
  readonly static: Constants;
}
/** Constants by name. */
type Constants = Readonly<Record<string, { dims: readonly number[]; values: readonly number[] }>>;

const goldens = JSON.parse(
  readFileSync(join(__dirname, 'goldens/goldens.json'), 'utf8'),
) as Golden[];

function floatModel(layers: readonly Layer[], isTransposed: boolean): Uint8Array {
  const widths = [layers[0].weight.length, ...layers.map(({ bias }) => bias.length)];
  const isLast = (i: number): boolean => i === layers.length - 1;
  return encodeModel(
    makeModel({
      name: 'net',
      input: [value('input', 'float32', ['batch', widths[0]])],
      output: [value('logits', 'float32', ['batch', widths[widths.length - 1]])],
      initializer: layers.flatMap(({ weight, bias }, i) => {
        const rows = isTransposed
          ? bias.map((_, column) => weight.map((row) => row[column]))
          : weight;
        return [
          tensorProto(`layer${i + 1}.weight`, {
            dtype: 'float32',
            dims: [rows.length, rows[0].length],
            data: Float32Array.from(rows.flat()),
          }),
          tensorProto(`layer${i + 1}.bias`, {
            dtype: 'float32',
            dims: [bias.length],
            data: Float32Array.from(bias),
          }),
        ];
      }),
      node: layers.flatMap((_, i) => {
        const x = i === 0 ? 'input' : `layer${i}.relu`;
        const y = isLast(i) ? 'logits' : `layer${i + 1}`;
        const inputs = [x, `layer${i + 1}.weight`, `layer${i + 1}.bias`];
        const gemm = node('Gemm', inputs, [y], { transB: Number(isTransposed) });
        return isLast(i) ? [gemm] : [gemm, node('Relu', [y], [`${y}.relu`])];
      }),
    }),
  );
}

/** The constants that a quantizer made. */
function constants(model: Uint8Array): Constants {
  const made = decodeModel(model).graph.initializer.filter(({ name }) =>
    /_(quantized|scale|zero_point)$/.test(name),
  );
  return Object.fromEntries(
    made.map((initializer) => {
      const { dims, data } = readTensor(initializer);
      return [initializer.name, { dims, values: [...data] }];
    }),
  );
}

/**
 * The recorded constants under our names: ONNX Runtime marks transposed weights, names bias scales
 * otherwise, and quantizes the model's output too.
 */
function renamed(recorded: Constants): Constants {
  return Object.fromEntries(
    Object.entries(recorded)
      .filter(([name]) => !/^logits_|bias_quantized_zero_point$/.test(name))
      .map(([name, constant]) => {
        const ours = name.replace('_Transposed', '').replace('bias_quantized_scale', 'bias_scale');
        const dims =
          ours.endsWith('bias_scale') && constant.values.length === 1 ? [] : constant.dims;
        return [ours, { dims, values: constant.values }];
      }),
  );
}

describe.each(goldens)('$name', ({ layers, batches, variants }) => {
  describe.each(variants)(
    'per channel $perChannel, reduced range $reduceRange',
    ({ perChannel, reduceRange, transposed, ranges, ...expected }) => {
      const model = floatModel(layers, transposed);
      const options = { perChannel, reduceRange };

      test("has quantize_dynamic's weights and scales, bit for bit", () => {
        expect(constants(quantizeDynamic(model, options))).toEqual(renamed(expected.dynamic));
      });

      test("has quantize_static's weights, biases and scales, bit for bit", () => {
        const given: Ranges = new Map(
          Object.entries(ranges).map(([name, [min, max]]) => [name, { min, max }]),
        );
        expect(constants(quantizeStatic(model, given, options))).toEqual(renamed(expected.static));
      });

      test("finds quantize_static's ranges", async () => {
        const found = await calibrate(
          model,
          batches.map((rows) => Float32Array.from(rows.flat())),
        );
        expect([...found.keys()].sort()).toEqual(Object.keys(ranges).sort());
        for (const [name, { min, max }] of found) {
          const [expectedMin, expectedMax] = ranges[name];
          const tolerance = 1e-5 * Math.max(-expectedMin, expectedMax);
          expect(Math.abs(min - expectedMin)).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(max - expectedMax)).toBeLessThanOrEqual(tolerance);
        }
      });
    },
  );
});
