import { evaluateModel, type Accuracy } from '#lib/evaluation/accuracy';
import { withWorkers } from '#lib/experiments/workers';
import type { Dataset, Split } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizationError, type QuantizationError } from '#lib/mapping/error';
import { fakeQuantize, reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import type { Curve } from '#lib/report/curveFigures';
import type { Figure } from '#lib/report/figure';
import { percent } from '#lib/report/numbers';
import { arrangeModels, type Panel, type Series } from '#lib/report/panels';
import type { Progress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/** Which weights share a scale: those of a layer, of an output, or of 32 inputs of an output. */
const granularities = {
  'per layer': {},
  'per output': { perChannel: true },
  'per block of 32': { blockSize: 32 },
};
type Scales = keyof typeof granularities;
const allScales = Object.keys(granularities) as Scales[];

/** What a bit width does to the weights of a layer. */
export interface WeightError extends QuantizationError {
  readonly model: string;
  /** Name of what it gives in the ONNX model: `layer1`, `layer2`, …, and `logits` of the last. */
  readonly layer: string;
  readonly bits: number;
  readonly scales: Scales;
  /** Of the file: those of a weight, and its share of the float32 scales. */
  readonly bitsPerWeight: number;
}

/** Errors of the weights of each layer at each bit width and granularity: symmetric. */
export function weightErrors(
  { spec, model }: Pick<TrainedModel, 'spec' | 'model'>,
  bitWidths: readonly number[],
): WeightError[] {
  return linearLayers(readCanonical(model).graph).flatMap((layer) =>
    allScales.flatMap((scales) =>
      bitWidths.map((bits) => ({
        model: spec.name,
        layer: layer.output,
        bits,
        scales,
        bitsPerWeight: bits + (32 * scaleCount(layer, scales)) / layer.weight.data.length,
        ...quantizationError(
          layer.weight.data,
          reconstructedWeights(layer, { bits, ...granularities[scales] }),
        ),
      })),
    ),
  );
}

/** How many scales the weights of a layer have. */
function scaleCount({ weight: { dims }, outputAxis }: LinearLayer, scales: Scales): number {
  const outputs = dims[outputAxis];
  const blocks = outputs * Math.ceil(dims[1 - outputAxis] / 32);
  return { 'per layer': 1, 'per output': outputs, 'per block of 32': blocks }[scales];
}

/** Errors with one scale for each layer, as a table. */
export function errorRows(errors: readonly WeightError[], bitWidths: readonly number[]): Row[] {
  return errors
    .filter(({ bits, scales }) => scales === 'per layer' && bitWidths.includes(bits))
    .map(({ model, layer, bits, meanSquared, maximum, sqnr }) => ({
      Model: model,
      Layer: layer,
      Bits: bits,
      MSE: meanSquared.toExponential(2),
      'Largest error': maximum,
      'SQNR (dB)': sqnr,
    }));
}

/** The signal-to-quantization-noise ratio of each layer by bit width, with one scale for each layer. */
export function sqnrCurves(errors: readonly WeightError[]): Curve[] {
  const perLayer = errors.filter(({ scales }) => scales === 'per layer');
  return curves(
    perLayer,
    ({ model, layer }) => `${model} ${layer}`,
    ({ sqnr }) => sqnr,
  );
}

/**
 * The signal-to-quantization-noise ratio by what shares a scale, and what a weight takes, its share of
 * the float32 scales included: a row for each layer and bit width.
 */
export function granularityRows(
  errors: readonly WeightError[],
  bitWidths: readonly number[],
): Row[] {
  return errors
    .filter(({ bits, scales }) => scales === allScales[0] && bitWidths.includes(bits))
    .map(({ model, layer, bits }) => {
      const same = errors.filter(
        (one) => one.model === model && one.layer === layer && one.bits === bits,
      );
      const cells = same.flatMap(({ scales, sqnr, bitsPerWeight }) => [
        [`SQNR ${scales} (dB)`, sqnr.toFixed(1)],
        [`Bits a weight, ${scales}`, bitsPerWeight.toFixed(2)],
      ]);
      return { Model: model, Layer: layer, Bits: bits, ...(Object.fromEntries(cells) as Row) };
    });
}

/** Mean squared errors, summed over all layers and bit widths; in the order from coarse to fine scales. */
export function squaredErrors(errors: readonly WeightError[]): number[] {
  return allScales.map((scales) =>
    errors
      .filter((error) => error.scales === scales)
      .reduce((sum, { meanSquared }) => sum + meanSquared, 0),
  );
}

/** Weights of a layer (counted from 1) in float32, and what each bit width leaves of them. */
export function weightSets(
  { model }: TrainedModel,
  layer: number,
  bitWidths: readonly number[],
): Record<string, Float32Array> {
  const linear = linearLayers(readCanonical(model).graph)[layer - 1];
  const quantized = bitWidths.map((bits): [string, Float32Array] => [
    `${bits} bits`,
    reconstructedWeights(linear, { bits }),
  ]);
  return Object.fromEntries([['float32', linear.weight.data], ...quantized]);
}

/** What a bit width of the weights does to accuracy. */
export interface BitWidthAccuracy {
  readonly model: string;
  readonly bits: number;
  readonly scales: Scales;
  readonly correct: number;
  readonly total: number;
}

/** What {@link bitWidthAccuracies} takes. */
export interface BitWidthInput extends Pick<BitWidthAccuracy, 'scales'> {
  /** Of the model. */
  readonly name: string;
  /** Content of a float32 ONNX file. */
  readonly model: Uint8Array;
  readonly test: Split;
  readonly bitWidths: readonly number[];
}

/** Accuracy at each bit width, where the same weights share a scale; on one thread. */
export async function bitWidthAccuracies(
  { name, model, test, scales, bitWidths }: BitWidthInput,
  progress: Progress,
): Promise<BitWidthAccuracy[]> {
  const results: BitWidthAccuracy[] = [];
  for (const bits of bitWidths) {
    const quantized = fakeQuantize(model, { bits, ...granularities[scales] });
    const { correct, total } = await evaluateModel(quantized, test, { batchSize: 64, threads: 1 });
    results.push({ model: name, bits, scales, correct, total });
    progress(results.length, bitWidths.length);
  }
  return results;
}

/**
 * Accuracy on the test split with the weights quantized symmetrically and dequantized again; all
 * arithmetic is float32, so that what is lost is lost in the weights. Two processes share the work, with a
 * progress display; stops when the user interrupts it.
 */
export async function accuracyByBits(
  models: readonly (readonly [TrainedModel, Dataset])[],
  bitWidths: readonly number[],
): Promise<BitWidthAccuracy[]> {
  const inputs = models.flatMap(([{ spec, model }, { test }]) =>
    allScales.map((scales) => ({ name: spec.name, model, test, scales, bitWidths })),
  );
  const results = await withWorkers('Accuracy by bit width', 'networks', (run) =>
    Promise.all(inputs.map((input) => run('bitWidthAccuracies', input))),
  );
  return results.flat();
}

/** Accuracy in percent: a row for each model and bit width, a column for each of what shares a scale. */
export function accuracyRows(results: readonly BitWidthAccuracy[]): Row[] {
  return results
    .filter(({ scales }) => scales === allScales[0])
    .map(({ model, bits }) => {
      const same = results.filter((one) => one.model === model && one.bits === bits);
      const cells = same.map(({ scales, correct, total }) => [scales, percent(correct, total)]);
      return { Model: model, Bits: bits, ...(Object.fromEntries(cells) as Row) };
    });
}

/** A panel for each model: accuracy by bit width, a curve for each of what shares a scale, and float32 as a line. */
export function accuracyFigure(
  results: readonly BitWidthAccuracy[],
  float32: ReadonlyMap<string, Accuracy>,
  subtitle: string,
): Figure {
  const inPercent = ({ correct, total }: Pick<Accuracy, 'correct' | 'total'>): number =>
    (100 * correct) / total;
  const panels = Array.from(float32, ([model, unquantized]): Panel => {
    const own = results.filter((one) => one.model === model);
    const x = [...new Set(own.map(({ bits }) => bits))];
    const lines = allScales.map((name): Series => {
      const y = own.filter(({ scales }) => scales === name).map(inPercent);
      return { type: 'scatter', mode: 'lines+markers', name, x, y };
    });
    const y = x.map(() => inPercent(unquantized));
    return {
      title: model,
      series: [...lines, { type: 'scatter', mode: 'lines', name: 'float32', x, y }],
      xaxis: { title: { text: 'Bits of a weight' }, tickvals: x },
      yaxis: { title: { text: 'Accuracy (%)' } },
    };
  });
  const fewest = Math.min(...results.map(({ bits }) => bits));
  return {
    title: 'Accuracy by bit width of the weights',
    subtitle,
    alt: Array.from(float32, ([model, { correct, total }]) => {
      const row = accuracyRows(results).find((one) => one.Model === model && one.Bits === fewest);
      const cells = allScales.map((scales) => `${String(row?.[scales])} % ${scales}`);
      return `${model}: ${percent(correct, total)} % in float32; with ${fewest} bits ${cells.join(', ')}.`;
    }).join(' '),
    ...arrangeModels(panels),
  };
}

/** How many more test examples a model has right with a scale for each block than with one for the layer. */
export function gainOfBlocks(
  results: readonly BitWidthAccuracy[],
  model: string,
  bits: number,
): number {
  const correct = (scales: Scales): number =>
    results.find((one) => one.model === model && one.bits === bits && one.scales === scales)
      ?.correct ?? NaN;
  return correct('per block of 32') - correct('per layer');
}

/**
 * Accuracy at equal size, a sentence for each model: float32 scales of blocks of 32 take one bit of each
 * weight, those of outputs hardly any.
 *
 * @param bits of a weight in blocks; one more was measured per output
 * @throws Error if one of the two was not measured
 */
export function equalSizeFindings(results: readonly BitWidthAccuracy[], bits: number): string[] {
  return [...new Set(results.map(({ model }) => model))].map((model) => {
    const right = (wanted: Scales, width: number): string => {
      const found = results.find(
        (one) => one.model === model && one.scales === wanted && one.bits === width,
      );
      if (!found) throw new Error(`${model}: ${width} bits ${wanted} were not measured`);
      return `${percent(found.correct, found.total)} %`;
    };
    return (
      `${model}, about ${bits + 1} bits a weight with its share of the scales: ${bits} bits with a scale ` +
      `for each block of 32 have ${right('per block of 32', bits)} right, ${bits + 1} bits with one for ` +
      `each output ${right('per output', bits + 1)}.`
    );
  });
}

/** A curve over the bit widths for each name. */
function curves<T extends { readonly bits: number }>(
  points: readonly T[],
  nameOf: (point: T) => string,
  valueOf: (point: T) => number,
): Curve[] {
  return [...new Set(points.map(nameOf))].map((name) => {
    const own = points.filter((point) => nameOf(point) === name);
    return { name, x: own.map(({ bits }) => bits), y: own.map(valueOf) };
  });
}
