/** Runs cells: compiles, executes and waits for them, one at a time. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import { Interrupted } from '#lib/interruption';
import { cellName, describeError } from '#jupyter/kernel/cellError';
import { compile, type CompiledCell } from '#jupyter/kernel/compiler';
import { setCellRuns } from '#jupyter/kernel/controlThread';
import { guardName } from '#jupyter/kernel/guardAwaits';
import { createVariables } from '#jupyter/kernel/variables';

/** Time that work in `interruptible` has to end by itself, in ms. */
const interruptPatience = 1000;

type Fail = (reason: unknown) => void;
type CellFunction = (
  exports: Record<string, unknown>,
  require: NodeJS.Require,
  guard: (value: unknown) => unknown,
) => unknown;

const variables = createVariables();
const cellRequire = uninterrupted(createRequire(path.resolve('cell.js')));

/** The running cell: how to end it, and the awaits in its code that are to be ended with it. */
let running: { readonly fail: Fail; readonly waiting: Set<Fail> } | undefined;
/** An error that came up while no cell ran. */
let leftover: Error | undefined;
let declarations = '';

/** Declarations (.d.ts) of the cells' variables. */
export const variableDeclarations = (): string => declarations;

/**
 * Runs a cell.
 *
 * @param cell its execution count
 * @returns the value of its last expression, if the cell ends with one
 * @throws TypeScriptError if it does not compile; what its code throws; Interrupted; and any error that
 *   nobody awaited, if it comes up before the cell ends or in the turn of the event loop after it
 */
export async function runCell(cell: number, source: string): Promise<unknown> {
  throwLeftover();
  const compiled = compile(cell, declarations, source);
  const before = { ...variables };
  const waiting = new Set<Fail>();
  let end: Fail | undefined;
  const ended = new Promise<never>((_, reject) => (end = reject));
  running = {
    waiting,
    fail: (reason) => {
      end?.(reason);
      for (const fail of waiting) fail(reason);
    },
  };
  try {
    await Promise.race([execute(cell, compiled), ended]);
    await Promise.race([nextTurn(), ended]);
  } catch (error) {
    // Code sets all variables of its cell to undefined first: give back what it did not reach.
    for (const [name, value] of Object.entries(before)) variables[name] ??= value;
    await nextTurn(); // Further errors of the same cell.
    throw error;
  } finally {
    setCellRuns(false);
    running = undefined;
  }
  declarations = compiled.declarations;
  return takeLastExpression(compiled);
}

/**
 * Executes code in a turn of the event loop of its own: when an endless loop in it is ended from
 * outside, nothing else of the kernel is on the stack, and only this promise stays pending.
 */
async function execute(cell: number, { code, hasAwait }: CompiledCell): Promise<void> {
  await nextTurn();
  setCellRuns(true);
  const head = `(${hasAwait ? 'async ' : ''}function (exports, require, ${guardName}) {\n`;
  const options = { filename: cellName(cell), lineOffset: -1 };
  const run = runInThisContext(`${head}${code}\n})`, options) as CellFunction;
  await run(variables, cellRequire, guard);
}

/** What `await` in a cell waits for: the value, or the end of the running cell. */
function guard(value: unknown): unknown {
  if (running === undefined || !(value instanceof Object && 'then' in value)) return value;
  const { waiting } = running;
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => waiting.delete(reject));
  });
}

/** Ends the running cell with `Interrupted`; work in `interruptible` is given time to end first. */
export function interruptCell(): void {
  const cell = running;
  if (cell === undefined) return;
  const end = (): void => {
    cell.fail(new Interrupted());
  };
  if (process.listenerCount('SIGINT') > 1) setTimeout(end, interruptPatience);
  else end();
}

/** Ends the running cell, or else the next one, with an error that nobody awaited. */
export function failCell(error: unknown): void {
  if (running !== undefined) running.fail(error);
  else if (!(error instanceof Interrupted)) {
    console.error(['After its cell had ended:', ...describeError(error).traceback].join('\n'));
    leftover = new Error(
      'Work that an earlier cell started, and did not await, failed after the cell had ended. ' +
        'This cell was not run; run it again to go on.',
      { cause: error },
    );
    leftover.name = 'UnawaitedError';
  }
}

function throwLeftover(): void {
  const error = leftover;
  leftover = undefined;
  if (error !== undefined) throw error;
}

function takeLastExpression({ lastExpression }: CompiledCell): unknown {
  if (lastExpression === undefined) return undefined;
  const value = variables[lastExpression];
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is the compiler's
  delete variables[lastExpression];
  return value;
}

/** Modules are loaded to their end: Node would keep half of one that is ended on the way. */
function uninterrupted(require: NodeJS.Require): NodeJS.Require {
  const load = (id: string): unknown => {
    setCellRuns(false);
    try {
      return require(id);
    } finally {
      setCellRuns(running !== undefined);
    }
  };
  return Object.assign(load, require);
}
