/** WebAssembly modules, written in AssemblyScript in `assembly/`: the loops that JavaScript is slow at. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where compiled modules are kept, seen from the root of the repository. */
const wasmDirectory = join('build', 'wasm');

const sources = join(__dirname, 'assembly');

const compiler = createRequire(__filename).resolve('assemblyscript/bin/asc.js');
const { version } = createRequire(__filename)('assemblyscript/package.json') as { version: string };

/** Four numbers at once (SIMD); memory comes from outside; nothing is allocated within. */
const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--importMemory'];

/** A module at work on memory of its own. */
export interface WasmInstance {
  /** Zeros at first. */
  readonly memory: ArrayBuffer;
  /** What the module exports: functions of numbers; arrays are given by their addresses, in bytes. */
  readonly exports: Readonly<Record<string, (...numbers: number[]) => void>>;
}

/** The little of the global `WebAssembly` that is used here; only the types of browsers declare it. */
interface WebAssembly {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly instantiate: (
    module: Uint8Array,
    imports: object,
  ) => Promise<{ readonly instance: Pick<WasmInstance, 'exports'> }>;
}
const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WebAssembly };

const bytesPerPage = 65536;
const bytesPerVector = 16;

/**
 * An instance of `assembly/<name>.ts`. The module is compiled the first time, which takes a second, and
 * read from `build/wasm` after that, until a source or the compiler changes.
 *
 * @param bytes of memory that it shall work on
 * @throws Error with the compiler's message if the source is faulty
 * @throws RangeError if there is not so much memory
 */
export async function wasmInstance(name: string, bytes: number): Promise<WasmInstance> {
  const file = join(wasmDirectory, `${name}-${await recipeHash()}.wasm`);
  if (!existsSync(file)) await compile(join(sources, `${name}.ts`), file);
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / bytesPerPage) });
  const { instance } = await wasm.instantiate(await readFile(file), { env: { memory } });
  return { memory: memory.buffer, exports: instance.exports };
}

/** Where a module finds an array, in bytes: divisible by 16, with whole vectors of four up to the next array. */
export function address({ byteOffset }: Float32Array): number {
  return byteOffset;
}

/**
 * An instance at work on float32 arrays, zeros at first.
 *
 * @param lengths of the arrays
 * @throws what {@link wasmInstance} throws
 */
export async function float32Instance(
  name: string,
  lengths: readonly number[],
): Promise<Pick<WasmInstance, 'exports'> & { readonly arrays: readonly Float32Array[] }> {
  const sizes = lengths.map(
    (length) =>
      Math.ceil((length * Float32Array.BYTES_PER_ELEMENT) / bytesPerVector) * bytesPerVector,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const { memory, exports } = await wasmInstance(name, total);
  let end = 0;
  const arrays = lengths.map((length, i) => {
    end += sizes[i];
    return new Float32Array(memory, end - sizes[i], length);
  });
  return { arrays, exports };
}

/** Of all that a module may be made of. */
async function recipeHash(): Promise<string> {
  const files = (await readdir(sources)).toSorted().map((file) => join(sources, file));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const recipe = [version, ...options, ...texts].join('\n');
  return createHash('sha256').update(recipe).digest('hex').slice(0, 12);
}

/** In a process of its own: the compiler needs ES modules that Jupyter's kernel can't import. */
async function compile(source: string, file: string): Promise<void> {
  await mkdir(wasmDirectory, { recursive: true });
  const partial = `${file}.${randomUUID()}.part`; // two may compile it at once, also in one process
  try {
    const args = [compiler, source, '--outFile', partial, ...options];
    await promisify(execFile)(process.execPath, args);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`${source} can't be compiled to WebAssembly: ${stderr ?? String(error)}`, {
      cause: error,
    });
  }
  await rename(partial, file);
}
