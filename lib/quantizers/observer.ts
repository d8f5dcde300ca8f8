/** Smallest and greatest of some numbers. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Watches a tensor batch by batch, and then says which range of values is worth representing. */
export interface Observer {
  /** @throws RangeError if a value is NaN or infinite */
  readonly observe: (values: Float32Array) => void;
  /** @throws Error if nothing was observed */
  readonly range: () => ValueRange;
}

/** The range from the smallest to the greatest value ever seen. */
export function minMaxObserver(): Observer {
  return batchObserver((seen, batch) => ({
    min: Math.min(seen.min, batch.min),
    max: Math.max(seen.max, batch.max),
  }));
}

/** Share of a new batch in a moving average: that of PyTorch's and ONNX Runtime's observers. */
const averagingConstant = 0.01;

/**
 * A range that follows the smallest and greatest value of each batch slowly, so that a single outlier
 * moves it little: `seen + 0.01 · (batch − seen)`, from the first batch on. It is that of PyTorch's
 * `MovingAverageMinMaxObserver`, and depends on the order of the batches.
 */
export function movingAverageObserver(): Observer {
  return batchObserver((seen, batch) => ({
    min: seen.min + averagingConstant * (batch.min - seen.min),
    max: seen.max + averagingConstant * (batch.max - seen.max),
  }));
}

/** An observer that needs no more of each batch than its range. */
function batchObserver(merge: (seen: ValueRange, batch: ValueRange) => ValueRange): Observer {
  let seen: ValueRange | undefined;
  return {
    observe: (values) => {
      if (values.length === 0) return;
      const batch = minMax(values);
      seen = seen ? merge(seen, batch) : batch;
    },
    range: () => {
      if (!seen) throw new Error('no values were observed');
      return seen;
    },
  };
}

/**
 * Smallest and greatest value; 0 and 0 if there are none.
 *
 * @throws RangeError if a value is NaN or infinite: no scale represents it
 */
export function minMax(values: Float32Array): ValueRange {
  if (values.length === 0) return { min: 0, max: 0 };
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      throw new RangeError(`value ${i} is ${value}: only finite numbers can be quantized`);
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
