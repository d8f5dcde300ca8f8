import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { peers } from '#bench/peers';
import {
  npmDependencies,
  peerRequirementFiles,
  pythonDependencies,
  requirementFiles,
} from '#commands/dependencies';
import { root } from '#setup/environment';
import { acceptedLicence, isKnownLicence, nvidiaLicence } from '#commands/licenceNames';

const licences = readFileSync(path.join(root, 'docs', 'licences.md'), 'utf8');

/** Packages that the list of licences names in one of its parts, with their licence. */
function listed(part: string): Map<string, string> {
  const lines = licences.split(`## ${part} (`)[1].split('\n## ')[0].split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, licence, packages] = /^- \*\*(.+?)\*\*: (.+)$/.exec(line) ?? [];
      return licence
        ? packages.split(', ').map((each) => [each.replaceAll('\\', ''), licence])
        : [];
    }),
  );
}

const python = requirementFiles.flatMap(pythonDependencies);
const ofPeers = peerRequirementFiles.flatMap(pythonDependencies);

describe.each([
  ['npm', npmDependencies()],
  ['Python', python],
  ['Peers of the benchmark', ofPeers],
] as const)('%s packages', (part, dependencies) => {
  test('each is in docs/licences.md under a known licence, and no other is', () => {
    const found = listed(part);
    const names = dependencies.map(({ name, version }) => `${name} ${version}`);
    const hint = 'npm run licences writes docs/licences.md anew';
    expect([...found.keys()].sort(), hint).toEqual([...new Set(names)].sort());
    for (const licence of found.values()) expect(isKnownLicence(licence), licence).toBe(true);
  });

  test('each is installed only with the checksum of the lock file', () => {
    const checksum = part === 'npm' ? /^sha512-[\w+/]{86}==$/ : /^sha256:[0-9a-f]{64}$/;
    for (const { name, checksums } of dependencies) {
      expect(checksums.length, name).toBeGreaterThan(0);
      for (const each of checksums) expect(each, name).toMatch(checksum);
    }
  });
});

test('the files of all peers are listed, and none but they need what is no free software', () => {
  const files = peers.map(({ requirements }) => path.relative(root, requirements));
  expect(files.sort()).toEqual(peerRequirementFiles);
  const proprietary = [...listed('npm'), ...listed('Python')].filter(
    ([, licence]) => licence === nvidiaLicence,
  );
  expect(proprietary).toEqual([]);
});

test('there is one copy of each part of tfjs, and the native library is not danfo.js’s', () => {
  const parts = npmDependencies().filter(({ name }) => name.startsWith('@tensorflow/'));
  const names = parts.map(({ name }) => name).filter((name) => !name.endsWith('danfojs-node'));
  const native = parts.filter(({ name }) => name === '@tensorflow/tfjs-node');
  expect(native.map(({ version }) => version)).toEqual(['4.22.0']);
  const core = names.filter((name) => name === '@tensorflow/tfjs-core');
  expect(core).toHaveLength(1);
});

test('every version in package.json is a single one', () => {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, object>;
  for (const version of Object.values({ ...dependencies, ...devDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

test('the lock file of npm names no host', () => {
  expect(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
});

test('pip is called with --require-hashes only', () => {
  const sources = ['setup', 'commands'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => /(?<!\.test)\.ts$/.test(file))
      .map((file) => readFileSync(path.join(root, folder, file), 'utf8')),
  );
  const calls = sources.flatMap((text) => {
    return [...text.matchAll(/'-m', 'pip', '(?:install|download)'[^;]*?\]/g)].map(
      ([call]) => text.slice(text.indexOf(call)).split(';')[0],
    );
  });
  expect(calls).toHaveLength(4);
  for (const call of calls) expect(call).toContain('--require-hashes');
});

test.each([
  ['MIT', ['MIT']],
  ['Apache-2.0', [undefined, 'Apache Software License']],
  ['(MIT OR CC0-1.0)', ['(MIT OR CC0-1.0)']],
  ['ISC', ['UNKNOWN', 'ISC license']],
])('the licence is %s', (licence, said) => {
  expect(acceptedLicence('a', said)).toBe(licence);
});

test.each([[[]], [['GPL-3.0']], [['MIT AND SSPL-1.0']]])('a licence like %j is refused', (said) => {
  expect(() => acceptedLicence('a', said)).toThrow(/licence of a is not known .*licenceNames\.ts/);
});
