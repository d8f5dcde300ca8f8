import { access, constants, open, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { innerGraphs } from '#lib/onnx/graph';
import { decodeModel, encodeModel, type Model } from '#lib/onnx/model';
import { naming } from '#lib/onnx/naming';
import { unwritable, writeWhole } from '#lib/wholeFile';

/** Bytes that an ONNX file can have: protobuf messages end at 2 GiB. */
const maximumBytes = 2 ** 31 - 1;

/** An ONNX file that was opened. */
export interface ModelFile {
  /** The file itself, and those that hold its weights (ONNX's external data). */
  readonly files: readonly string[];
  /**
   * Takes in the weights from other files, so that the result stands alone.
   *
   * @returns content of an ONNX file without external data
   * @throws Error if the model is too large for one file with its weights, or weights are missing or
   *   lie outside of the file that they are said to be in
   */
  readonly whole: () => Promise<Uint8Array>;
}

/**
 * Opens an ONNX file, and looks where its weights are.
 *
 * @throws Error if there is no such file, it is no ONNX model or too large for one, or weights lie
 *   outside of the model's folder
 */
export async function openModel(file: string): Promise<ModelFile> {
  const { bytes, model } = await readAlone(file);
  const outside = externalTensors(model).map((tensor) => ({ tensor, ...place(tensor, file) }));
  return {
    files: [file, ...new Set(outside.map((tensor) => tensor.file))],
    whole: async () => {
      if (outside.length === 0) return bytes;
      const total = outside.reduce((sum, { length }) => sum + (length ?? 0), bytes.length);
      if (total > maximumBytes) throw tooLarge(file, total);
      for (const { tensor, ...place } of outside) {
        tensor.rawData = await readPart(tensor.name ?? '', place);
        tensor.dataLocation = onnx.TensorProto.DataLocation.DEFAULT;
        tensor.externalData = [];
      }
      return encodeModel(model);
    },
  };
}

/**
 * The content of an ONNX file, with the weights that it keeps in files beside it.
 *
 * @throws Error as {@link openModel} and `whole` do
 */
export async function readModel(file: string): Promise<Uint8Array> {
  return (await openModel(file)).whole();
}

/** The file itself, without its weights in other files. */
async function readAlone(file: string): Promise<{ bytes: Uint8Array; model: Model }> {
  const { size } = await stat(file).catch((error: unknown) => {
    throw new Error(`The model ${file} can't be read: ${reason(error)}.`);
  });
  if (size > maximumBytes) throw tooLarge(file, size);
  const bytes = new Uint8Array(
    await readFile(file).catch((error: unknown) => {
      throw new Error(`The model ${file} can't be read: ${reason(error)}.`);
    }),
  );
  return { bytes, model: naming(file, () => decodeModel(bytes)) };
}

/**
 * Writes an ONNX file whole or not at all, so that a stop in between leaves no half of one.
 *
 * @param signal if it is aborted by now, nothing is written
 * @throws Error, naming the file, if it can't be written
 * @throws the signal's reason, if it is aborted
 */
export async function writeModel(
  file: string,
  model: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  await requireWritable(file); // Meanwhile a Ctrl-C is heard that came while `model` was computed.
  signal?.throwIfAborted();
  writeWhole(file, model);
}

/**
 * To be asked before long work whose result goes into a file.
 *
 * @throws Error, naming the file, if it is a folder or a device, or its folder is missing or read-only
 */
export async function requireWritable(file: string): Promise<void> {
  const folder = path.dirname(file);
  const refuse = (why: string): Error => new Error(`The model ${file} can't be written: ${why}.`);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === false) throw refuse('it is a folder or a device. Name a file');
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw refuse(`there is no such folder. Make ${folder} first, or name another`);
  }
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw unwritable(file, error);
  });
}

/** Where a tensor's data lies. */
interface Place {
  readonly folder: string;
  readonly file: string;
  readonly offset: number;
  /** To the end of the file if left out. */
  readonly length?: number;
}

function externalTensors({ graph }: Model): onnx.ITensorProto[] {
  return tensorsOf(graph as onnx.IGraphProto).filter(
    ({ dataLocation }) => dataLocation === onnx.TensorProto.DataLocation.EXTERNAL,
  );
}

/** All tensors that a graph holds, also in attributes and in the graphs inside of nodes. */
function tensorsOf(graph: onnx.IGraphProto): onnx.ITensorProto[] {
  const inNodes = (graph.node ?? []).flatMap((node) => [
    ...(node.attribute ?? []).flatMap(({ t, tensors }) => [...(t ? [t] : []), ...(tensors ?? [])]),
    ...innerGraphs(node).flatMap(tensorsOf),
  ]);
  return [...(graph.initializer ?? []), ...inNodes];
}

/** @throws Error if the place is not a file in or below the model's folder, or the numbers aren't any */
function place(tensor: onnx.ITensorProto, model: string): Place {
  const entries = new Map(tensor.externalData?.map(({ key, value }) => [key, value ?? '']));
  const location = entries.get('location') ?? '';
  const folder = path.resolve(path.dirname(model));
  const file = path.resolve(folder, location);
  if (!location || path.isAbsolute(location) || location.includes('\\') || !isBelow(folder, file)) {
    throw new Error(
      `The data of tensor "${tensor.name}" is said to be in "${location}". Only files in the folder of ` +
        'the model are read.',
    );
  }
  const [offset = 0, length] = ['offset', 'length'].map((key) => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) {
      throw new Error(
        `The ${key} of the data of tensor "${tensor.name}" is "${text}", not a number.`,
      );
    }
    return Number(text);
  });
  return { folder, file, offset, length };
}

function isBelow(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

async function readPart(
  name: string,
  { folder, file, offset, length }: Place,
): Promise<Uint8Array> {
  const fail = (why: string): Error =>
    new Error(`The data of tensor "${name}" can't be read from ${file}: ${why}.`);
  try {
    if (!isBelow(await realpath(folder), await realpath(file))) {
      throw new Error('it is a link out of the folder of the model');
    }
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const count = length ?? size - offset;
      if (count < 0 || offset + count > size) {
        throw new Error(
          `it has ${size} bytes, the data would end at ${offset + Math.max(count, 0)}`,
        );
      }
      if (count > maximumBytes) throw new Error('it is larger than one ONNX file can be');
      const { buffer } = await handle.read(new Uint8Array(count), 0, count, offset);
      return buffer;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fail(reason(error));
  }
}

/** Why the system refused, in words where they are known. */
function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'that is not permitted';
  return message;
}

function tooLarge(file: string, bytes: number): Error {
  return new Error(
    `The model ${file} has ${bytes} bytes with its weights; models of 2 GB and more are not read here.`,
  );
}
