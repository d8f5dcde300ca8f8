import { Float16Array } from '@petamoriken/float16';
import { contribNode, importContribOperators } from '#lib/onnx/contribOperators';
import { node, type Node } from '#lib/onnx/graph';
import { packNibbles } from '#lib/onnx/nibbles';
import type { NewConstants } from '#lib/onnx/rewrite';
import { elementTypeCode, type Tensor } from '#lib/onnx/tensor';
import { quantizeBlocks, type BlockOptions, type BlockWeights } from '#lib/quantizers/blockWeights';
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
  const weights = quantizeBlocks(layer, options);
  const stored = (part: string, tensor: Tensor): string =>
    constants.add(`${weight.name}_${part}`, tensor);
  const values = stored('quantized', packedValues(weights));
  const storedScales = stored('scale', blockScales(weights));
  const zeroPoint =
    options.scheme === 'affine' ? stored('zero_point', packedZeroPoints(weights)) : '';
  const unused = ''; // an order of the inputs, which is deprecated
  const isHalf = weights.scaleType === 'float16';
  const scales = isHalf ? `${output}_weight_scale` : storedScales;
  const matMul = contribNode(
    node('MatMulNBits', [input, values, scales, zeroPoint, unused, bias?.name ?? ''], [output], {
      K: weights.inputs,
      N: weights.outputs,
      bits: weights.bits,
      block_size: weights.blockSize,
    }),
  );
  if (!isHalf) return [matMul];
  return [node('Cast', [storedScales], [scales], { to: elementTypeCode('float32') }), matMul];
}

/** As MatMulNBits reads them: bytes [outputs, blocks, bytes of a block], the last block filled up with 0. */
function packedValues({ outputs, bits, blockSize, blocks }: BlockWeights): Tensor {
  const blobSize = (blockSize * bits) / 8;
  const data = new Uint8Array(blocks.length * blobSize);
  blocks.forEach(({ values }, i) => {
    data.set(pack(values, bits), i * blobSize);
  });
  return { dtype: 'uint8', dims: [outputs, blocks.length / outputs, blobSize], data };
}

/** Shape [outputs, blocks]. */
function blockScales({ outputs, scaleType, blocks }: BlockWeights): Tensor {
  const dims = [outputs, blocks.length / outputs];
  const data = Float32Array.from(blocks, ({ scale }) => scale);
  return scaleType === 'float16'
    ? { dtype: 'float16', dims, data: new Uint16Array(new Float16Array(data).buffer) }
    : { dtype: 'float32', dims, data };
}

/** Bytes [outputs, bytes of the zero points of an output]. */
function packedZeroPoints({ outputs, bits, blocks }: BlockWeights): Tensor {
  const count = blocks.length / outputs;
  const rows = Array.from({ length: outputs }, (_, i) => {
    const row = blocks.slice(i * count, (i + 1) * count).map(({ zeroPoint }) => zeroPoint);
    // The half byte that is left after an odd number is 8 in files of ONNX Runtime.
    return pack(bits === 4 && count % 2 === 1 ? [...row, 8] : row, bits);
  });
  const data = Uint8Array.from(rows.flatMap((row) => [...row]));
  return { dtype: 'uint8', dims: [outputs, rows[0].length], data };
}

function pack(values: ArrayLike<number>, bits: 4 | 8): Uint8Array {
  return bits === 4 ? packNibbles(values) : Uint8Array.from(values);
}
