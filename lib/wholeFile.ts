import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the system's error codes mean for a file that is to be written, and the remedy. */
const reasons: Partial<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room',
  EDQUOT: 'the disk quota is used up. Make room',
  EROFS: 'the disk is read-only. Make it writable',
  EACCES: 'that is not permitted. Make the folder writable',
  EPERM: 'that is not permitted. Make the folder writable',
  EISDIR: 'a folder has this name. Move it away',
  ENOTDIR: 'a file has the name of its folder. Move it away',
  EEXIST: 'a file has the name of its folder. Move it away',
};

/**
 * Writes a file whole or not at all: under another name first, then renamed, so that a stop in between
 * leaves no half of one. Makes its folder where it is missing.
 *
 * Not by the package write-file-atomic, which takes a write that a full disk cut short for a whole one.
 *
 * @throws Error that names the file, why it can't be written, and the remedy; what was there stays
 */
export function writeWhole(file: string, content: string | NodeJS.ArrayBufferView): void {
  const partial = `${file}.${process.pid}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(partial, content, { flush: true });
    renameSync(partial, file);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    throw unwritable(file, error);
  }
}

/** The error to end with where a file can't be written, in a paragraph. */
export function unwritable(file: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = reasons[code] ?? `${message}. Mend that`;
  return new Error(`${file} can't be written: ${reason}, and run this again.`, { cause: error });
}
