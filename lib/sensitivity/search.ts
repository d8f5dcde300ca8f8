import { precisions, type Assignment, type Precision } from '#lib/sensitivity/assignment';

export interface SearchProblem {
  readonly layers: number;
  /** What a precision costs in a layer, such as bytes; float32 may cost 0, and others less. */
  readonly cost: (layer: number, precision: Precision) => number;
  /** Harm that a precision does in a layer alone: 0 for none. */
  readonly sensitivity: (layer: number, precision: Precision) => number;
  /** Whether an assignment meets the target; all layers in float32 must. */
  readonly meets: (assignment: Assignment) => boolean;
}

export interface SearchResult {
  readonly assignment: readonly Precision[];
  /** Assignments that `meets` was asked about. */
  readonly tried: readonly Assignment[];
}

/**
 * Searches for a cheap assignment that meets a target, by what is known of single layers. It begins with
 * each layer at its cheapest. While the target is missed, the change that takes back most sensitivity for
 * what it costs is made; when it is met, layers are made cheaper again, as far as it still holds. (The
 * strategy `mse_v2` of Neural Compressor 2.6 goes the same two ways, with float32 and int8 to choose
 * from.)
 *
 * @throws Error if not even float32 meets the target
 */
export function searchAssignment(problem: SearchProblem): SearchResult {
  const { layers, cost, meets } = problem;
  const tried: Assignment[] = [];
  const meetsTarget = (assignment: Assignment): boolean => {
    tried.push(assignment);
    return meets(assignment);
  };
  const byCost = Array.from({ length: layers }, (_, layer) =>
    [...precisions].sort((a, b) => cost(layer, a) - cost(layer, b)),
  );
  let current = byCost.map(([cheapest]) => cheapest);
  while (!meetsTarget(current)) {
    const best = relaxations(current, problem).at(0);
    if (!best) throw new Error('float32 itself does not meet the target');
    current = current.with(best.layer, best.precision);
  }
  for (let layer = 0; layer < layers; layer++) {
    const cheaper = byCost[layer].slice(0, byCost[layer].indexOf(current[layer]));
    const found = cheaper.find((precision) => meetsTarget(current.with(layer, precision)));
    if (found !== undefined) current = current.with(layer, found);
  }
  return { assignment: current, tried };
}

interface Relaxation {
  readonly layer: number;
  readonly precision: Precision;
  readonly gain: number;
  readonly gainByCost: number;
}

/**
 * All changes of one layer that may help, the best first: those that take back sensitivity, and after
 * them float32, for where single layers show no harm and yet the target is missed.
 */
function relaxations(
  current: readonly Precision[],
  { cost, sensitivity }: SearchProblem,
): Relaxation[] {
  const all = current.flatMap((now, layer) =>
    precisions
      .filter((precision) => precision !== now && now !== 'float32')
      .map((precision): Relaxation => {
        const gain = sensitivity(layer, now) - sensitivity(layer, precision);
        const extra = cost(layer, precision) - cost(layer, now);
        return { layer, precision, gain, gainByCost: extra > 0 ? gain / extra : Infinity };
      }),
  );
  const helpful = all.filter(({ gain }) => gain > 0).sort((a, b) => b.gainByCost - a.gainByCost);
  return [...helpful, ...all.filter(({ precision }) => precision === 'float32')];
}
