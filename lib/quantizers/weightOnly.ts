import { Float16Array } from '@petamoriken/float16';
import { contribNode, importContribOperators } from '#lib/onnx/contribOperators';
import { node, type Node } from '#lib/onnx/graph';
import { packNibbles } from '#lib/onnx/nibbles';
import type { NewConstants } from '#lib/onnx/rewrite';
import { elementTypeCode } from '#lib/onnx/tensor';
import { quantizeBlocks, type BlockOptions } from '#lib/quantizers/blockWeights';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { quantizeWeights } from '#lib/quantizers/quantizedWeights';
import { replaceLayers, type LayerSelection } from '#lib/quantizers/replaceLayers';

/** Without `blockSize`, all weights of an output share a scale; 4 bits are too few for that. */
export type WeightOnlyOptions = LayerSelection &
  (BlockOptions | { readonly bits: 8; readonly blockSize?: undefined });

/**
 * Weight-only quantization: weights as integers of 4 or 8 bits, activations and biases in float32. It
 * needs no calibration and saves space rather than time: the engine multiplies in float32.
 *
 * With `blockSize` a layer `Gemm(x, W, b)` becomes a `MatMulNBits` node of ONNX Runtime, which reads
 * integers with a scale for each block of inputs and makes float32 of them while it multiplies. For 4
 * bits there is a kernel for that. For 8 bits there is none on x86, and the engine makes all of the
 * weights float32 again in each run, which takes many times longer than the product of a small batch.
 *
 * The scales are float16, half the bytes, behind a Cast that the engine computes once, when it loads the
 * model: its kernel for float32 inputs wants float32 scales.
 *
 * Without `blockSize` a layer becomes `Gemm(x, Cast(Wq) · scale, b)`, with int8 weights and a scale for
 * each output. The engine computes `Cast(Wq) · scale` once, when it loads the model, and is as fast as
 * with float32 from there on. (DequantizeLinear says the same, but ONNX Runtime runs that each time.)
 *
 * `accuracy_level` of MatMulNBits stays unset: at level 4 the engine would quantize the activations too.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the quantized model's file
 * @throws Error if `model` is no such file or has no layer to quantize
 * @throws RangeError if `blockSize` is no power of two from 16
 */
export function quantizeWeightOnly(model: Uint8Array, options: WeightOnlyOptions): Uint8Array {
  if (options.blockSize === undefined) return replaceLayers(model, castLayer, options);
  return importContribOperators(
    replaceLayers(model, (layer, constants) => blockLayer(layer, constants, options), options),
  );
}

function castLayer(layer: LinearLayer, constants: NewConstants): Node[] {
  const { input, output, outputAxis, weight } = layer;
  const { values, scale } = quantizeWeights(layer, { perChannel: true, reduceRange: false });
  const quantized = constants.add(`${weight.name}_quantized`, values);
  const scales = constants.add(`${weight.name}_scale`, {
    ...scale,
    dims: outputAxis === 1 ? scale.dims : [...scale.dims, 1],
  });
  const [integers, weights] = [`${output}_weight_cast`, `${output}_weight`];
  return [
    node('Cast', [quantized], [integers], { to: elementTypeCode('float32') }),
    node('Mul', [integers, scales], [weights]),
    { ...layer.node, input: [input, weights, ...layer.node.input.slice(2)] },
  ];
}

function blockLayer(layer: LinearLayer, constants: NewConstants, options: BlockOptions): Node[] {
  const { input, output, weight, bias } = layer;
  const { outputs, inputs, bits, blockSize, scaleType, blocks } = quantizeBlocks(layer, options);
  const count = blocks.length / outputs;
  const pack = (values: ArrayLike<number>): Uint8Array =>
    bits === 4 ? packNibbles(values) : Uint8Array.from(values);
  const blobSize = (blockSize * bits) / 8;
  const blobs = new Uint8Array(blocks.length * blobSize);
  blocks.forEach(({ values }, i) => {
    blobs.set(pack(values), i * blobSize);
  });
  const values = constants.add(`${weight.name}_quantized`, {
    dtype: 'uint8',
    dims: [outputs, count, blobSize],
    data: blobs,
  });
  const dims = [outputs, count];
  const scaleData = Float32Array.from(blocks, ({ scale }) => scale);
  const storedScales = constants.add(
    `${weight.name}_scale`,
    scaleType === 'float16'
      ? { dtype: 'float16', dims, data: new Uint16Array(new Float16Array(scaleData).buffer) }
      : { dtype: 'float32', dims, data: scaleData },
  );
  const zeroPoints = (): string => {
    const rows = Array.from({ length: outputs }, (_, i) => {
      const row = blocks.slice(i * count, (i + 1) * count).map(({ zeroPoint }) => zeroPoint);
      // The half byte that is left after an odd number is 8 in files of ONNX Runtime.
      return pack(bits === 4 && count % 2 === 1 ? [...row, 8] : row);
    });
    const data = Uint8Array.from(rows.flatMap((row) => [...row]));
    const dims = [outputs, rows[0].length];
    return constants.add(`${weight.name}_zero_point`, { dtype: 'uint8', dims, data });
  };
  const zeroPoint = options.scheme === 'affine' ? zeroPoints() : '';
  const unused = ''; // an order of the inputs, which is deprecated
  const scales = scaleType === 'float16' ? `${output}_weight_scale` : storedScales;
  const matMul = contribNode(
    node('MatMulNBits', [input, values, scales, zeroPoint, unused, bias?.name ?? ''], [output], {
      K: inputs,
      N: outputs,
      bits,
      block_size: blockSize,
    }),
  );
  if (scaleType === 'float32') return [matMul];
  return [node('Cast', [storedScales], [scales], { to: elementTypeCode('float32') }), matMul];
}
