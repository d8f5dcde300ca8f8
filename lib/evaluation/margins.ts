/** How sure a classifier is, and how far quantization moved it. */

/**
 * Greatest logit of each row less the second greatest: 0 where two classes are level.
 *
 * @param logits shape [rows, classes], row-major; two classes or more
 */
export function margins(logits: Float32Array, classes: number): Float32Array {
  return Float32Array.from({ length: logits.length / classes }, (_, row) => {
    let [best, second] = [-Infinity, -Infinity];
    for (let i = row * classes; i < (row + 1) * classes; i++) {
      if (logits[i] > best) [best, second] = [logits[i], best];
      else if (logits[i] > second) second = logits[i];
    }
    return best - second;
  });
}

/**
 * How far the logits of each row moved against each other: with d the differences between the two
 * models, max(d) − min(d). Where the other model chooses another class than the first, its margin is
 * at most that. Let it choose a, the first b: then other[a] − other[b] ≥ margin and
 * first[a] − first[b] ≤ 0, so that d[a] − d[b] ≥ margin.
 *
 * @param first logits of one model; @param other of another, both of shape [rows, classes]
 */
export function shifts(first: Float32Array, other: Float32Array, classes: number): Float32Array {
  return Float32Array.from({ length: first.length / classes }, (_, row) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = row * classes; i < (row + 1) * classes; i++) {
      const d = other[i] - first[i];
      if (d < low) low = d;
      if (d > high) high = d;
    }
    return high - low;
  });
}
