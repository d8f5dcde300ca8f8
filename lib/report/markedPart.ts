/** Parts of our Markdown files that commands write: each between two comments with its name. */

/**
 * The text with another content between `<!-- name:start -->` and `<!-- name:end -->`.
 *
 * @throws Error if the text lacks a marker
 */
export function withPart(text: string, name: string, content: string): string {
  const [start, end] = ['start', 'end'].map((side) => `<!-- ${name}:${side} -->`);
  const [before, rest] = split(text, start);
  const [, after] = split(rest, end);
  return `${before}${start}\n\n${content}\n\n${end}${after}`;
}

/**
 * What stands between `<!-- name:start -->` and `<!-- name:end -->`.
 *
 * @throws Error if the text lacks a marker
 */
export function partOf(text: string, name: string): string {
  const [, rest] = split(text, `<!-- ${name}:start -->`);
  return split(rest, `<!-- ${name}:end -->`)[0];
}

function split(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`There is no line ${marker}: what is published stands under it.`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}
