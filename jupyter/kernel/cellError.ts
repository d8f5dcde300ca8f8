/** Errors as notebooks show them. */
import path from 'node:path';
import { inspect } from 'node:util';
import { Interrupted } from '#lib/interruption';
import { originalPosition } from '#jupyter/kernel/compiler';
import { TypeScriptError } from '#jupyter/kernel/typescriptError';

/** Content of Jupyter's `error` output. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

const root = process.cwd() + path.sep;
const kernelFrame =
  /\((?:node:|.*[\\/]tslab[\\/]dist[\\/])|at (?:async )?node:|[\\/]jupyter[\\/]kernel[\\/]|[\\/]jupyter[\\/]launch\.cjs/;
/** Name that the code of a cell runs under. */
export const cellName = (cell: number): string => `cell[${cell}]`;
const cellFrame = /cell\[(\d+)\]:(\d+):(\d+)/g;

/**
 * What a notebook shows of anything thrown: name, message, and the stack lines that are the lab's.
 * Those in the cell that failed read `cell:line:column`, those in an earlier one `cell[n]:line:column`.
 */
export function describeError(thrown: unknown, cell?: number): CellError {
  if (!(thrown instanceof Error)) {
    const evalue = inspect(thrown);
    return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] };
  }
  return {
    ename: thrown.name,
    evalue: withoutRoot(thrown.message),
    traceback: [...describe(thrown, cell)],
  };
}

function* describe(error: Error, cell?: number): Iterable<string> {
  yield `${error.name}: ${withoutRoot(error.message)}`;
  const placed = error instanceof TypeScriptError || error instanceof Interrupted;
  if (!placed) yield* stackLines(error, cell);
  if (error instanceof AggregateError) {
    for (const part of error.errors) yield* labelled('One of the errors', part, cell);
  }
  if (error.cause !== undefined) yield* labelled('Caused by', error.cause, cell);
}

function* labelled(label: string, thrown: unknown, cell?: number): Iterable<string> {
  const [first = '', ...rest] = describeError(thrown, cell).traceback;
  yield `${label} ${first}`;
  yield* rest;
}

function stackLines({ stack = '' }: Error, cell?: number): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !kernelFrame.test(line))
    .map((line) =>
      withoutRoot(line.replace('at Proxy.', 'at ')).replace(cellFrame, (_, ...place: string[]) => {
        const [frameCell = 0, line = 1, column = 1] = place.map(Number);
        const original = originalPosition(frameCell, { line, column });
        const name = frameCell === cell ? 'cell' : `cell[${frameCell}]`;
        return `${name}:${original.line}:${original.column}`;
      }),
    );
}

/** Paths in notebooks are those of the repository, not of the machine. */
const withoutRoot = (text: string): string => text.replaceAll(root, '');
