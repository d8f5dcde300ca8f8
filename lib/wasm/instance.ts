/** WebAssembly modules, written in AssemblyScript in `assembly/`: the loops that JavaScript is slow at. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where compiled modules are kept, seen from the root of the repository. */
const wasmDirectory = join('build', 'wasm');

const compiler = createRequire(__filename).resolve('assemblyscript/bin/asc.js');
const { version } = createRequire(__filename)('assemblyscript/package.json') as { version: string };

/** Four numbers at once (SIMD); memory comes from outside; nothing is allocated within. */
const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--importMemory'];

/** A module at work on its own memory. */
export interface WasmInstance {
  readonly memory: ArrayBuffer;
  /** What the module exports: functions of numbers; addresses are in bytes, from 0. */
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

/**
 * An instance of `assembly/<name>.ts`. The module is compiled the first time, which takes a second, and
 * read from `build/wasm` after that, until its source or the compiler changes.
 *
 * @param bytes how large its memory shall be, at least
 * @throws Error with the compiler's message if the source is faulty
 * @throws RangeError if there is not so much memory
 */
export async function wasmInstance(name: string, bytes: number): Promise<WasmInstance> {
  const source = join(__dirname, 'assembly', `${name}.ts`);
  const recipe = [version, ...options, await readFile(source, 'utf8')].join('\n');
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const file = join(wasmDirectory, `${name}-${hash}.wasm`);
  if (!existsSync(file)) await compile(source, file);
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / bytesPerPage) });
  const { instance } = await wasm.instantiate(await readFile(file), { env: { memory } });
  return { memory: memory.buffer, exports: instance.exports };
}

/** In a process of its own: the compiler needs ES modules that Jupyter's kernel can't import. */
async function compile(source: string, file: string): Promise<void> {
  await mkdir(wasmDirectory, { recursive: true });
  const partial = `${file}.${process.pid}.part`;
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
