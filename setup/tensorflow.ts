/**
 * The native library of tfjs-node: TensorFlow itself (a shared library of 600 MB) and a small binding.
 * It is kept in .cache and linked into the package, so that it outlives a new `npm ci`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cp, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { compileBinding, findCompiler } from '#setup/tensorflowCompile';
import { installPrebuilt } from '#setup/tensorflowPrebuilt';
import { cache, root } from '#setup/environment';
import { interrupted } from '#setup/interrupt';
import { run } from '#setup/run';
import type { Step } from '#setup/step';

const installed = path.join(root, 'node_modules', '@tensorflow', 'tfjs-node');
const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
  version: string;
};
const binding = path.join(installed, 'lib', 'napi-v8', 'tfjs_binding.node');
const store = path.join(cache, 'tfjs-node');
const kept = path.join(store, `${version}-${process.platform}-${process.arch}`);
/** The binding is loaded from lib, TensorFlow from deps. */
const parts = ['lib', 'deps'];
const log = path.join(cache, 'logs', 'tensorflow.log');

export const tensorflowStep: Step = {
  name: 'Native TensorFlow',
  does: 'provides the library that tfjs-node trains with (the first time, downloads 210 MB and compiles 10 s)',
  inputs: () => [version, process.version, process.arch, findCompiler() ?? 'no compiler'],
  present: () => existsSync(binding),
  run: async () => {
    await rm(log, { force: true });
    if (existsSync(binding) && (await loads(installed))) return 'already there';
    if (existsSync(kept)) {
      await link();
      if (await loads(installed)) return 'linked from .cache/tfjs-node';
    }
    const reasons: string[] = [];
    // Compiling is first, as its download is checked against a checksum.
    for (const provide of [compileBinding, installPrebuilt]) {
      try {
        const how = await provideIn(path.join(store, 'partial'), provide);
        await link();
        return how;
      } catch (error) {
        interrupted.throwIfAborted();
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(reasons.join('\n'));
  },
  without:
    'Training will run on the wasm backend: as accurate, several times slower. For the native library ' +
    'install a C++ compiler (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: ' +
    'xcode-select --install; Windows: use WSL), then run the same command again.',
};

/** Completes a copy of the package, checks that it computes, and keeps its native parts. */
async function provideIn(
  copy: string,
  provide: (copy: string, log: string) => Promise<string>,
): Promise<string> {
  await rm(copy, { recursive: true, force: true });
  await cp(installed, copy, {
    recursive: true,
    filter: (file) => !parts.includes(path.relative(installed, file)),
  });
  try {
    const how = await provide(copy, log);
    await run(process.execPath, [path.join(root, 'setup', 'checkTensorflow.cjs'), copy], { log });
    for (const entry of await readdir(copy)) {
      if (!parts.includes(entry)) await rm(path.join(copy, entry), { recursive: true });
    }
    await rm(kept, { recursive: true, force: true });
    await rename(copy, kept);
    return how;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Puts links to the kept parts into the installed package. */
async function link(): Promise<void> {
  for (const part of parts) {
    await rm(path.join(installed, part), { recursive: true, force: true });
    await symlink(path.relative(installed, path.join(kept, part)), path.join(installed, part));
  }
}

async function loads(folder: string): Promise<boolean> {
  try {
    await run(process.execPath, [path.join(root, 'setup', 'checkTensorflow.cjs'), folder], { log });
    return true;
  } catch {
    interrupted.throwIfAborted();
    return false;
  }
}
