/**
 * What can be done in a process of its own (see `withWorkers`): plain values in, plain values out, since
 * both are copied from process to process.
 */
import type { BitWidthAccuracy, BitWidthInput } from '#lib/experiments/bitWidths';
import type { Dataset } from '#lib/loaders/dataset';
import type { MethodInput, MethodResult } from '#lib/experiments/methodResults';
import type { Emulation, Saturation } from '#lib/experiments/saturation';
import type { ModelSpec } from '#lib/models/spec';
import type { Training } from '#lib/models/train';
import type { Progress } from '#lib/report/progress';
import type { Assignment } from '#lib/sensitivity/assignment';
import type { Original } from '#lib/sensitivity/original';
import type { TrainingCase } from '#lib/training/cases';
import type { TrainingInput, TrainingResult } from '#lib/training/trainCase';

/** A task with what it takes, loaded where it is done. */
export const workerTasks = {
  train: async (
    { spec, dataset, seed }: { spec: ModelSpec; dataset: Dataset; seed: number },
    progress: Progress,
  ): Promise<Training> => {
    const { train } = await import('#lib/models/train');
    const onStep = (step: number, steps: number, loss: number): void => {
      progress(step, steps, `loss ${loss.toFixed(3)}`);
    };
    return train(spec, dataset, { seed, onStep });
  },
  bitWidthAccuracies: async (
    input: BitWidthInput,
    progress: Progress,
  ): Promise<BitWidthAccuracy[]> => {
    const { bitWidthAccuracies } = await import('#lib/experiments/bitWidths');
    return bitWidthAccuracies(input, progress);
  },
  trainCase: async (
    { one, input, threads }: { one: TrainingCase; input: TrainingInput; threads: number },
    onProgress: Progress,
  ): Promise<TrainingResult> => {
    const { trainCase } = await import('#lib/training/trainCase');
    return trainCase(one, input, { threads, onProgress });
  },
  methodResults: async (input: MethodInput, progress: Progress): Promise<MethodResult[]> => {
    const { methodResults } = await import('#lib/experiments/methodResults');
    return methodResults(input, progress);
  },
  predictAssignments: async (
    { original, assignments }: { original: Original; assignments: readonly Assignment[] },
    progress: Progress,
  ): Promise<void> => {
    const { predictAssignments } = await import('#lib/sensitivity/predictAssignments');
    const onProgress = (done: number, total: number): void => {
      progress(done, total);
    };
    await predictAssignments(original, assignments, { onProgress });
  },
  emulate: async (input: Emulation, progress: Progress): Promise<Saturation> => {
    const { emulate } = await import('#lib/experiments/saturation');
    return emulate(input, progress);
  },
};

export type WorkerTasks = typeof workerTasks;

/** What a worker is asked. */
export interface Question {
  readonly task: keyof WorkerTasks;
  readonly input: unknown;
}

/** What it says: how far it has come, and in the end one of the other two. */
export type Answer =
  | { readonly progress: Parameters<Progress> }
  | { readonly result: unknown }
  | { readonly error: Error };
