/** Work side by side, in processes of their own with one thread each. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { availableCores } from '#lib/availableCores';
import type { Answer, Question, WorkerTasks } from '#lib/experiments/workerTasks';
import { withProgress, type Progress } from '#lib/report/progress';

/** Each takes half a gigabyte to train, so that there are no more on machines with many cores. */
const mostWorkers = 2;

/**
 * Does one of the tasks in the next worker that is free.
 *
 * @returns what the task returns
 * @throws what the task throws, or Error if the worker ends
 */
export type RunTask = <N extends keyof WorkerTasks>(
  task: N,
  input: Parameters<WorkerTasks[N]>[0],
) => ReturnType<WorkerTasks[N]>;

/**
 * Does several tasks side by side under one progress display; stops when the user interrupts it. One
 * thread in each of two processes does more than two threads in one, which wait for each other; and
 * what a task gives depends neither on how many cores there are nor on what runs beside it.
 *
 *     await withWorkers('Training two', 'steps', (run) =>
 *       Promise.all([run('train', first), run('train', second)]),
 *     );
 *
 * Nothing that is timed may run meanwhile.
 *
 * @param title what is done; @param unit what the tasks count, in the plural: shown is the sum
 * @param use asks for all tasks at once; they are done in this order. Once it has ended, the workers are
 *   stopped, and what is asked then fails
 */
export function withWorkers<T>(
  title: string,
  unit: string,
  use: (run: RunTask) => Promise<T>,
): Promise<T> {
  return withProgress(title, unit, async (progress, signal) => {
    const workers: ChildProcess[] = [];
    const free: ChildProcess[] = [];
    const waiting: ((worker: ChildProcess) => void)[] = [];
    let stopped = false;
    const next = (): ChildProcess | Promise<ChildProcess> => {
      signal.throwIfAborted();
      if (stopped) throw new Error(`${title}: asked after the workers had been stopped`);
      const worker = free.pop();
      if (worker) return worker;
      if (workers.length >= Math.min(mostWorkers, availableCores())) {
        return new Promise((resolve) => waiting.push(resolve));
      }
      workers.push(startWorker());
      return workers[workers.length - 1];
    };
    const stop = (): void => {
      stopped = true;
      for (const worker of workers) worker.kill();
    };
    const tell = summedProgress(progress);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await use((async (task, input) => {
        const report = tell();
        const worker = await next();
        try {
          signal.throwIfAborted();
          return await ask(worker, { task, input }, report);
        } finally {
          const waits = waiting.shift();
          if (waits) waits(worker);
          else free.push(worker);
        }
      }) as RunTask);
    } finally {
      stop();
    }
  });
}

function startWorker(): ChildProcess {
  return fork(join(__dirname, 'worker.ts'), {
    // V8 would collect garbage on threads of its own, which take a good part of two cores from the work.
    execArgv: ['--single-threaded-gc', '--import', 'tsx'],
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1' },
    serialization: 'advanced', // keeps typed arrays
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function ask(worker: ChildProcess, question: Question, progress: Progress): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let log = '';
    const keep = (text: Buffer): void => {
      log = `${log}${text.toString()}`.slice(-2000);
    };
    const done = (settle: () => void): void => {
      worker.off('message', hear).off('exit', fail).stderr?.off('data', keep);
      settle();
    };
    const hear = (answer: Answer): void => {
      if ('progress' in answer) progress(...answer.progress);
      else {
        done(() => {
          if ('result' in answer) resolve(answer.result);
          else reject(answer.error);
        });
      }
    };
    const fail = (code: number | null, by: string | null): void => {
      const end = `The process that did ${question.task} ended with ${by ?? code}. It may have run out of memory.`;
      done(() => {
        reject(new Error(`${end}\n${log}`.trimEnd()));
      });
    };
    worker.on('message', hear).on('exit', fail).stderr?.on('data', keep);
    worker.send(question, (error) => {
      if (error) fail(null, error.message);
    });
  });
}

/** For each task a progress that shows all tasks together, each taken to be as long as those known. */
function summedProgress(progress: Progress): () => Progress {
  const parts: { done: number; total: number }[] = [];
  return () => {
    const part = { done: 0, total: 0 };
    parts.push(part);
    return (done, total, note) => {
      Object.assign(part, { done, total });
      const begun = parts.filter((one) => one.total > 0);
      const known = begun.reduce((sum, one) => sum + one.total, 0);
      const all = begun.reduce((sum, one) => sum + one.done, 0);
      progress(all, Math.round((known * parts.length) / begun.length), note);
    };
  };
}
