// npm run licences: writes docs/licences.md, the licence of each package that the lab installs.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { writeWhole } from '#lib/wholeFile';
import {
  npmDependencies,
  peerRequirementFiles,
  pythonDependencies,
  requirementFiles,
  type Dependency,
} from '#commands/dependencies';
import { root, venvPython } from '#setup/environment';
import { oraclePython } from '#setup/oracle';
import { runCommand } from '#setup/interrupt';
import { acceptedLicence, nvidiaLicence } from '#commands/licenceNames';

/** What the packages say elsewhere than in their metadata, or are not installed on every platform. */
const stated: Partial<Record<string, string>> = {
  'typed-function': 'MIT',
  appnope: 'BSD-2-Clause',
  colorama: 'BSD-3-Clause',
  decorator: 'BSD-2-Clause',
  exceptiongroup: 'MIT',
  pywinpty: 'MIT',
  tomli: 'MIT',
  tensorflow: 'Apache-2.0',
  'tensorflow-cpu': 'Apache-2.0',
  'tensorflow-cpu-aws': 'Apache-2.0',
};

/** The same of packages that only the peers of the benchmark need: their environments take 3 GB. */
const statedOfPeers: typeof stated = {
  'ai-edge-litert': 'Apache-2.0',
  filelock: 'MIT',
  fsspec: 'BSD-3-Clause',
  mpmath: 'BSD-3-Clause',
  networkx: 'BSD-3-Clause',
  setuptools: 'MIT',
  sympy: 'BSD-3-Clause',
  torch: 'BSD-3-Clause',
  tqdm: 'MPL-2.0 AND MIT',
};

const statedLicence = (name: string): string | undefined =>
  stated[name] ??
  statedOfPeers[name] ??
  (/^nvidia-\S+-cu12$/.test(name) ? nvidiaLicence : undefined);

const question = `
import importlib.metadata, json
def licence(metadata):
    classifiers = [c.split(" :: ")[-1] for c in metadata.get_all("Classifier") or [] if c.startswith("License")]
    short = metadata.get("License") or ""
    said = [metadata.get("License-Expression"), short if len(short) < 40 else None, *classifiers]
    return [s for s in said if s and s != "UNKNOWN"]
print(json.dumps({d.metadata["Name"]: licence(d.metadata) for d in importlib.metadata.distributions()}))`;

/** What the packages installed in a Python environment say of their licences, the best first. */
function installedLicences(python: string): [string, string[]][] {
  if (!existsSync(python))
    throw new Error(`${python} is missing. Run npm test first, which makes it.`);
  const { stdout } = spawnSync(python, ['-c', question], { encoding: 'utf8' });
  const found = JSON.parse(stdout) as Record<string, string[]>;
  return Object.entries(found).map(([name, said]) => [normal(name), said]);
}

/** Names of Python packages differ in case and hyphens from file to file. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** One line for each licence, with the packages under it. */
function list(dependencies: readonly (Dependency & { licence: string })[]): string {
  const lines = new Map<string, Set<string>>();
  for (const { name, version, licence } of dependencies) {
    const packages = lines.get(licence) ?? new Set();
    lines.set(licence, packages.add(`${name} ${version}`));
  }
  return Array.from(lines, ([licence, packages]) => [licence, [...packages].sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, packages]) => `- **${licence}**: ${packages.join(', ')}`)
    .join('\n');
}

void runCommand(async () => {
  const installed = new Map([...installedLicences(oraclePython), ...installedLicences(venvPython)]);
  const licensed = (dependency: Dependency): Dependency & { licence: string } => {
    const { name, licence } = dependency;
    const said = [statedLicence(name), licence, ...(installed.get(normal(name)) ?? [])];
    return { ...dependency, licence: acceptedLicence(name, said) };
  };
  const text = `# Licences of the packages that the lab installs

Made by \`npm run licences\` from the lock files and the packages' own metadata. The lab itself is under the [MIT licence](../LICENSE) and redistributes none of them. A test fails when a package is missing here, or its licence is not among those known to allow this use.

## npm (package-lock.json)

${list(npmDependencies().map(licensed))}

## Python (${requirementFiles.join(', ')})

${list(requirementFiles.flatMap(pythonDependencies).map(licensed))}

## Peers of the benchmark (${peerRequirementFiles.join(', ')})

Only \`npm run bench\` installs these. ${nvidiaLicence} is the licence of CUDA's libraries, without which PyTorch's release for x64 Linux does not start: they may be installed and used, but are no free software.

${list(peerRequirementFiles.flatMap(pythonDependencies).map(licensed))}
`;
  writeWhole(path.join(root, 'docs', 'licences.md'), await format(text, { parser: 'markdown' }));
  console.log('docs/licences.md');
});
