/** A part of a command that the user is told the time of. */
export interface Stage {
  readonly name: string;
  readonly seconds: number;
  /** Why it failed. */
  readonly failure?: string;
}

/**
 * Runs part of a command under a heading, and measures it.
 *
 * @returns the stage; an error of the part is in its `failure`
 */
export async function runStage(name: string, part: () => Promise<void>): Promise<Stage> {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    await part();
    return { name, seconds: seconds() };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { name, seconds: seconds(), failure };
  }
}

/** One line for each stage: how long it took, and whether it failed. */
export function summarize(stages: readonly Stage[]): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  return stages
    .map(({ name, seconds, failure }) => {
      const outcome = failure === undefined ? 'done' : `failed: ${failure.split('\n')[0]}`;
      return `  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s  ${outcome}`;
    })
    .join('\n');
}
