import { Command } from 'commander';
import { readArray, userFile } from '#cli/files';
import { compareModels, type ModelComparison } from '#lib/evaluation/compareModels';
import { openEngine } from '#lib/evaluation/engine';
import { onlyInput } from '#lib/evaluation/engineMatrix';
import { readModel } from '#lib/onnx/modelFile';
import { elementCount, type TensorOf } from '#lib/onnx/tensor';
import { seededRandom, uniform } from '#lib/random';
import { grid, gridText } from '#lib/report/grid';

/** Examples in an input made at random. */
const randomExamples = 16;
const randomSeed = 1;
const randomSource =
  `${randomExamples} random examples, evenly from −1 to 1, seed ${randomSeed}; ` +
  'a model calibrated for other data is better compared with --input';

export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'Compares a quantized model with the original: signal-to-quantization-noise ratio (SQNR) of ' +
        'each tensor that both compute, matched by name, and predictions that changed.',
    )
    .argument('<original>', 'ONNX file')
    .argument('<quantized>', 'ONNX file')
    .option('--input <file>', '.npy file of float32, examples along the first axis; else at random')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx quantization-lab compare net.onnx net.int8.onnx --input rows.npy',
    )
    .action(compare);
}

async function compare(
  a: string,
  b: string,
  { input: file, json }: { input?: string; json?: true },
): Promise<void> {
  const [original, quantized] = [await readModel(userFile(a)), await readModel(userFile(b))];
  const input = file === undefined ? await randomInput(original) : await readArray(userFile(file));
  const source = file ?? randomSource;
  const comparison = await compareModels(original, quantized, input, { threads: 1 });
  const text = json
    ? JSON.stringify({ input: source, ...finite(comparison) }, null, 2)
    : asText(comparison, source);
  console.log(text);
}

/** Random numbers for the input of a model; sizes that are free along other axes than the first are 1. */
async function randomInput(model: Uint8Array): Promise<TensorOf<'float32'>> {
  const engine = await openEngine(model, { threads: 1 });
  try {
    const dims = onlyInput(engine).shape.map((size, i) => {
      if (typeof size === 'number') return size;
      return i === 0 ? randomExamples : 1;
    });
    return { dtype: 'float32', dims, data: randomNumbers(elementCount(dims)) };
  } finally {
    await engine.release();
  }
}

function randomNumbers(length: number): Float32Array {
  const random = seededRandom(randomSeed);
  return Float32Array.from({ length }, () => uniform(random, -1, 1));
}

/** JSON has no infinity: the ratio of equal tensors is null. */
function finite({ tensors, outputs }: ModelComparison): object {
  const shown = (row: { readonly sqnr: number }): object => ({
    ...row,
    sqnr: Number.isFinite(row.sqnr) ? row.sqnr : null,
  });
  return { tensors: tensors.map(shown), outputs: outputs.map(shown) };
}

function asText({ tensors, outputs }: ModelComparison, source: string): string {
  const ratio = (sqnr: number): number | string => (sqnr === Infinity ? 'equal' : sqnr);
  const columns = ['Tensor', 'Operator', 'SQNR (dB)', 'Greatest difference'];
  const rows = tensors.map(({ name, operator, sqnr, maximum }) => [
    name,
    operator,
    ratio(sqnr),
    maximum,
  ]);
  const outputRows = outputs.map(({ name, sqnr, maximum, rows, changed }) => [
    name,
    ratio(sqnr),
    maximum,
    rows,
    changed,
  ]);
  const outputColumns = ['Output', 'SQNR (dB)', 'Greatest difference', 'Rows', 'Other prediction'];
  return [
    `Input: ${source}`,
    '',
    gridText(grid('Tensors that both models compute', columns, rows, { 'SQNR (dB)': 1 })),
    '',
    gridText(grid('Outputs', outputColumns, outputRows, { 'SQNR (dB)': 1 })),
  ].join('\n');
}
