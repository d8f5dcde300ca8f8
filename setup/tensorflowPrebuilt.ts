import { readFileSync } from 'node:fs';
import path from 'node:path';
import { environment, root } from '#setup/environment';
import { run } from '#setup/run';

interface Manifest {
  readonly version: string;
  /** Where the package publishes its bindings, as node-pre-gyp reads it. */
  readonly binary: { readonly host: string };
}

/**
 * Runs tfjs-node's own install script, which downloads TensorFlow and a binding, if a binding for this
 * platform can be reached. Elsewhere the script would try for minutes. It downloads over HTTPS, without a
 * checksum: the package publishes none.
 *
 * @param folder copy of the package, completed in place
 * @returns how, for the user
 * @throws Error if there is no binding within reach or the script fails
 */
export async function installPrebuilt(folder: string, log: string): Promise<string> {
  const { version, binary } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const archive = `CPU-${process.platform}-${version}.tar.gz`;
  const url = `${binary.host}/napi-v8/${version}/${archive}`;
  if (process.arch !== 'x64' || !(await answers(url))) {
    throw new Error(`no prebuilt ${archive} for ${process.arch} within reach`);
  }
  const env = environment();
  const programs = path.join(root, 'node_modules', '.bin');
  await run(process.execPath, [path.join('scripts', 'install.js')], {
    cwd: folder,
    env: { ...env, PATH: [programs, env.PATH].join(path.delimiter) },
    log,
  });
  return 'prebuilt library downloaded';
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}
