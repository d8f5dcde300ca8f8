/** What cells print and display, on its way to the notebook. */
import * as tslabJupyter from 'tslab/dist/jupyter';

/** Sends an output message for the running cell, or for the last one. */
export type Publish = (type: string, content: object) => void;
type StreamName = 'stdout' | 'stderr';

/** So many pieces of text are sent at once in a turn of the event loop; the others are collected… */
const piecesAtOnce = 100;
/** …until the end of the turn, or so long, in ms. */
const patience = 50;

let publish: Publish = () => undefined;
let pieces = 0;
const collected: { name: StreamName; text: string; since: number } = {
  name: 'stdout',
  text: '',
  since: 0,
};

/** From now on, sends standard output, standard error, and what tslab displays to `target`. */
export function captureOutput(target: Publish): void {
  publish = target;
  capture('stdout');
  capture('stderr');
  Object.assign(tslabJupyter, { lastWriteDisplayData: display });
}

function capture(name: StreamName): void {
  const decoder = new TextDecoder();
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    print(name, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const done = rest.find((argument) => typeof argument === 'function');
    if (done) process.nextTick(done);
    return true;
  };
  Object.assign(process[name], { write, isTTY: false }); // No terminal: nothing prints colours.
}

function print(name: StreamName, text: string): void {
  if (pieces === 0) setImmediate(endTurn);
  if (name !== collected.name) flushOutput();
  if (collected.text === '') collected.since = performance.now();
  collected.name = name;
  collected.text += text;
  if (pieces++ < piecesAtOnce || performance.now() - collected.since > patience) flushOutput();
}

function endTurn(): void {
  pieces = 0;
  flushOutput();
}

/** Sends what has been collected. */
export function flushOutput(): void {
  const { name, text } = collected;
  collected.text = '';
  if (text !== '') publish('stream', { name, text });
}

function display(data: object, update: boolean): void {
  flushOutput();
  publish(update ? 'update_display_data' : 'display_data', {
    metadata: {},
    transient: {},
    ...data,
  });
}
