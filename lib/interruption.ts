/** Long work that Ctrl-C, or the stop button of a notebook, ends. */

/** The user stopped the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('stopped by the user');
  }
}

/**
 * Does work that the user can stop: `signal` is aborted when the process receives SIGINT (Ctrl-C in a
 * terminal; a notebook's stop button has the same effect). The work looks at the signal, as in
 * `signal.throwIfAborted()` once a step.
 *
 * @returns what the work resolves to
 * @throws Interrupted if the user stopped the work, however it ended; else what the work throws
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort(new Interrupted());
  };
  process.once('SIGINT', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    controller.signal.throwIfAborted();
  }
}
