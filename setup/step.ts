import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '#lib/wholeFile';
import { cache } from '#setup/environment';
import { interrupted } from '#setup/interrupt';

/** One thing that set-up provides. */
export interface Step {
  readonly name: string;
  /** What the step does and costs, for the user. */
  readonly does: string;
  /** What the result depends on: when one of these changes, the step is done again. */
  inputs(): readonly string[];
  /** Whether what the step makes is still there; takes milliseconds. */
  present(): boolean;
  /** Does the step; returns a word on how, for the user. */
  run(): Promise<string>;
  /** What is lost, and how to get it, when the step fails. Without it, the lab cannot run then. */
  readonly without?: string;
}

interface Stamp {
  readonly inputs: string;
  /** Why the step could not be done. */
  readonly failure?: string;
}

/** Steps of which each needs those before it. */
export type Chain = readonly Step[];

/**
 * Does those of the steps that are not done yet: chains side by side, and the steps of each in order.
 *
 * @param stamps folder that records what was done
 * @throws the error of a step that the lab cannot run without, after the other chains have ended
 */
export async function runChains(
  chains: readonly Chain[],
  stamps = path.join(cache, 'setup'),
): Promise<void> {
  const running = chains.map((chain) => runChain(chain, stamps));
  await Promise.allSettled(running); // A failure cuts no other chain short.
  const failures = (await Promise.all(running)).flat();
  // Kept only if nothing else failed: want of Python or of the network is behind both, and will be mended.
  for (const { file, stamp } of failures) writeStamp(file, stamp);
}

interface Failure {
  readonly file: string;
  readonly stamp: Stamp;
}

/** Does the steps of a chain; returns those that failed and that the lab can run without. */
async function runChain(chain: Chain, stamps: string): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const step of chain) {
    interrupted.throwIfAborted();
    const file = path.join(stamps, `${step.name.replaceAll(' ', '-')}.json`);
    const inputs = createHash('sha256').update(JSON.stringify(step.inputs())).digest('hex');
    const stamp = readStamp(file);
    if (stamp?.inputs === inputs) {
      if (stamp.failure === undefined && step.present()) continue;
      if (stamp.failure !== undefined && step.without !== undefined) {
        console.log(`${step.name}: not there. ${step.without} To try again, delete ${file}.`);
        continue;
      }
    }
    rmSync(file, { force: true }); // An interrupted step is not done.
    const failure = await attempt(step);
    if (failure === undefined) writeStamp(file, { inputs });
    else failures.push({ file, stamp: { inputs, failure } });
  }
  return failures;
}

/** Does a step; returns why it failed, if it did and the lab can run without. */
async function attempt(step: Step): Promise<string | undefined> {
  console.log(`${step.name}: ${step.does} …`);
  const start = performance.now();
  try {
    const how = await step.run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${step.name}: ${how} (${seconds} s)`);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (interrupted.aborted || step.without === undefined) {
      throw new Error(
        `${step.name}: ${reason}\nThe lab cannot run without it. When this is mended, or the network is ` +
          'back, run the same command again: what is done is kept.',
        { cause: error },
      );
    }
    console.log(`${step.name}: ${reason}`);
    console.log(`${step.name}: ${step.without}`);
    return reason;
  }
}

function writeStamp(file: string, stamp: Stamp): void {
  writeWhole(file, JSON.stringify(stamp));
}

function readStamp(file: string): Stamp | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stamp) : undefined;
}
