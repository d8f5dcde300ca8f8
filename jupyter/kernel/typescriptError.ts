import type { Diagnostic } from 'tslab/dist/converter';

/** The compiler objects to a cell. The message shows the code that each objection is about. */
export class TypeScriptError extends Error {
  override readonly name = 'TypeScriptError';

  constructor(source: string, diagnostics: readonly Diagnostic[]) {
    const lines = source.split('\n');
    super(
      groupByPlace(diagnostics)
        .map((group) => describe(lines, group))
        .join('\n'),
    );
  }
}

/** The converter reports an objection and the reasons for it as neighbours with the same place. */
function groupByPlace(diagnostics: readonly Diagnostic[]): Diagnostic[][] {
  const groups: Diagnostic[][] = [];
  for (const diagnostic of diagnostics) {
    const group = groups.at(-1);
    if (group?.[0].start.offset === diagnostic.start.offset) group.push(diagnostic);
    else groups.push([diagnostic]);
  }
  return groups;
}

function describe(lines: readonly string[], [first, ...reasons]: Diagnostic[]): string {
  const { start, end, messageText, code } = first;
  const line = lines[start.line] ?? '';
  const stop = end.line === start.line ? end.character : line.length;
  return [
    `cell:${start.line + 1}:${start.character + 1} ${messageText} (TS${code})`,
    ...reasons.map((reason) => `  ${reason.messageText}`),
    `    ${line}`,
    `    ${' '.repeat(start.character)}${'~'.repeat(Math.max(1, stop - start.character))}`,
  ].join('\n');
}
