import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Connection } from '#jupyter/kernel/connection';

/** What the second thread (kernel/control.cjs) does with JavaScript that does not react to interrupts. */
export type Verdict =
  /** Nothing: it has reacted. */
  | 'taken'
  /** Ask again: the kernel's own work must not be ended half way. */
  | 'wait'
  /** End it: it is a cell's. */
  | 'end';

let interruptsTaken = 0;
let cellRuns = false;

/** Says whether a cell's code runs, or waits. */
export function setCellRuns(runs: boolean): void {
  cellRuns = runs;
}

/** Starts the thread. An interrupt then arrives like Ctrl-C in a terminal, as SIGINT. */
export function startControlThread(connection: Connection): void {
  Object.assign(globalThis, { [Symbol.for('kernel.judge')]: judge });
  const thread = new Worker(path.resolve('jupyter', 'launch.cjs'), { workerData: connection });
  thread.on('message', (message: 'interrupt' | 'shutdown') => {
    if (message === 'shutdown') process.exit(0);
    interruptsTaken++;
    process.emit('SIGINT', 'SIGINT');
  });
}

/**
 * Called by the second thread through the inspector, in the middle of whatever runs here.
 *
 * @param interrupts number of interrupts sent so far
 */
function judge(interrupts: number): Verdict {
  if (interruptsTaken >= interrupts) return 'taken';
  if (!cellRuns) return 'wait';
  clearAsyncIdStack();
  return 'end';
}

/**
 * Forgets which asynchronous calls are under way, as Node does after an uncaught exception: those that
 * are ended with the cell can't sign off, and Node would end the process over it ("async hook stack
 * has become corrupted"). Only the deprecated `process.binding` leads there in Node 20 and 22.
 */
const { clearAsyncIdStack } = asyncWrap();

function asyncWrap(): { clearAsyncIdStack: () => void } {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  const { binding } = process as unknown as { binding: (name: string) => object };
  const found = binding('async_wrap') as ReturnType<typeof asyncWrap>;
  process.noDeprecation = noDeprecation;
  return found;
}
