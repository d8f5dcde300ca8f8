import { Float16Array } from '@petamoriken/float16';
import { Command } from 'commander';
import { onnx } from 'onnx-proto';
import { size, userFile } from '#cli/files';
import { findInitializer, nodeLabel, type Graph, type Value } from '#lib/onnx/graph';
import { decodeModel, opsetOf, parameterCount } from '#lib/onnx/model';
import { readModel } from '#lib/onnx/modelFile';
import { readTensor, type Initializer } from '#lib/onnx/tensor';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { layersWithWeights, type LayerLeft } from '#lib/quantizers/linearLayers';
import { grid, gridText } from '#lib/report/grid';

/** What is known of a model: what `inspect --json` prints. */
interface Inspection {
  readonly bytes: number;
  readonly opset: number;
  readonly producer: string;
  readonly parameters: number;
  readonly inputs: readonly Described[];
  readonly outputs: readonly Described[];
  /** Number of nodes by operator. */
  readonly operators: Readonly<Record<string, number>>;
  /** Constants with two axes or more. */
  readonly weights: readonly Weight[];
  /** Layers that can be quantized. */
  readonly layers: readonly { node: string; operator: string; inputs: number; outputs: number }[];
  /** Layers that can't, or already are. */
  readonly left: readonly LayerLeft[];
  /** Why no layer of the model can be quantized. */
  readonly problem?: string;
}

interface Described {
  readonly name: string;
  readonly dtype: string;
  /** Names stand for free sizes; absent if nothing is declared. */
  readonly shape?: readonly (number | string)[];
}

interface Weight extends Described {
  readonly bytes: number;
  readonly readBy: string;
  /** Smallest and greatest of its scales, if it is quantized. */
  readonly scales?: { readonly count: number; readonly min: number; readonly max: number };
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description(
      'Shows what a model consists of, what of it can be quantized, and what not and why.',
    )
    .argument('<model>', 'ONNX file')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  npx quantization-lab inspect net.onnx')
    .action(async (model: string, { json }: { json?: true }) => {
      const found = inspection(await readModel(userFile(model)));
      console.log(json ? JSON.stringify(found, null, 2) : asText(found));
    });
}

function inspection(bytes: Uint8Array): Inspection {
  const model = decodeModel(bytes);
  const { graph } = model;
  const operators: Record<string, number> = {};
  for (const { opType } of graph.node) operators[opType] = (operators[opType] ?? 0) + 1;
  return {
    bytes: bytes.length,
    opset: opsetOf(model),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    parameters: parameterCount(model),
    inputs: graph.input.map(described),
    outputs: graph.output.map(described),
    operators,
    weights: graph.initializer
      .filter(({ dims }) => (dims?.length ?? 0) >= 2)
      .map((initializer) => weight(graph, initializer)),
    ...quantizable(bytes),
  };
}

function quantizable(bytes: Uint8Array): Pick<Inspection, 'layers' | 'left' | 'problem'> {
  try {
    const { layers, left } = layersWithWeights(readCanonical(bytes).graph);
    return {
      layers: layers.map(({ node, weight, outputAxis }) => ({
        node: nodeLabel(node),
        operator: node.opType,
        inputs: weight.dims[1 - outputAxis],
        outputs: weight.dims[outputAxis],
      })),
      left,
    };
  } catch (error) {
    return { layers: [], left: [], problem: (error as Error).message };
  }
}

function described({ name, type }: Value): Described {
  const { elemType, shape } = type?.tensorType ?? {};
  return {
    name,
    dtype: typeName(elemType ?? 0),
    ...(shape && {
      shape: (shape.dim ?? []).map(({ dimParam, dimValue }) =>
        dimParam?.length ? dimParam : Number(dimValue ?? 0) || '?',
      ),
    }),
  };
}

function weight(graph: Graph, { name, dims, dataType, rawData }: Initializer): Weight {
  const readers = graph.node.filter(({ input }) => input.includes(name));
  const dequantizer = readers.find(({ opType }) => opType === 'DequantizeLinear');
  const scaleName = dequantizer?.input[1] ?? name.replace(/_quantized$/, '_scale');
  const scale = scaleName === name ? undefined : findInitializer(graph, scaleName);
  const scales = scale && scaleValues(scale);
  return {
    name,
    dtype: typeName(dataType ?? 0),
    shape: (dims ?? []).map(Number),
    bytes: rawData?.length ?? 0,
    readBy: readers.map(nodeLabel).join(', '),
    ...(scales?.length && {
      scales: {
        count: scales.length,
        min: scales.reduce((a, b) => Math.min(a, b)),
        max: scales.reduce((a, b) => Math.max(a, b)),
      },
    }),
  };
}

function scaleValues(scale: Initializer): number[] {
  const { dtype, data } = readTensor(scale);
  return Array.from<number>(dtype === 'float16' ? new Float16Array(data.buffer) : data);
}

function typeName(code: number): string {
  const name = (onnx.TensorProto.DataType[code] as string | undefined) ?? 'UNDEFINED';
  return name === 'FLOAT' ? 'float32' : name === 'DOUBLE' ? 'float64' : name.toLowerCase();
}

function asText(found: Inspection): string {
  const value = ({ name, dtype, shape }: Described): string =>
    `${name} ${dtype} [${shape?.join(', ') ?? 'any shape'}]`;
  const { layers, left } = found;
  const reasons = left.map(({ node, operator, reason }) => `  ${node} (${operator}): ${reason}`);
  return [
    `Size: ${size(found.bytes)}, ${found.parameters.toLocaleString('en-US')} parameters`,
    `Operator set: ${found.opset}; made by ${found.producer || 'an unknown program'}`,
    `Inputs: ${found.inputs.map(value).join('; ')}`,
    `Outputs: ${found.outputs.map(value).join('; ')}`,
    `Nodes: ${Object.entries(found.operators)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
    ...(found.weights.length > 0 ? ['', weightTable(found.weights)] : []),
    '',
    `Can be quantized: ${layers.length} of ${layers.length + left.length} layers with weights`,
    ...layers.map(
      ({ node, operator, inputs, outputs }) => `  ${node} (${operator}, ${inputs} → ${outputs})`,
    ),
    ...reasons,
    ...(found.problem === undefined ? [] : [found.problem]),
  ].join('\n');
}

function weightTable(weights: readonly Weight[]): string {
  const rows = weights.map(({ name, dtype, shape, bytes, readBy, scales }) => [
    name,
    dtype,
    shape?.join(' × '),
    bytes,
    scales && (scales.count === 1 ? scales.min : `${scales.count} scales`),
    readBy,
  ]);
  const columns = ['Weights', 'Type', 'Shape', 'Bytes', 'Scale', 'Read by'];
  return gridText(grid('Constants with two axes or more', columns, rows));
}
