import { Float16Array } from '@petamoriken/float16';
import { node, type Node } from '#lib/onnx/graph';
import type { NewConstants } from '#lib/onnx/rewrite';
import { elementTypeCode } from '#lib/onnx/tensor';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { replaceLayers, type LayerSelection } from '#lib/quantizers/replaceLayers';

/**
 * Half precision in the way of PyTorch's dynamic float16: weights and biases of fully connected layers
 * are stored as float16, in half the bytes, and converted to float32 by a Cast, in which the model
 * goes on to compute. ONNX Runtime does the Cast once, when it loads the model, so that the file is
 * half as large but neither memory nor time are saved while it runs.
 *
 * Numbers are rounded to the nearest float16, of two equally near ones to the even (IEEE 754), also
 * among the subnormal ones below 2^-14; those up to 2^-25 become 0.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the smaller model's file
 * @throws Error if `model` is no such file or has no layer to convert
 * @throws RangeError if a number is too great for float16, which ends at 65504
 */
export function toFloat16(model: Uint8Array, selection: LayerSelection = {}): Uint8Array {
  return replaceLayers(model, halfLayer, selection);
}

function halfLayer({ node: gemm, weight, bias }: LinearLayer, constants: NewConstants): Node[] {
  const casts = (bias ? [weight, bias] : [weight]).map(({ name, dims, data }) => {
    const half = constants.add(`${name}_half`, {
      dtype: 'float16',
      dims,
      data: float16Bits(name, data),
    });
    return node('Cast', [half], [`${name}_float`], { to: elementTypeCode('float32') });
  });
  return [...casts, { ...gemm, input: [gemm.input[0], ...casts.map(({ output }) => output[0])] }];
}

/** Numbers rounded to float16, as bits. */
function float16Bits(name: string, data: Float32Array): Uint16Array {
  const bits = new Uint16Array(new Float16Array(data).buffer);
  const index = bits.findIndex((half) => (half & 0x7c00) === 0x7c00); // all ones: infinite or NaN
  if (index >= 0) {
    throw new RangeError(
      `Number ${index} of ${name} is ${data[index]}, but float16 ends at 65504: ` +
        'this model has to stay in float32.',
    );
  }
  return bits;
}
