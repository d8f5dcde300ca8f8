/** What to have as little of as possible: bytes, examples lost, microseconds. */
export type Costs = readonly number[];

/** Whether `a` is nowhere worse than `b`, and better somewhere. */
export function dominates(a: Costs, b: Costs): boolean {
  return a.every((cost, i) => cost <= b[i]) && a.some((cost, i) => cost < b[i]);
}

/**
 * The Pareto front: those for which no other is nowhere worse and better somewhere. Of several with the
 * same costs all belong to it, or none.
 *
 * @returns in the order given
 */
export function paretoFront<T>(all: readonly T[], costs: (one: T) => Costs): T[] {
  const priced = all.map((one) => ({ one, own: costs(one) }));
  return priced
    .filter(({ own }) => !priced.some((other) => dominates(other.own, own)))
    .map(({ one }) => one);
}
