/** Whether two classifiers differ, judged on the examples that both were given. */
import { binomialDistribution, quantile, sum } from 'simple-statistics';
import { differingRows } from '#lib/evaluation/accuracy';
import { seededRandom, uniform } from '#lib/random';

/** Another classifier against a first one, on the same examples. */
export interface PairedComparison {
  readonly total: number;
  /** Examples that the other puts into another class, be it right or wrong. */
  readonly changed: number;
  /** Examples that only the other has right. */
  readonly gains: number;
  /** Examples that only the first has right. */
  readonly losses: number;
  /** Accuracy of the other less that of the first, percentage points. */
  readonly difference: number;
  /** Paired bootstrap interval of the difference, 95 %, percentage points. */
  readonly interval: readonly [low: number, high: number];
  /** Two-sided p-value of McNemar's exact test. */
  readonly pValue: number;
}

/** Usual level of significance. */
export const significance = 0.05;

/** Of the standard normal distribution: beyond it, on both sides, lie 5 %. */
const normalQuantile = 1.959964;

/**
 * Wilson's score interval of a share, 95 % (Journal of the American Statistical Association 22, 1927): all
 * true shares from which the one seen is no more than 1.96 standard errors away. Unlike a bootstrap it has
 * a width where nothing was seen at all.
 *
 * @param share seen, 0..1; @param count of independent observations, which need not be whole
 */
export function wilsonInterval(share: number, count: number): [low: number, high: number] {
  const square = normalQuantile ** 2 / count;
  const center = share + square / 2;
  const half = Math.sqrt(square * (share * (1 - share) + square / 4));
  const end = (sign: 1 | -1): number =>
    Math.min(Math.max((center + sign * half) / (1 + square), 0), 1);
  return [end(-1), end(1)];
}

/** Resampled test sets: enough that another seed moves the ends by less than a tenth of their distance. */
const resamples = 5000;

/**
 * Compares two classifiers example by example. Where both are right, or both wrong, an example says
 * nothing of which is better; only gains and losses do.
 *
 * @param first classes that the first chooses; @param other those of the other
 * @param labels the right ones
 * @throws RangeError if the three are not equally long
 */
export function comparePredictions(
  first: ArrayLike<number>,
  other: ArrayLike<number>,
  labels: Uint8Array,
): PairedComparison {
  const total = labels.length;
  if (first.length !== total || other.length !== total) {
    throw new RangeError(
      `${first.length} and ${other.length} predictions for ${total} labels: ` +
        'compare predictions of the same examples.',
    );
  }
  let [gains, losses] = [0, 0];
  labels.forEach((label, row) => {
    if (first[row] !== label && other[row] === label) gains += 1;
    if (first[row] === label && other[row] !== label) losses += 1;
  });
  return {
    total,
    changed: differingRows(first, other),
    gains,
    losses,
    difference: (100 * (gains - losses)) / total,
    interval: bootstrapInterval(gains, losses, total),
    pValue: mcnemar(gains, losses),
  };
}

/**
 * McNemar's exact test (Psychometrika 12, 1947), two-sided: were the classifiers equally good, each of
 * the examples on which only one is right would be a toss of a coin.
 */
export function mcnemar(gains: number, losses: number): number {
  if (gains === losses) return 1;
  const probabilities = binomialDistribution(gains + losses, 0.5) ?? [];
  return Math.min(1, 2 * sum(probabilities.slice(0, Math.min(gains, losses) + 1)));
}

/**
 * Percentile interval of the paired bootstrap (Efron and Tibshirani, 1993, chapter 13): test sets of
 * the same size are drawn from the examples, with repetition. How many gains and losses such a set
 * holds is binomial, so these numbers are drawn, and not its thousands of examples.
 */
function bootstrapInterval(
  gains: number,
  losses: number,
  total: number,
): [low: number, high: number] {
  const telling = gains + losses;
  if (telling === 0) return [0, 0];
  const random = seededRandom(1);
  const probabilities = binomialDistribution(total, telling / total) ?? [];
  const differences = Array.from({ length: resamples }, () => {
    let rest = uniform(random, 0, 1);
    let drawn = 0;
    while (drawn < probabilities.length - 1 && rest >= probabilities[drawn]) {
      rest -= probabilities[drawn++];
    }
    let difference = 0;
    for (let i = 0; i < drawn; i++) {
      difference += uniform(random, 0, telling) < gains ? 1 : -1;
    }
    return (100 * difference) / total;
  });
  return [quantile(differences, 0.025), quantile(differences, 0.975)];
}
