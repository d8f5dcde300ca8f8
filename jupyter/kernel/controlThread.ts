import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Connection } from '#jupyter/kernel/connection';

/** What the second thread (kernel/control.cjs) starts with. */
export interface ControlData {
  readonly connection: Connection;
  /** Shared: [number of interrupts that this thread has taken, whether a cell's code may be ended]. */
  readonly state: Int32Array;
}

const state = new Int32Array(new SharedArrayBuffer(8));

/** Starts the thread. An interrupt then arrives like Ctrl-C in a terminal, as SIGINT. */
export function startControlThread(connection: Connection): void {
  const workerData: ControlData = { connection, state };
  const thread = new Worker(path.resolve('jupyter', 'launch.cjs'), { workerData });
  thread.on('message', (message: 'interrupt' | 'shutdown') => {
    if (message === 'shutdown') process.exit(0);
    Atomics.add(state, 0, 1);
    process.emit('SIGINT', 'SIGINT');
  });
}

/** Says whether the code of a cell is running, which may be ended at any point; the kernel's may not. */
export function setEndable(endable: boolean): void {
  Atomics.store(state, 1, Number(endable));
}
