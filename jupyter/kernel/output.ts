/** What cells print and display, on its way to the notebook. */
import * as tslabJupyter from 'tslab/dist/jupyter';

/** Sends an output message for the running cell, or for the last one. */
export type Publish = (type: string, content: object) => void;
type StreamName = 'stdout' | 'stderr';

/** Text waits at most this long for more, in ms: one message for many lines. */
const patience = 50;

const pending: { name: StreamName; text: string; since: number } = {
  name: 'stdout',
  text: '',
  since: 0,
};
let publish: Publish = () => undefined;

/** From now on, sends standard output, standard error, and what tslab displays to `target`. */
export function captureOutput(target: Publish): void {
  publish = target;
  capture('stdout');
  capture('stderr');
  Object.assign(tslabJupyter, { lastWriteDisplayData: display });
}

function capture(name: StreamName): void {
  const stream = process[name];
  const decoder = new TextDecoder();
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    print(name, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const done = rest.find((argument) => typeof argument === 'function');
    if (done) process.nextTick(done);
    return true;
  };
  Object.assign(stream, { write, isTTY: false }); // No terminal: nothing prints colours.
}

function print(name: StreamName, text: string): void {
  if (pending.name !== name) flushOutput();
  if (pending.text === '') {
    pending.since = performance.now();
    setImmediate(flushOutput);
  }
  pending.name = name;
  pending.text += text;
  if (performance.now() - pending.since > patience) flushOutput();
}

/** Sends what has been printed so far. */
export function flushOutput(): void {
  const { name, text } = pending;
  pending.text = '';
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
