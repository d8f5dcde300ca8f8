import path from 'node:path';
import { browserStep } from '#setup/browser';
import { cache } from '#setup/environment';
import { interrupted } from '#setup/interrupt';
import { kernelspecStep } from '#setup/kernelspec';
import { labSettingsStep } from '#setup/labSettings';
import { withLock } from './lock.mjs';
import { oracleStep } from '#setup/oracle';
import { pythonStep } from '#setup/python';
import { runChains, type Chain } from '#setup/step';
import { tensorflowStep } from '#setup/tensorflow';

/** Everything that running notebooks and exporting them needs. */
export const allSteps: readonly Chain[] = [
  [pythonStep, kernelspecStep, labSettingsStep],
  [tensorflowStep],
  [browserStep],
];

/** Everything, and what only tests need. */
export const testSteps: readonly Chain[] = [...allSteps, [oracleStep]];

/** Enough to export what has been run. */
export const exportSteps: readonly Chain[] = [[pythonStep], [browserStep]];

/**
 * Sets up what is missing. Waits while another command in this checkout does the same.
 *
 * @throws Error that says what to install, if a step fails that the lab cannot run without
 */
export async function setUp(chains: readonly Chain[]): Promise<void> {
  const lock = path.join(cache, 'setup.lock');
  await withLock(lock, () => runChains(chains), { signal: interrupted });
}

/**
 * Does what only one command of this checkout may do at a time: runs notebooks, whose times another run
 * would spoil, or writes the pages and the PDF. Waits, and says so, while another one does.
 */
export async function alone<T>(task: () => Promise<T>): Promise<T> {
  const lock = path.join(cache, 'run.lock');
  return withLock(lock, task, { what: 'run of notebooks or export', signal: interrupted });
}
