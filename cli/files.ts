import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseNpy } from '#lib/loaders/npy';
import type { TensorOf } from '#lib/onnx/tensor';

/** A file as the user names it: from the folder where the command was called. */
export function userFile(file: string): string {
  return path.resolve(process.env.INIT_CWD ?? '.', file);
}

/** @throws Error, naming the file, if it can't be read or holds no float32 array */
export async function readArray(file: string): Promise<TensorOf<'float32'>> {
  try {
    return parseNpy(await readFile(file));
  } catch (error) {
    throw new Error(`The array ${file} can't be read: ${(error as Error).message}.`);
  }
}

/** `1,470,474 bytes (1.470 MB)`. */
export function size(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} bytes (${(bytes / 1e6).toFixed(3)} MB)`;
}
