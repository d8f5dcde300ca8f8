/**
 * The one door to a notebook's outputs. tslab's own display functions send a single MIME type, so
 * nothing is left for a reader without a renderer for it; this sends a bundle. It reaches into
 * tslab, whose version is therefore pinned, and is the only file of `lib` that does.
 */
import * as kernel from 'tslab/dist/jupyter';

/** One output in several forms; the reader shows the richest that it knows. */
export interface Bundle {
  readonly 'text/plain': string;
  readonly [mimeType: string]: unknown;
}

/** tslab sets this with the first cell; its types leave out that it is null until then. */
type Send = ((message: object, update: boolean) => void) | null;

/** Whether outputs go to a notebook: false in plain Node. */
export function inNotebook(): boolean {
  return (kernel.lastWriteDisplayData as Send) !== null;
}

/**
 * Shows one output in the running cell; in plain Node, prints its `text/plain`.
 *
 * @param id name under which `updateDisplay` can change the output later; unique in the session
 */
export function display(bundle: Bundle, id?: string): void {
  send(bundle, id, false);
}

/** Puts a bundle in the place of the output shown under `id`. */
export function updateDisplay(bundle: Bundle, id: string): void {
  send(bundle, id, true);
}

function send(data: Bundle, id: string | undefined, update: boolean): void {
  const write = kernel.lastWriteDisplayData as Send;
  if (write === null) console.log(data['text/plain']);
  else write({ data, metadata: {}, transient: id === undefined ? {} : { display_id: id } }, update);
}
