import { onnx } from 'onnx-proto';
import { node, value, type Node } from '#lib/onnx/graph';
import { encodeModel } from '#lib/onnx/model';
import { newConstants, rewriteGraph, type NewConstants } from '#lib/onnx/rewrite';
import { elementTypeCode } from '#lib/onnx/tensor';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { quantizeWeights, type WeightOptions } from '#lib/quantizers/quantizedWeights';

export type WordTable =
  | { readonly table: 'float32' }
  /** A quarter of the bytes; sums are made of the integers, and scaled once. */
  | ({ readonly table: 'int8' } & WeightOptions);

/**
 * Lets a model of word counts read the words instead: a sentence has about ten of 5,000 words, and all
 * products with a count of 0 are 0. The first layer `Gemm(x, W, b)` becomes a sum of rows of its weights,
 * one for each word of the sentence, as often as it occurs:
 *
 *     y = Σ W[words[k]] + b            Gather, ReduceSum, Add
 *
 * which is x W + b, but for the order of the additions. All other layers stay as they are: quantize them
 * afterwards.
 *
 * Sentences of a batch are filled up to the longest with the number `width` of the former input, which
 * stands for no word: its row in the table is 0.
 *
 * @param model content of an ONNX file whose input goes into a fully connected layer and nowhere else
 * @returns content of the model's file; its input is `words`, int32 [batch, words]
 * @throws Error if the model's input is read by anything but one fully connected layer
 */
export function readWords(model: Uint8Array, options: WordTable): Uint8Array {
  const decoded = readCanonical(model);
  const { graph } = decoded;
  const input = graph.input[0].name;
  const layer = linearLayers(graph).find((one) => one.input === input);
  const readers = graph.node.filter((one) => one.input.includes(input));
  if (!layer || readers.length !== 1) {
    throw new Error(
      `The model's input "${input}" must go into one fully connected layer and nowhere else, so that ` +
        `words can take its place; it goes into: ${readers.map(({ opType }) => opType).join(', ')}.`,
    );
  }
  const constants = newConstants(graph);
  const sum = sumOfRows(layer, constants, options);
  const nodes = graph.node.flatMap((one) => (one === layer.node ? sum : [one]));
  const words = value('words', 'int32', ['batch', 'words']);
  return encodeModel({
    ...decoded,
    graph: { ...rewriteGraph(graph, nodes, constants), input: [words] },
  });
}

function sumOfRows(layer: LinearLayer, constants: NewConstants, options: WordTable): Node[] {
  const { output, weight, bias } = layer;
  const [rows, floats, axes] = [`${output}_rows`, `${output}_floats`, `${output}_axes`];
  const sum = bias ? `${output}_sum` : output;
  const sumOver = (summand: string, total: string): Node[] => [
    wordAxis(axes),
    node('ReduceSum', [summand, axes], [total], { keepdims: 0 }),
  ];
  const addBias = bias ? [node('Add', [sum, bias.name], [output])] : [];
  if (options.table === 'float32') {
    const { dims, data } = table(layer, weight.data, Float32Array);
    const name = constants.add(`${weight.name}_table`, { dtype: 'float32', dims, data });
    return [node('Gather', [name, 'words'], [rows]), ...sumOver(rows, sum), ...addBias];
  }
  const { values, scale } = quantizeWeights(layer, options);
  const { dims, data } = table(layer, values.data, Int8Array);
  const name = constants.add(`${weight.name}_table_quantized`, { dtype: 'int8', dims, data });
  const scaleName = constants.add(`${weight.name}_scale`, scale);
  const integers = `${output}_integers`;
  return [
    node('Gather', [name, 'words'], [rows]),
    node('Cast', [rows], [floats], { to: elementTypeCode('float32') }), // sums of integers stay exact in it
    ...sumOver(floats, integers),
    node('Mul', [integers, scaleName], [sum]),
    ...addBias,
  ];
}

/** The axis of the words, as ReduceSum wants it: an int64 vector. */
function wordAxis(name: string): Node {
  const type = onnx.AttributeProto.AttributeType.INTS;
  return { ...node('Constant', [], [name]), attribute: [{ name: 'value_ints', type, ints: [1] }] };
}

/** The weights with a row for each input, and one of zeros at the end. */
function table<T extends Float32Array | Int8Array>(
  { weight, outputAxis }: LinearLayer,
  weights: T,
  TypedArray: new (length: number) => T,
): { dims: [number, number]; data: T } {
  const [words, outputs] = outputAxis === 1 ? weight.dims : [weight.dims[1], weight.dims[0]];
  const data = new TypedArray((words + 1) * outputs);
  for (let i = 0; i < weights.length; i++) {
    data[outputAxis === 1 ? i : (i % words) * outputs + Math.floor(i / words)] = weights[i];
  }
  return { dims: [words + 1, outputs], data };
}
