/** How far a notebook has come, on the terminal. */
import { clearLine, cursorTo } from 'node:readline';

/** Where in a notebook something happens. */
export interface Place {
  /** Number of the code cell, 1-based. */
  readonly cell: number;
  /** Number of code cells. */
  readonly of: number;
  /** Text of the heading above the cell; '' if there is none. */
  readonly heading: string;
}

/** A cell ended with an error. */
export interface Failure extends Place {
  readonly traceback: readonly string[];
}

export interface RunDisplay {
  /** A cell starts. */
  cell(place: Place): void;
  /** The running cell says how far it has come. */
  progress(text: string): void;
  /** The running cell warns of something, and goes on. */
  warning(text: string): void;
  /** The notebook has ended, or was stopped. */
  end(failure?: Failure): void;
}

/** Cells that take longer, in s, are named where no line can be drawn over. */
const longCell = 2;

/** On a terminal one line that is drawn over; elsewhere, as in a log, a line for each long cell. */
export function runDisplay(name: string): RunDisplay {
  let place: Place | undefined;
  let start = performance.now();
  const endCell = (): void => {
    const seconds = (performance.now() - start) / 1000;
    if (!process.stdout.isTTY && place && seconds > longCell) {
      console.log(`${describe(name, place)}  ${seconds.toFixed(1)} s`);
    }
  };
  drawLine(name);
  return {
    cell: (next) => {
      endCell();
      place = next;
      start = performance.now();
      drawLine(describe(name, place));
    },
    progress: (text) => {
      if (place) drawLine(`${describe(name, { ...place, heading: '' })}  ${text}`);
    },
    warning: (text) => {
      drawLine('');
      const where = place ? `${describe(name, place)}\n` : '';
      console.warn(`${where}  ${text.trimEnd()}`);
    },
    end: (failure) => {
      endCell();
      drawLine('');
      if (failure) {
        console.error([`${describe(name, failure)} failed:`, ...failure.traceback, ''].join('\n'));
      }
    },
  };
}

const describe = (name: string, { cell, of, heading }: Place): string =>
  `${name}  cell ${cell}/${of}  ${heading}`.trimEnd();

function drawLine(text: string): void {
  if (!process.stdout.isTTY) return;
  cursorTo(process.stdout, 0);
  clearLine(process.stdout, 0);
  process.stdout.write(text.slice(0, process.stdout.columns - 1));
}
