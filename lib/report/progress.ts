/** Progress with the time that remains, for every step of more than two seconds; the user can stop it. */
import { randomUUID } from 'node:crypto';
import { SingleBar } from 'cli-progress';
import { interruptible } from '#lib/interruption';
import { display, inNotebook, updateDisplay, type Bundle } from '#lib/report/display';
import { escape } from '#lib/report/grid';
import { doneText, failedText, progressText, type Stage } from '#lib/report/progressText';

/** Says how many units of how many are done; cheap enough to be called for each. */
export type Progress = (done: number, total: number, note?: string) => void;

/** Where progress is shown. */
interface Screen {
  start(stage: Stage): void;
  update(stage: Stage): void;
  /** Leaves one line. */
  end(line: string): void;
}

/** Least time between two updates on the screen. */
const updateMilliseconds = 250;

/**
 * Does a long step and shows how far it has come: in a notebook as a bar that gives way to one line,
 * on a terminal as a bar, elsewhere (a log) as one line at the start and one at the end.
 *
 *     await withProgress('Timing 8 models', 'runs', (onProgress, signal) =>
 *       measure(models, { onProgress, signal }),
 *     );
 *
 * @param title what is done; @param unit what `task` counts, in the plural
 * @param task looks at the signal once in a while: the user can stop it, see {@link interruptible}
 * @returns what `task` returns; its error is shown as the end of the step, and passed on
 * @throws Interrupted if the user stopped the work
 */
export async function withProgress<T>(
  title: string,
  unit: string,
  task: (progress: Progress, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const screen = inNotebook() ? notebook() : process.stderr.isTTY ? terminal() : log;
  const start = performance.now();
  let stage: Stage = { title, unit, done: 0, total: 0, elapsedMilliseconds: 0 };
  let shown = start;
  const now = (): Stage => ({ ...stage, elapsedMilliseconds: performance.now() - start });
  const progress: Progress = (done, total, note) => {
    stage = { ...stage, done, total, note };
    if (performance.now() - shown < updateMilliseconds) return;
    shown = performance.now();
    screen.update(now());
  };
  screen.start(stage);
  try {
    const result = await interruptible((signal) => task(progress, signal));
    screen.end(doneText(now()));
    return result;
  } catch (error) {
    screen.end(failedText(now()));
    throw error;
  }
}

function notebook(): Screen {
  const id = randomUUID();
  const bundle = (stage: Stage): Bundle => {
    const text = progressText(stage);
    const value = stage.total > 0 ? ` value="${stage.done}" max="${stage.total}"` : '';
    const html = `<label><progress${value}></progress> ${escape(text)}</label>`;
    return { 'text/html': html, 'text/plain': text };
  };
  return {
    start: (stage) => {
      display(bundle(stage), id);
    },
    update: (stage) => {
      updateDisplay(bundle(stage), id);
    },
    end: (line) => {
      updateDisplay({ 'text/plain': line }, id);
    },
  };
}

function terminal(): Screen {
  const bar = new SingleBar({
    format: '{bar} {text}',
    barsize: 20,
    clearOnComplete: true,
    hideCursor: false,
  });
  return {
    start: (stage) => {
      bar.start(1, 0, { text: progressText(stage) });
    },
    update: (stage) => {
      bar.setTotal(stage.total);
      bar.update(stage.done, { text: progressText(stage) });
    },
    end: (line) => {
      bar.stop();
      console.error(line);
    },
  };
}

const log: Screen = {
  start: (stage) => {
    console.error(progressText(stage));
  },
  update: () => undefined,
  end: (line) => {
    console.error(line);
  },
};
