import { median } from 'simple-statistics';
import { comparePredictions, type PairedComparison } from '#lib/evaluation/significance';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import {
  isSimulated,
  layerOutputs,
  precisions,
  type Assignment,
  type Precision,
} from '#lib/sensitivity/assignment';
import type { LatencyRecord, PredictionRecord } from '#lib/sensitivity/assignmentRecords';
import { countedLatency, timingNoise } from '#lib/sensitivity/timingNoise';

/** One assignment against float32. */
export interface Outcome {
  readonly assignment: Assignment;
  readonly sizeBytes: number;
  readonly correct: number;
  readonly paired: PairedComparison;
  /** Test examples whose answer is another. */
  readonly changedRows: readonly number[];
  /** Difference in accuracy on every other test example, and on those between, percentage points. */
  readonly onHalves: readonly [number, number];
  /** Of the probabilities from those of float32, nats. */
  readonly divergence: number;
  /** Of the logits, dB; Infinity where they are those of float32. */
  readonly sqnr: number;
  /** Of the output of the only layer that is quantized, dB. */
  readonly layerSqnr?: number;
  /** By batch size; none where it has no kernel to be timed. */
  readonly speed: ReadonlyMap<number, Speed>;
}

export interface Speed {
  /** Median time of a call of the float32 model over its own, both timed in turns. */
  readonly timesFaster: number;
  /** The same as a time, µs: the median of all times of float32, divided by it. */
  readonly microseconds: number;
}

export interface LayerShape {
  /** What it gives. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** Assignments of one model, measured. */
export interface Sensitivity {
  readonly model: string;
  readonly dataset: Pick<Dataset, 'name' | 'origin'>;
  readonly layers: readonly LayerShape[];
  readonly outcomes: readonly Outcome[];
  /** What one measurement of {@link Speed} is off by, as a share, by batch size: see `timingNoise`. */
  readonly noise: ReadonlyMap<number, number>;
  readonly batchSizes: readonly number[];
  /** Mixtures that were timed, and those of them that were timed twice: see `suspiciousTimings`. */
  readonly timed: { readonly all: number; readonly twice: number; readonly spreadLimit: number };
  readonly runs: number;
  readonly threads: number;
  readonly engine: string;
  /** Days on which times were measured, `2026-01-31`, in order. */
  readonly dates: readonly string[];
}

/**
 * @param predictions of this model, all of one run, float32 among them
 * @param latencies of those that have kernels, all by one protocol
 */
export function sensitivityOf(
  { spec, network, model }: Pick<TrainedModel, 'spec' | 'network' | 'model'>,
  { name, origin, test }: Pick<Dataset, 'name' | 'origin' | 'test'>,
  predictions: readonly PredictionRecord[],
  latencies: readonly LatencyRecord[],
): Sensitivity {
  const names = layerOutputs(model);
  const { protocol, threads, engine } = latencies[0];
  const { batchSizes, runs } = protocol;
  const counted = latencies.map((record) => ({ ...record, latency: countedLatency(record) }));
  const float32 = predictions.find(({ assignment }) =>
    assignment.every((one) => one === 'float32'),
  );
  if (!float32) throw new Error(`${spec.name} was not measured in float32`);
  const reference = new Map(
    batchSizes.map((size) => [
      size,
      median(
        counted.flatMap(({ latency }) =>
          latency
            .filter(({ batchSize }) => batchSize === size)
            .map((times) => times.float32.medianMicroseconds),
        ),
      ),
    ]),
  );
  const timed = new Map(counted.map(({ assignment, latency }) => [assignment.join(), latency]));
  const outcomes = predictions.map((record) =>
    outcome(record, float32, test.labels, timed.get(record.assignment.join()) ?? [], reference),
  );
  return {
    model: spec.name,
    dataset: { name, origin },
    layers: network.map(({ inputs, outputs }, i) => ({ name: names[i], inputs, outputs })),
    outcomes,
    noise: new Map(batchSizes.map((size) => [size, timingNoise(outcomes, size)])),
    batchSizes,
    timed: {
      all: latencies.length,
      twice: latencies.filter(({ again }) => again).length,
      spreadLimit: protocol.spreadLimit,
    },
    runs,
    threads,
    engine,
    dates: [...new Set(latencies.map(({ date }) => date))].sort(),
  };
}

function outcome(
  record: PredictionRecord,
  float32: PredictionRecord,
  labels: Uint8Array,
  latency: LatencyRecord['latency'],
  reference: ReadonlyMap<number, number>,
): Outcome {
  const [first, other] = [float32, record].map(({ predictions }) => Uint8Array.from(predictions));
  const rightOn = (predictions: Uint8Array, parity: number): number =>
    predictions.filter((chosen, row) => chosen === labels[row] && row % 2 === parity).length;
  const onHalf = (parity: number): number =>
    (100 * (rightOn(other, parity) - rightOn(first, parity))) /
    labels.filter((_, row) => row % 2 === parity).length;
  const speed = latency.map(({ batchSize, own, float32: beside }): [number, Speed] => {
    const timesFaster = beside.medianMicroseconds / own.medianMicroseconds;
    return [
      batchSize,
      { timesFaster, microseconds: (reference.get(batchSize) ?? 0) / timesFaster },
    ];
  });
  return {
    assignment: record.assignment,
    sizeBytes: record.sizeBytes,
    correct: rightOn(other, 0) + rightOn(other, 1),
    paired: comparePredictions(first, other, labels),
    changedRows: [...other.keys()].filter((row) => other[row] !== first[row]),
    onHalves: [onHalf(0), onHalf(1)],
    divergence: record.divergence,
    sqnr: record.sqnr ?? Infinity,
    ...(record.layerSqnr !== null && { layerSqnr: record.layerSqnr }),
    speed: new Map(speed),
  };
}

/** @throws Error if the assignment was not measured */
export function outcomeOf({ outcomes, model }: Sensitivity, assignment: Assignment): Outcome {
  const found = outcomes.find((one) => one.assignment.join() === assignment.join());
  if (found) return found;
  throw new Error(`${model}: ${assignment.join(' · ')} was not measured`);
}

/** Of a call, µs; NaN where it was not timed. */
export function microseconds({ speed }: Outcome, batchSize: number): number {
  return speed.get(batchSize)?.microseconds ?? NaN;
}

/** An outcome of real kernels throughout. */
export type Mixture = Outcome & { readonly assignment: readonly Precision[] };

/** All mixtures of precisions: those that run on real kernels. */
export function mixtures({ outcomes }: Sensitivity): Mixture[] {
  return outcomes.filter((one): one is Mixture => !isSimulated(one.assignment));
}

/** A mixture with all layers alike, in the order of `precisions`. */
export function uniform(sensitivity: Sensitivity): Outcome[] {
  const { length } = sensitivity.layers;
  return precisions.map((precision) =>
    outcomeOf(
      sensitivity,
      Array.from({ length }, () => precision),
    ),
  );
}
