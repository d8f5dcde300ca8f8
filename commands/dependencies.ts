/** The packages that the lab installs, as its lock files name them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '#setup/environment';

export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** Checksums that an installation accepts, `sha512-…` of npm or `sha256:…` of pip. */
  readonly checksums: readonly string[];
  /** The licence, where the lock file tells it. */
  readonly licence?: string;
}

interface LockedPackage {
  readonly name?: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
}

/** Packages of `package-lock.json`. */
export function npmDependencies(): Dependency[] {
  const text = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, { name, version, integrity, license }]) => ({
      name: name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      checksums: integrity === undefined ? [] : [integrity],
      licence: license,
    }));
}

/** Files that name Python packages: JupyterLab's, those of the tests, and TensorFlow's library. */
export const requirementFiles = [
  'jupyter/requirements.txt',
  'lib/quantizers/oracle/requirements.txt',
  'lib/quantizers/oracle/onnx-corrected.txt',
  'setup/tensorflow.txt',
] as const;

/** Files that name the packages of the engines that `npm run bench` compares with. */
export const peerRequirementFiles = [
  'bench/peers/litert.txt',
  'bench/peers/onnxruntime.txt',
  'bench/peers/pytorch.txt',
] as const;

type RequirementFile = (typeof requirementFiles)[number] | (typeof peerRequirementFiles)[number];

/** Packages of a requirements file, also those for other platforms. */
export function pythonDependencies(file: RequirementFile): Dependency[] {
  const text = readFileSync(path.join(root, file), 'utf8').replaceAll('\\\n', ' ');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, version] = /^([\w.-]+)==([\w.]+)/.exec(line) ?? [];
    if (!name) throw new Error(`${file} names no single version: ${line}`);
    const checksums = Array.from(line.matchAll(/--hash=(\S+)/g), ([, checksum]) => checksum);
    return { name, version, checksums };
  });
}
