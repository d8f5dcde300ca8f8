/** Compiles cells with tslab's converter. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { lastCell } from '#jupyter/kernel/patchTypescript';
import { createConverter } from 'tslab/dist/converter';
import { TypeScriptError } from '#jupyter/kernel/typescriptError';

/** A cell, ready to run. */
export interface CompiledCell {
  /** CommonJS code that keeps the cells' variables in `exports`; empty where a cell has no code. */
  readonly code: string;
  readonly hasAwait: boolean;
  /** Variable with the value of the last expression. */
  readonly lastExpression: string | undefined;
  /** Declarations (.d.ts) of all variables after the cell. */
  readonly declarations: string;
}

/** A position in a text, 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const converter = createConverter();

/** Type and documentation of what stands at a position, if anything does. */
export const inspect: (
  ...args: Parameters<typeof converter.inspect>
) => ReturnType<typeof converter.inspect> | undefined = converter.inspect.bind(converter);

/** What could stand at a position. */
export const complete = converter.complete.bind(converter);

/** Source maps of the cells, by execution count. */
const maps = new Map<number, Readonly<typeof lastCell>>();

/**
 * Compiles a cell.
 *
 * @param cell its execution count
 * @param declarations of the variables of earlier cells
 * @throws TypeScriptError if the cell has syntax or type errors
 */
export function compile(cell: number, declarations: string, source: string): CompiledCell {
  const converted = converter.convert(declarations, source);
  if (converted.diagnostics.length > 0) throw new TypeScriptError(source, converted.diagnostics);
  maps.set(cell, { ...lastCell });
  return {
    code: converted.output ?? '',
    hasAwait: lastCell.hasAwait,
    lastExpression: converted.lastExpressionVar,
    declarations: converted.declOutput ?? '',
  };
}

/** Where in a cell's TypeScript a position of its code comes from. */
export function originalPosition(cell: number, position: Position): Position {
  const { toCommonJs, toModule } = maps.get(cell) ?? { toCommonJs: '', toModule: '' };
  const { line, column } = origin(toModule, origin(toCommonJs, position));
  return { line: line - 1, column }; // tslab puts a line of its own above the cell.
}

function origin(map: string, position: Position): Position {
  if (map === '') return position;
  const payload = JSON.parse(map) as SourceMapPayload;
  const found = new SourceMap(payload).findOrigin(position.line, position.column);
  return 'lineNumber' in found ? { line: found.lineNumber, column: found.columnNumber } : position;
}
