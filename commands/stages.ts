import { interrupted } from '#setup/interrupt';

/** A part of a command that the user is told the time of. */
export interface Stage {
  readonly name: string;
  run(): Promise<unknown>;
}

export interface StageOutcome {
  readonly name: string;
  readonly seconds: number;
  readonly failed: boolean;
}

/**
 * Runs the parts of a command, each under a heading, and measures them.
 *
 * @param options.keepGoing whether the others run after one has failed; its error is printed then
 * @throws the error of a stage, unless told to keep going; after Ctrl-C
 */
export async function runStages(
  stages: readonly Stage[],
  { keepGoing = false } = {},
): Promise<StageOutcome[]> {
  const outcomes: StageOutcome[] = [];
  for (const stage of stages) {
    interrupted.throwIfAborted();
    console.log(`\n== ${stage.name}`);
    const start = performance.now();
    let failed = false;
    try {
      await stage.run();
    } catch (error) {
      if (!keepGoing || interrupted.aborted) throw error;
      failed = true;
      console.error(error instanceof Error ? error.message : error);
    }
    const seconds = (performance.now() - start) / 1000;
    outcomes.push({ name: stage.name, seconds, failed });
  }
  return outcomes;
}

/** One line for each stage: how long it took, and whether it failed. */
export function summarize(outcomes: readonly StageOutcome[]): string {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  return outcomes
    .map(({ name, seconds, failed }) => {
      const time = `${seconds.toFixed(1)} s`.padStart(9);
      return `${name.padEnd(width)} ${time}  ${failed ? 'FAILED' : 'done'}`;
    })
    .join('\n');
}
