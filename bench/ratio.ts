/** How many times as long one takes as another, and how sure that is. */
import { median, quantile } from 'simple-statistics';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { seededRandom } from '#lib/random';

export interface Ratio {
  readonly value: number;
  /** Bootstrap interval over rounds, 95 %. */
  readonly interval: readonly [low: number, high: number];
}

/** Resampled benchmarks: enough that another seed hardly moves the ends. */
const resamples = 2000;

/**
 * Ratio of medians over rounds, theirs ÷ ours, with a percentile interval of the paired bootstrap (Efron
 * and Tibshirani, 1993, chapter 13): rounds are drawn with repetition, and with each round what both
 * took in it, so that what slows a whole round down cancels.
 *
 * @param theirs a time for each round, such as the median of its calls; @param ours of the same rounds
 * @throws RangeError unless both have the same number of rounds, at least three
 */
export function timeRatio(theirs: readonly number[], ours: readonly number[]): Ratio {
  const rounds = ours.length;
  if (theirs.length !== rounds || rounds < 3) {
    throw new RangeError(
      `${theirs.length} and ${rounds} rounds: a ratio needs the same, at least 3`,
    );
  }
  const random = seededRandom(1);
  const ratios = Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: rounds }, () => uniformInt(random, 0, rounds - 1));
    return median(drawn.map((i) => theirs[i])) / median(drawn.map((i) => ours[i]));
  });
  return {
    value: median([...theirs]) / median([...ours]),
    interval: [quantile(ratios, 0.025), quantile(ratios, 0.975)],
  };
}
