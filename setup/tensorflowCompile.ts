import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { pythonOf, root } from '#setup/environment';
import { findProgram } from '#setup/findProgram';
import { makeEnvironment } from '#setup/python';
import { run } from '#setup/run';

/**
 * Python that takes TensorFlow's libraries and C headers out of its wheel, a zip archive, into the folder
 * where it runs. `extractall` leaves out what would lead elsewhere: `..` and the start of absolute paths.
 */
export const unpackWheel = `
import sys, zipfile
wanted = ("tensorflow/libtensorflow_", "tensorflow/include/tensorflow/", "tensorflow/include/tsl/")
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(members=[name for name in wheel.namelist() if name.startswith(wanted)])`;

const nodeApiHeaders = path.join(root, 'node_modules', 'node-api-headers', 'include');

/** TensorFlow's libraries, and how a binding that finds them in ../../deps/lib is linked. */
const platforms: Partial<
  Record<NodeJS.Platform, { names: readonly string[]; link: readonly string[] }>
> = {
  linux: {
    names: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
    link: ['-shared', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
  },
  darwin: {
    names: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
    link: [
      ...['-bundle', '-undefined', 'dynamic_lookup'],
      '-Wl,-rpath,@loader_path/../../deps/lib',
    ],
  },
};

/** The C++ compiler: CXX if set, else c++, g++ or clang++ on PATH. */
export function findCompiler(): string | undefined {
  return process.env.CXX ?? findProgram('c++', 'g++', 'clang++');
}

/**
 * Compiles tfjs-node's binding against TensorFlow from the Python package index, checked against the
 * hashes in setup/tensorflow.txt. Node's own headers are not needed: the binding speaks N-API.
 *
 * @param folder copy of the package, completed in place
 * @returns how, for the user
 * @throws Error if there is no compiler or no wheel for this platform, or either fails
 */
export async function compileBinding(folder: string, log: string): Promise<string> {
  const platform = platforms[process.platform];
  const compiler = findCompiler();
  if (platform === undefined) {
    throw new Error(`compiling the binding is not supported on ${process.platform}`);
  }
  if (compiler === undefined) throw new Error('no C++ compiler found (c++, g++, clang++, CXX)');
  const { names, link } = platform;

  const environment = path.join(folder, 'python'); // only for its pip, so that .venv can be made meanwhile
  await makeEnvironment(environment, 10, 'tensorflow');
  const python = pythonOf(environment);
  const requirements = path.join(root, 'setup', 'tensorflow.txt');
  const download = [
    ...['-m', 'pip', 'download', '--no-cache-dir', '--no-deps', '--only-binary=:all:'],
    // Any of the wheels serves: their Python parts are not used.
    ...['--python-version', '3.11', '--require-hashes', '-r', requirements, '-d', 'wheel'],
  ];
  await run(python, download, { cwd: folder, log });
  const [wheel] = await readdir(path.join(folder, 'wheel'));
  await run(python, ['-c', unpackWheel, path.join('wheel', wheel)], { cwd: folder, log });

  const library = path.join('deps', 'lib');
  const binding = path.join('lib', 'napi-v8', 'tfjs_binding.node');
  await mkdir(path.join(folder, library), { recursive: true });
  await mkdir(path.join(folder, path.dirname(binding)), { recursive: true });
  for (const name of names) {
    await rename(path.join(folder, 'tensorflow', name), path.join(folder, library, name));
  }
  const compile = [
    ...['-std=c++17', '-O2', '-fPIC', ...link],
    ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
    ...['-I', nodeApiHeaders, '-I', path.join('tensorflow', 'include')],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => path.join('binding', source)),
    ...names.map((name) => path.join(library, name)),
    ...['-o', binding],
  ];
  await run(compiler, compile, { cwd: folder, log });
  return `compiled with ${compiler}`;
}
