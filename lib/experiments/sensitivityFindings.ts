/** What the tables of single layers and of mixtures show, in sentences made from their records. */
import { median } from 'simple-statistics';
import { significance } from '#lib/evaluation/significance';
import { sizeMB } from '#lib/models/cost';
import { intervalText, percent, signed, significant, span } from '#lib/report/numbers';
import { agreement, singles, sumOfSingles, type Measure } from '#lib/sensitivity/agreement';
import { precisions, type Treatment } from '#lib/sensitivity/assignment';
import {
  microseconds,
  mixtures,
  outcomeOf,
  uniform,
  type Outcome,
  type Sensitivity,
} from '#lib/sensitivity/outcome';
import { kernelsOf } from '#lib/sensitivity/timingNoise';
import { measuredText, type Found } from '#lib/experiments/mixedPrecision';
import {
  beyondNoise,
  changed,
  scientific,
  shownChanges,
  type Mode,
} from '#lib/experiments/sensitivityRows';

/** Changes that a whole model can be given, on kernels of their own. */
const wholes = ['dynamic int8', 'static int8', 'int4 weights'] as const;

/** Whether a change of one layer costs accuracy at all, and which layer a measure puts first. */
export function rankingFindings(sensitivity: Sensitivity): string[] {
  const { layers, model } = sensitivity;
  const all = shownChanges.flatMap((change) =>
    layers.map(({ name }, layer) => ({
      name: `${change} in ${name}`,
      outcome: changed(sensitivity, 'only this layer', layer, change),
    })),
  );
  const worst = all.reduce((a, b) =>
    b.outcome.paired.difference < a.outcome.paired.difference ? b : a,
  );
  const { paired } = worst.outcome;
  const worstCount = all.filter(
    ({ outcome }) => outcome.paired.difference === paired.difference,
  ).length;
  // Of several tests one is below the usual level by chance: each gets its share (Bonferroni).
  const level = significance / all.length;
  const certain = all.filter(
    ({ outcome }) => outcome.paired.difference < 0 && outcome.paired.pValue < level,
  ).length;
  const verdict =
    paired.difference >= 0
      ? `none of these ${all.length} changes loses accuracy`
      : `${certain === 0 ? 'none' : certain} of these ${all.length} changes ` +
        `${certain > 1 ? 'lose' : 'loses'} accuracy beyond chance (McNemar, level ${significance} for all ` +
        `together); ${worstCount > 1 ? 'among the worst' : 'the worst'} is ${worst.name}, ` +
        `${signed(paired.difference)} points (${intervalText(paired)}), which is ${paired.losses} ` +
        `${paired.losses === 1 ? 'answer' : 'answers'} lost and ${paired.gains} gained`;
  const first = wholes.map((change) => {
    const [most, second] = byDivergence(sensitivity, 'only this layer', change);
    const times = significant(most.divergence / second.divergence, 2);
    return `${change} harms most in ${most.name} (${scientific(most.divergence)} nats, ${times} times ${second.name})`;
  });
  return [`${model}: ${verdict}. By divergence, ${first.join('; ')}.`];
}

/** The layers, the one of most divergence first. */
function byDivergence(
  sensitivity: Sensitivity,
  mode: Mode,
  change: Treatment,
): { name: string; divergence: number }[] {
  return sensitivity.layers
    .map(({ name }, layer) => ({
      name,
      divergence: changed(sensitivity, mode, layer, change).divergence,
    }))
    .sort((a, b) => b.divergence - a.divergence);
}

/** A reconstruction as good as that is one: float32 has some 150 dB. */
const exactDecibels = 120;

/** Whose error that of static int8 is, layer by layer. */
export function halvesFinding(sensitivity: Sensitivity): string {
  const parts = sensitivity.layers.map(({ name }, layer) => {
    const of = (change: Treatment): Outcome =>
      changed(sensitivity, 'only this layer', layer, change);
    const [weights, activations] = [of('int8 weights'), of('uint8 activations')];
    if (activations.sqnr > exactDecibels) {
      return `in ${name} all of it is of the weights: 8 bits hold what it reads without loss`;
    }
    const ratio = weights.divergence / activations.divergence;
    return ratio >= 1
      ? `in ${name} the weights bring ${significant(ratio, 2)} times the divergence of the activations`
      : `in ${name} the activations bring ${significant(1 / ratio, 2)} times the divergence of the weights`;
  });
  return `${sensitivity.model}, static int8: ${parts.join('; ')}.`;
}

/** Which layer is worth keeping in float32. */
export function keptLayerFindings(sensitivity: Sensitivity): string[] {
  const { model, layers } = sensitivity;
  return wholes.map((change) => {
    const all = outcomeOf(
      sensitivity,
      layers.map(() => change),
    );
    const kept = byDivergence(sensitivity, 'all but this layer', change).at(-1);
    const [alone] = byDivergence(sensitivity, 'only this layer', change);
    return (
      `${model}, ${change}: keeping ${kept?.name ?? ''} in float32 helps most, the divergence falls from ` +
      `${scientific(all.divergence)} to ${scientific(kept?.divergence ?? NaN)} nats. ` +
      (kept?.name === alone.name
        ? 'It is also the layer that does most harm alone.'
        : `Alone, ${alone.name} does most harm.`)
    );
  });
}

/** What it brings to keep the last layer in float32, beside the layer that brings most. */
export function outputLayerFinding(sensitivity: Sensitivity): string {
  const { model, layers } = sensitivity;
  const last = layers.length - 1;
  const parts = wholes.map((change) => {
    const all = outcomeOf(
      sensitivity,
      layers.map(() => change),
    );
    const kept = changed(sensitivity, 'all but this layer', last, change);
    const more = (100 * (kept.sizeBytes - all.sizeBytes)) / all.sizeBytes;
    const percentage = (divergence: number): string =>
      `${signed(100 * (divergence / all.divergence - 1), 0)} %`;
    const best = byDivergence(sensitivity, 'all but this layer', change)[last];
    return (
      `in ${change} ${significant(more, 2)} % more bytes change the divergence by ` +
      percentage(kept.divergence) +
      (best.name === layers[last].name
        ? ''
        : ` (${best.name} in float32: ${percentage(best.divergence)})`)
    );
  });
  return `${model}, ${layers[last].name} in float32, all else quantized: ${parts.join('; ')}.`;
}

/** What the rankings have to do with each other. */
export function agreementFinding(sensitivity: Sensitivity): string {
  const outcomes = singles(sensitivity);
  const rho = (a: Measure, b: Measure): number => agreement(outcomes, a, b);
  const text = (value: number): string => (Number.isNaN(value) ? 'nothing to rank' : signed(value));
  const atLogits = rho('KL divergence', 'SQNR of the logits');
  const atLayer = rho('KL divergence', 'SQNR of the layer');
  const byAnswers = rho('answers changed', 'KL divergence');
  return [
    `${sensitivity.model}: divergence and SQNR of the logits rank the ${outcomes.length} changes alike ` +
      `(ρ = ${text(atLogits)}).`,
    `SQNR at the layer itself, which doesn't know what later layers make of an error, agrees with ` +
      `divergence ${atLayer < atLogits - 0.05 ? 'less' : 'as well'} (${text(atLayer)}).`,
    `Divergence ${byAnswers < 0.5 ? 'tells little of' : 'tells'} how many answers change ` +
      `(${text(byAnswers)}).`,
    accuracyText(rho('accuracy lost', 'KL divergence')),
    alteredText(outcomes),
  ].join(' ');
}

/** How far the ranking by accuracy lost follows that by divergence. */
function accuracyText(rho: number): string {
  if (Number.isNaN(rho)) return 'Accuracy gives nothing to rank.';
  const value = `(${signed(rho)})`;
  if (rho >= 0.5) return `Accuracy goes the same way here ${value}.`;
  if (rho > -0.5) return `Accuracy doesn't follow ${value}.`;
  return (
    `Accuracy ranks them the other way round ${value}: the more a change diverges, the more answers it ` +
    'gets right.'
  );
}

/** How little of the test split accuracies of single changes hang on. */
function alteredText(outcomes: readonly Outcome[]): string {
  const differences = outcomes.map(({ paired }) => paired.gains - paired.losses);
  const altered = outcomes.flatMap(({ changedRows }) => changedRows);
  const examples = new Set(altered).size;
  return (
    `All changes lie within ${signed(Math.min(...differences), 0)} and ` +
    `${signed(Math.max(...differences), 0)} right answers of float32. They are no independent trials: ` +
    `together they alter the answers to ${examples} test ${examples === 1 ? 'example' : 'examples'}, ` +
    `${altered.length} times in all, and a ranking by accuracy hangs on which of these few happen to ` +
    'become right.'
  );
}

/** Whether errors of layers add up. */
export function additivityFinding(sensitivity: Sensitivity): string {
  const ratios = mixtures(sensitivity)
    .filter(({ assignment }) => assignment.filter((one) => one !== 'float32').length > 1)
    .map((one) => [one.divergence, sumOfSingles(sensitivity, one, 'KL divergence')])
    .filter(([, sum]) => sum > 1e-7)
    .map(([together, sum]) => together / sum);
  return (
    `${sensitivity.model}: the divergence of a mixture is ${span(ratios, 2)} times the sum of those of its ` +
    `layers alone (median ${significant(median(ratios), 2)}; ${ratios.length} mixtures, above 1e-7 nats).`
  );
}

/** What each precision does to file and time, and what one measured time is off by. */
export function costFindings(sensitivity: Sensitivity): string[] {
  const { model, noise, batchSizes, layers } = sensitivity;
  const [float32, ...others] = uniform(sensitivity);
  const [batchSize] = batchSizes;
  const off = noise.get(batchSize) ?? NaN;
  const alike = others.map((one, i) => {
    const times = float32.sizeBytes / one.sizeBytes;
    const faster = one.speed.get(batchSize)?.timesFaster ?? NaN;
    const speed = beyondNoise(sensitivity, faster)
      ? `at ${significant(faster, 2)} times the speed`
      : 'as fast within the noise';
    return `${precisions[i + 1]} ${significant(times, 3)} times smaller, ${speed}`;
  });
  const last = layers[layers.length - 1];
  const share = (4 * (last.inputs + 1) * last.outputs) / float32.sizeBytes;
  return [
    `${model}, all layers alike, batch ${batchSize}: ${alike.join('; ')}.`,
    `${model}: ${last.name} is ${percent(share, 1)} % of the float32 file. Whatever it is made of, ` +
      `no more than that can be saved there.`,
    `${model}: one measured time is off by about ${significant(100 * off, 2)} % (assignments that differ ` +
      'in float16 against float32 alone run the same kernels, so their spread is that of the measurement).',
  ];
}

/** How mixtures compare with one precision throughout. */
export function frontFinding(sensitivity: Sensitivity, front: readonly Outcome[]): string {
  const [batchSize] = sensitivity.batchSizes;
  const alike = new Set<Outcome>(uniform(sensitivity));
  const names = front.filter((one) => alike.has(one)).map(({ assignment }) => assignment[0]);
  const fastest = front.reduce((a, b) =>
    microseconds(b, batchSize) < microseconds(a, batchSize) ? b : a,
  );
  const smallest = front.reduce((a, b) => (b.sizeBytes < a.sizeBytes ? b : a));
  const accuracies = mixtures(sensitivity).map(({ paired }) => paired.difference);
  return (
    `${sensitivity.model}: ${front.length} of ${accuracies.length} mixtures are on the front` +
    `${names.length === 0 ? ', none of them with all layers alike' : `, among them ${names.join(', ')} throughout`}. ` +
    `Smallest there: ${mixtureName(smallest)}, ${significant(sizeMB(smallest.sizeBytes), 3)} MB. Fastest there: ` +
    `${mixtureName(fastest)}, ${significant(microseconds(fastest, batchSize), 3)} µs` +
    `${twinText(sensitivity, fastest)}. All ` +
    `${accuracies.length} lie within ${signed(Math.min(...accuracies))} and ` +
    `${signed(Math.max(...accuracies))} points of float32.`
  );
}

/** Times of the same kernels in other mixtures, where they are more than twice the noise away. */
function twinText(sensitivity: Sensitivity, one: Outcome): string {
  const [batchSize] = sensitivity.batchSizes;
  const time = microseconds(one, batchSize);
  const others = mixtures(sensitivity)
    .filter(({ assignment }) => kernelsOf(assignment) === kernelsOf(one.assignment))
    .map((twin) => microseconds(twin, batchSize))
    .filter((other) => beyondNoise(sensitivity, time / other));
  return others.length === 0
    ? ''
    : ` (the same kernels once more: ${others.map((other) => significant(other, 3)).join(', ')} µs)`;
}

/** What int4 weights do to the time, and where they stand on the front. */
export function int4Finding(sensitivity: Sensitivity, front: readonly Outcome[]): string {
  const { model, batchSizes } = sensitivity;
  const [batchSize] = batchSizes;
  const [float32, , dynamic, , int4] = uniform(sensitivity).map((one) =>
    significant(microseconds(one, batchSize), 3),
  );
  const mixed = front.filter(
    ({ assignment }) =>
      assignment.includes('int4 weights') && assignment.some((one) => one.endsWith('int8')),
  );
  return (
    `${model}, batch ${batchSize}: a call takes ${int4} µs with int4 weights throughout, ${dynamic} µs with ` +
    `dynamic int8 and ${float32} µs in float32. On the front, int4 weights stand beside int8 in ` +
    `${mixed.length} of ${front.length} mixtures.`
  );
}

function mixtureName({ assignment }: Outcome): string {
  return assignment.join(' · ');
}

/** Whether the searches found what there was to find. */
export function searchFindings(results: readonly Found[], sensitivity: Sensitivity): string[] {
  const { model, noise, batchSizes } = sensitivity;
  const off = noise.get(batchSizes[0]) ?? 0;
  const bySize = results.filter(({ target }) => target.want === 'smallest');
  const missed = bySize.filter(({ excess }) => excess > 0);
  const byTime = results.filter(({ target }) => target.want === 'fastest');
  const slower = byTime.filter(({ excess }) => excess > 2 * off);
  const worst = (some: readonly Found[]): string =>
    significant(100 * Math.max(...some.map(({ excess }) => excess)), 2);
  return [
    `${model}, smallest file: ${bySize.length - missed.length} of ${bySize.length} searches found the ` +
      `smallest of all ${results[0].total} mixtures that meets the target, and measured ` +
      `${measuredText(bySize)} models for it. ` +
      (missed.length === 0
        ? ''
        : `${missed.length === bySize.length ? 'They' : 'The others'} end up to ${worst(missed)} % ` +
          'above: where they stopped, no single layer could be smaller, but two at once could, or one ' +
          'smaller and another larger. ') +
      startText(bySize),
    ...(byTime.length === 0
      ? []
      : [
          `${model}, least time: ${byTime.length - slower.length} of ${byTime.length} searches are as fast as ` +
            `the fastest within twice the noise. ` +
            (slower.length === 0
              ? ''
              : `${slower.length === byTime.length ? 'They' : 'The others'} take up to ` +
                `${worst(slower)} % longer. `) +
            `The fastest of ${results[0].total} measured times is in part the luckiest.`,
        ]),
  ];
}

/** How many of the searches had nothing to search for. */
function startText(results: readonly Found[]): string {
  const met = results.filter(({ startMeets }) => startMeets).length;
  return met === 0
    ? 'In no search did the start, each layer at its smallest, meet the target.'
    : `In ${met} of the ${results.length} the start, each layer at its smallest, met the target already: ` +
        'there was nothing to search for.';
}

/** What is left, on other examples, of a mixture that was chosen for its accuracy. */
export function selectionFinding(sensitivity: Sensitivity): string {
  const best = mixtures(sensitivity).reduce((a, b) => {
    const gain = b.onHalves[0] - a.onHalves[0];
    return gain > 0 || (gain === 0 && b.sizeBytes < a.sizeBytes) ? b : a;
  });
  const [there, elsewhere] = best.onHalves;
  return (
    `${sensitivity.model}: of the mixtures most accurate on every other test example, the smallest is ` +
    `${mixtureName(best)}: ${signed(there)} points against float32 there, and ${signed(elsewhere)} on the ` +
    `examples it was not chosen by.`
  );
}
