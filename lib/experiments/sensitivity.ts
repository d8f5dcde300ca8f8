import { withWorkers } from '#lib/experiments/workers';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import type { CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { withProgress } from '#lib/report/progress';
import {
  isSimulated,
  layerOutputs,
  precisions,
  type Assignment,
} from '#lib/sensitivity/assignment';
import { predictionRecords } from '#lib/sensitivity/assignmentRecords';
import { sensitivityCases, type SensitivityProtocol } from '#lib/sensitivity/cases';
import { originalOf, type Original } from '#lib/sensitivity/original';
import { sensitivityOf, type Sensitivity } from '#lib/sensitivity/outcome';
import { predictAssignments } from '#lib/sensitivity/predictAssignments';
import {
  timeAssignments,
  timeSuspiciousAgain,
  type TimingOptions,
} from '#lib/sensitivity/timeAssignments';
import { suspiciousTimings } from '#lib/sensitivity/timingNoise';

/** A trained model with the data that it was trained on. */
export interface TrainedOn {
  readonly net: TrainedModel;
  readonly dataset: Dataset;
}

export interface MeasuringOptions {
  readonly protocol: SensitivityProtocol;
  /** For the ranges of static int8. */
  readonly calibration: CalibrationExamples;
  /** Threads of the engine when it is timed. */
  readonly threads: number;
}

/**
 * Measures all assignments of each model, with a progress display: first what they answer, side by side in
 * two processes, then how long they take, with nothing else running, and suspicious times once more. Stops
 * when the user interrupts it, and goes on when run again.
 */
export async function sensitivitiesWithProgress(
  models: readonly TrainedOn[],
  { protocol, calibration, threads }: MeasuringOptions,
): Promise<Sensitivity[]> {
  const originals: Original[] = [];
  for (const { net, dataset } of models) {
    originals.push(await originalOf(net, dataset, calibration));
  }
  await predictSideBySide(originals);
  const all: Sensitivity[] = [];
  for (const [i, original] of originals.entries()) {
    const { net, dataset } = models[i];
    const cases = casesOf(original);
    const timed = cases.filter((one) => !isSimulated(one));
    const title = `Timing ${timed.length} mixtures of ${net.spec.name}`;
    const timing = { protocol, threads };
    const first = await timedWithProgress(title, (shown) =>
      timeAssignments(original, timed, { ...timing, ...shown }),
    );
    const toRepeat = suspiciousTimings(first).filter(({ again }) => !again);
    const latencies =
      toRepeat.length === 0
        ? first
        : await timedWithProgress(`Timing ${toRepeat.length} of them once more`, (shown) =>
            timeSuspiciousAgain(original, first, { ...timing, ...shown }),
          );
    const predictions = await predictAssignments(original, cases); // the workers kept them
    all.push(sensitivityOf(net, dataset, predictions, latencies));
  }
  return all;
}

function timedWithProgress<T>(
  title: string,
  time: (shown: Pick<TimingOptions, 'onProgress' | 'signal'>) => Promise<T>,
): Promise<T> {
  return withProgress(title, 'mixtures', (progress, signal) => {
    const onProgress = (done: number, total: number, note: string): void => {
      progress(done, total, total === 0 ? note : undefined);
    };
    return time({ onProgress, signal });
  });
}

/** Predicts what was not predicted before, in two shares for each model: as many as there are workers. */
async function predictSideBySide(originals: readonly Original[]): Promise<void> {
  const records = predictionRecords();
  const shares = originals.flatMap((original) => {
    const missing = casesOf(original).filter(
      (assignment) => !records.find({ ...original.measured, assignment }),
    );
    return shared(missing)
      .filter((assignments) => assignments.length > 0)
      .map((assignments) => ({ original, assignments }));
  });
  if (shares.length === 0) return;
  const names = originals.map(({ measured }) => measured.model).join(', ');
  await withWorkers(`Predictions of mixtures of ${names}`, 'cases', (run) =>
    Promise.all(shares.map((share) => run('predictAssignments', share))),
  );
}

function casesOf({ model }: Original): Assignment[] {
  return sensitivityCases(layerOutputs(model).length);
}

/** Two shares of about the same work, each of runs that differ in the last layer: see `assigner`. */
function shared(assignments: readonly Assignment[]): [Assignment[], Assignment[]] {
  const isFirst = (i: number): boolean => Math.floor(i / precisions.length) % 2 === 0;
  return [assignments.filter((_, i) => isFirst(i)), assignments.filter((_, i) => !isFirst(i))];
}
