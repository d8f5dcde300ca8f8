/** Tables, curves and sentences of what equalization, bias correction and AdaRound do. */
import {
  comparePredictions,
  significance,
  type PairedComparison,
} from '#lib/evaluation/significance';
import {
  methodNames,
  type Method,
  type MethodResult,
  type MethodTarget,
} from '#lib/experiments/methodResults';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import type { Curve } from '#lib/report/curveFigures';
import { percent, pText, signed } from '#lib/report/numbers';
import type { Row } from '#lib/report/table';

/** The results of a model, with the data that it was tested on. */
export interface MethodRecord {
  readonly dataset: Dataset;
  readonly results: readonly MethodResult[];
}

/** A row for each method, with a column for each target: accuracy in percent. */
export function methodRows(record: MethodRecord): Row[] {
  return rows(record, methodNames, ({ correct, total }) => percent(correct, total));
}

/** What each method changes against min-max of the same target: percentage points, and p in brackets. */
export function effectRows(record: MethodRecord): Row[] {
  return rows(record, others, ({ method, target }) => {
    const { difference, pValue } = effect(record, method, target);
    return `${signed(difference)} (${pText(pValue)})`;
  });
}

/** How each method leaves the logits of one target. */
export function logitRows({ dataset, results }: MethodRecord, target: MethodTarget): Row[] {
  return results
    .filter((result) => result.target === target)
    .map(({ method, shift, spread, correct, total }) => ({
      Data: datasetLabel(dataset),
      Method: method,
      'Shift of a logit (std)': shift.toFixed(3),
      'Spread against float32': spread.toFixed(3),
      'Accuracy (%)': percent(correct, total),
    }));
}

/** A curve for each method: accuracy in percent by bits of a weight. */
export function methodCurves({ results }: MethodRecord): Curve[] {
  return methodNames.map((name) => {
    const points = results.flatMap(({ method, target, correct, total }) =>
      method === name && typeof target === 'number' ? [{ target, correct, total }] : [],
    );
    return {
      name,
      x: points.map(({ target }) => target),
      y: points.map(({ correct, total }) => (100 * correct) / total),
    };
  });
}

/** How much is compared and at which level, and for each target a sentence on which methods differ from min-max. */
export function effectFindings(record: MethodRecord): string[] {
  const count = comparisonCount(record);
  const sentences = targets(record).map((target) => {
    const effects = others.map((method) => ({ method, ...effect(record, method, target) }));
    const real = effects.filter(({ pValue }) => pValue < level(record));
    const { correct, total } = result(record, 'min-max', target);
    const start = `${datasetLabel(record.dataset)}, ${targetName(target)}: min-max has ${percent(correct, total)} % right; `;
    if (real.length === 0) {
      const least = Math.min(...effects.map(({ pValue }) => pValue));
      return `${start}no method differs from it by more than chance (smallest p = ${pText(least)}).`;
    }
    const changes = real.map(({ method, difference, pValue }) => {
      const p = pText(pValue);
      return `${method} ${signed(difference)} points (p ${p.startsWith('<') ? p : `= ${p}`})`;
    });
    const rest = real.length < effects.length ? '; the others within chance' : '';
    return `${start}${changes.join(', ')}${rest}.`;
  });
  return [
    `${datasetLabel(record.dataset)}: ${count} comparisons with min-max, at level ${significance} for all ` +
      `together (McNemar), which is ${level(record).toFixed(4)} for each.`,
    ...sentences,
  ];
}

/** Which methods cost accuracy beyond chance, and where; all tests of all networks are held to one level. */
export function harmFinding(records: readonly MethodRecord[]): string {
  const harms = records.flatMap((record) =>
    targets(record).flatMap((target) =>
      others.flatMap((method) => {
        const { difference, pValue } = effect(record, method, target);
        return difference < 0 && pValue < level(record) / records.length
          ? `${method} at ${targetName(target)} on ${datasetLabel(record.dataset)} (${signed(difference)} points)`
          : [];
      }),
    ),
  );
  return harms.length === 0
    ? 'No method loses accuracy to min-max beyond chance.'
    : `Accuracy falls beyond chance with ${harms.join(', ')}, and nowhere else.`;
}

/** What correcting the biases alone does to the logits and to the accuracy at one target, and AdaRound to their mean. */
export function correctionFinding(record: MethodRecord, target: MethodTarget): string {
  const [before, after, learned] = (['min-max', 'bias corrected', 'AdaRound'] as const).map(
    (method) => result(record, method, target),
  );
  const { difference, pValue } = effect(record, 'bias corrected', target);
  const verdict =
    pValue >= level(record)
      ? 'the accuracy stays the same within chance'
      : `the accuracy ${difference < 0 ? 'falls' : 'rises'} by ${Math.abs(difference).toFixed(2)} points`;
  return (
    `${datasetLabel(record.dataset)}, ${targetName(target)}: correcting the biases takes the mean error of a logit ` +
    `from ${before.shift.toFixed(3)} to ${after.shift.toFixed(3)} standard deviations, and leaves the spread of the logits ` +
    `over the examples at ${after.spread.toFixed(2)} times that of float32 ` +
    `(${before.spread.toFixed(2)} before); ${verdict}. AdaRound, with biases as they were, takes the mean error ` +
    `to ${learned.shift.toFixed(3)}.`
  );
}

/** The result of a method at a target. */
export function result(
  { results }: MethodRecord,
  method: Method,
  target: MethodTarget,
): MethodResult {
  const found = results.find((one) => one.method === method && one.target === target);
  if (!found) throw new Error(`${method} was not tried at ${targetName(target)}`);
  return found;
}

const others = methodNames.filter((method) => method !== 'min-max');

/** Methods and targets that are held against min-max. */
function comparisonCount(record: MethodRecord): number {
  return others.length * targets(record).length;
}

/** Of several tests one is below the usual level by chance: each gets its share (Bonferroni). */
function level(record: MethodRecord): number {
  return significance / comparisonCount(record);
}

function effect(record: MethodRecord, method: Method, target: MethodTarget): PairedComparison {
  const [first, other] = (['min-max', method] as const).map((name) => result(record, name, target));
  return comparePredictions(first.predictions, other.predictions, record.dataset.test.labels);
}

function targets({ results }: MethodRecord): MethodTarget[] {
  return [...new Set(results.map(({ target }) => target))];
}

function targetName(target: MethodTarget): string {
  return typeof target === 'number' ? `${target} bits` : target;
}

function rows(
  record: MethodRecord,
  methods: readonly Method[],
  cell: (result: MethodResult) => string,
): Row[] {
  return methods.map((method) => {
    const cells = targets(record).map((target) => [
      targetName(target),
      cell(result(record, method, target)),
    ]);
    const row = Object.fromEntries(cells) as Row;
    return { Data: datasetLabel(record.dataset), Method: method, ...row };
  });
}
