import { minMax, type ValueRange } from '#lib/mapping/valueRange';
import type { ObserverState } from '#lib/quantizers/observers/observerState';

/** Watches a tensor batch by batch, and then says which range of values is worth representing. */
export interface Observer {
  /** @throws RangeError if a value is NaN or infinite */
  readonly observe: (values: Float32Array) => void;
  /** @throws Error if nothing was observed */
  readonly range: () => ValueRange;
}

/** An observer that can be put aside, and joined with others that watched other batches. */
export interface StatefulObserver extends Observer {
  /** Its settings and what it has seen, as JSON: `restoreObserver` makes the same observer of it. */
  readonly state: () => ObserverState;
  /**
   * Adds what another observer has seen: the outcome is that of a single one that saw its own batches
   * first, and then those of the other. For a histogram of the PyTorch kind it is close to that.
   *
   * @throws Error if the other is of another kind or has other settings
   */
  readonly merge: (other: ObserverState) => void;
}

/** What an observer does with its state, which holds its settings, and `seen` once there are values. */
export interface Behaviour<Seen> {
  /** @param values at least one, all finite */
  readonly observe: (seen: Seen | undefined, values: Float32Array, range: ValueRange) => Seen;
  readonly range: (seen: Seen) => ValueRange;
  readonly merge: (seen: Seen, other: Seen) => Seen;
}

/** Makes an observer of the functions that it consists of. */
export function makeObserver<Seen>(
  settings: object,
  { observe, range, merge }: Behaviour<Seen>,
  seen?: Seen,
): StatefulObserver {
  const state = (): ObserverState =>
    ({ ...settings, ...(seen && { seen: structuredClone(seen) }) }) as never;
  return {
    observe: (values) => {
      if (values.length > 0) seen = observe(seen, values, minMax(values));
    },
    range: () => {
      if (!seen) throw new Error('no values were observed');
      return range(seen);
    },
    state,
    merge: ({ seen: other, ...otherSettings }) => {
      const [mine, its] = [settings, otherSettings].map((each) => JSON.stringify(each));
      if (mine !== its) throw new Error(`an observer ${mine} can't take over from one ${its}`);
      if (!other) return;
      const copy = structuredClone(other) as Seen; // the other may go on observing
      seen = seen ? merge(seen, copy) : copy;
    },
  };
}

/** The range from the smallest to the greatest value ever seen, in whatever order. */
export function minMaxObserver(seen?: ValueRange): StatefulObserver {
  const merge = (a: ValueRange, b: ValueRange): ValueRange => ({
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  });
  return makeObserver(
    { kind: 'min-max' },
    {
      observe: (before, _, batch) => (before ? merge(before, batch) : batch),
      range: (all) => all,
      merge,
    },
    seen,
  );
}

/** What a moving average keeps, so that one can go on from where another ended. */
interface MovingAverage extends ValueRange {
  /** Range of the first batch. */
  readonly first: ValueRange;
  /** How many batches there were. */
  readonly batches: number;
}

/** Share of a new batch in a moving average: the default of PyTorch's observers. */
const averagingConstant = 0.01;

/**
 * A range that follows the smallest and greatest value of each batch slowly, so that a single outlier
 * moves it little: `seen + 0.01 · (batch − seen)`, from the first batch on. It is that of PyTorch's
 * `MovingAverageMinMaxObserver` but for its rounding to float32, and depends on the order of the
 * batches. ONNX Runtime averages in this way only over repeated collections, and takes the plain mean
 * of the batches of one.
 */
export function movingAverageObserver(seen?: MovingAverage): StatefulObserver {
  const ends = ['min', 'max'] as const;
  const bothEnds = (of: (end: 'min' | 'max') => number): ValueRange => {
    const [min, max] = ends.map(of);
    return { min, max };
  };
  return makeObserver<MovingAverage>(
    { kind: 'moving-average' },
    {
      observe: (before, _, batch) =>
        before
          ? {
              ...bothEnds((end) => before[end] + averagingConstant * (batch[end] - before[end])),
              first: before.first,
              batches: before.batches + 1,
            }
          : { ...batch, first: batch, batches: 1 },
      range: ({ min, max }) => ({ min, max }),
      // Each batch leaves 99 % of how far apart two averages were before it. The other began at its
      // first batch; had it gone on from here, it would have ended by so much elsewhere.
      merge: (before, other) => ({
        ...bothEnds(
          (end) =>
            other[end] +
            (1 - averagingConstant) ** other.batches * (before[end] - other.first[end]),
        ),
        first: before.first,
        batches: before.batches + other.batches,
      }),
    },
    seen,
  );
}
