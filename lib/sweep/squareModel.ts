import { exportOnnx } from '#lib/models/exportOnnx';
import type { Layer } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { toFloat16 } from '#lib/quantizers/float16';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { seededRandom, uniform } from '#lib/random';

/** The forms of a model that are measured against each other. */
export const forms = ['float32', 'float16', 'dynamic int8', 'static int8'] as const;
export type Form = (typeof forms)[number];

/** Random numbers, which are used over and over: drawing millions of them would take seconds. */
const drawn = 65_521; // a prime, so that no two rows of a matrix are alike

/**
 * A network of `depth` layers, each [width, width], with ReLU between them: what it computes means
 * nothing, how long it takes does. Weights are even in ±√(6 / width), which keeps activations of the
 * same size from layer to layer (`kaiming_uniform_`), so that none of them becomes subnormal and slow.
 *
 * @returns content of an ONNX file, float32
 */
export function squareModel({ width, depth }: { width: number; depth: number }): Uint8Array {
  const bound = Math.sqrt(6 / width);
  const network = Array.from({ length: depth }, (_, layer): Layer => {
    const random = seededRandom(layer + 1);
    const numbers = Float32Array.from({ length: drawn }, () => uniform(random, -bound, bound));
    const weights = new Float32Array(width * width);
    for (let start = 0; start < weights.length; start += drawn) {
      weights.set(numbers.subarray(0, weights.length - start), start);
    }
    return { inputs: width, outputs: width, weights, bias: numbers.slice(0, width) };
  });
  return encodeModel(exportOnnx(network, `square-${width}-${depth}`));
}

/** Rows for such a network, even in 0..1: float32, shape [rows, width]. */
export function squareRows(width: number, rows: number): Float32Array {
  const random = seededRandom(1);
  const numbers = Float32Array.from({ length: drawn }, () => uniform(random, 0, 1));
  return Float32Array.from({ length: rows * width }, (_, i) => numbers[i % drawn]);
}

/** A model in all forms, static int8 calibrated on the given rows. */
export async function allForms(
  model: Uint8Array,
  calibrationRows: Float32Array,
): Promise<Record<Form, Uint8Array>> {
  return {
    float32: model,
    float16: toFloat16(model),
    'dynamic int8': quantizeDynamic(model),
    'static int8': quantizeStatic(model, await calibrate(model, [calibrationRows])),
  };
}
