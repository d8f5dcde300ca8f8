import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '#lib/wholeFile';

/** A notebook in nbformat 4, as far as the export reads it. */
export interface Notebook {
  readonly cells: Cell[];
  readonly metadata: Record<string, unknown>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

export interface Cell {
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly source: string | string[];
  readonly metadata: Record<string, unknown>;
  /** Of code cells. */
  readonly outputs?: Output[];
}

export interface Output {
  readonly output_type: string;
  /** Of `display_data` and `execute_result`: content by MIME type. */
  readonly data?: Record<string, unknown>;
}

/** Name of a notebook's file without the extension: `04-dynamic-quantization`. */
export function notebookName(file: string): string {
  return path.basename(file, '.ipynb');
}

/** @throws Error naming the file and the remedy if it can't be read */
export function readNotebook(file: string): Notebook {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const section = notebookName(file).slice(0, 2);
    throw new Error(`${file} can't be read (${reason}). Run it: npm start -- ${section}.`, {
      cause: error,
    });
  }
}

/** Writes a notebook as Jupyter does, so that a file changes only where its content does. */
export function writeNotebook(file: string, notebook: Notebook): void {
  writeWhole(file, `${JSON.stringify(notebook, null, 1)}\n`);
}

/** The bundles among the notebook's outputs that hold content of a MIME type, in order. */
export function bundlesWith(notebook: Notebook, mimeType: string): Record<string, unknown>[] {
  const bundles = notebook.cells.flatMap(({ outputs = [] }) => outputs.map(({ data }) => data));
  return bundles.filter((data) => data !== undefined).filter((data) => mimeType in data);
}
