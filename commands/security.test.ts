/** What could let a stranger in: the network, archives, code in data. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { download } from '#lib/loaders/download';
import { root, venvPython } from '#setup/environment';
import { jupyterLab } from '#setup/jupyterLab';
import { unpackWheel } from '#setup/tensorflowCompile';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** All sources of the lab, by their path. */
const sources = ['bench', 'cli', 'commands', 'lib', 'setup', 'jupyter'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => /\.(ts|mjs|cjs|py)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') })),
);

test('no address in the sources is without encryption, but for this machine', () => {
  const plain = sources.flatMap(({ file, text }) =>
    Array.from(text.matchAll(/http:\/\/[^\s'"`)]*/g), ([url]) => `${file}: ${url}`),
  );
  expect(plain.filter((each) => !each.includes('://127.0.0.1'))).toEqual([]);
});

test('a mirror that leads to an address without encryption is refused', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'secure-'));
  const led = new Response('x');
  Object.defineProperty(led, 'url', { value: 'http://example.org/file' });
  vi.stubGlobal('fetch', () => Promise.resolve(led));
  const wanted = { urls: ['https://example.org/file'], target: path.join(folder, 'file') };
  const fetching = download({ ...wanted, bytes: 1, sha256: [], onBytes: () => undefined });
  await expect(fetching).rejects.toThrow(/leads to http:\/\/example\.org\/file, which is not encr/);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

// But for the kernel, which runs the cells that the user wrote.
test('nothing makes code of data', () => {
  const found = sources
    .filter(({ file }) => !file.startsWith('jupyter/kernel/'))
    .flatMap(({ file, text }) =>
      Array.from(
        text.matchAll(
          /(?<![.\w])eval\(|new Function\(|\bvm\.run|runInThisContext|pickle|yaml\.load|shell=True|os\.system/g,
        ),
        ([call]) => `${file}: ${call}`,
      ),
    );
  expect(found).toEqual([]);
});

describe('JupyterLab', () => {
  test('listens on this machine only, and wants the token that Jupyter makes', () => {
    const args = jupyterLab();
    expect(args).toContain('--ServerApp.ip=127.0.0.1');
    expect(args.join(' ')).not.toMatch(
      /token=|password|allow_remote_access|allow_origin|disable_check_xsrf|allow_unauthenticated/,
    );
  });
});

const python = [venvPython, 'python3'].find((each) => each === 'python3' || existsSync(each)) ?? '';

/** A wheel with an entry as it should be, and three that want to leave the folder. */
const evilWheel = `
import zipfile
with zipfile.ZipFile("evil.whl", "w") as wheel:
    wheel.writestr("tensorflow/libtensorflow_cc.so.2", "library")
    wheel.writestr("tensorflow/libtensorflow_/../../../outside", "evil")
    wheel.writestr("/tmp/tensorflow/libtensorflow_outside", "evil")
    wheel.writestr("../tensorflow/libtensorflow_outside", "evil")`;

test('no entry of an archive is written outside of its folder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wheel-'));
  const inner = path.join(folder, 'a', 'b');
  const run = (code: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(python, ['-c', code, ...args], { cwd: inner });
    expect(status, String(stderr)).toBe(0);
  };
  spawnSync('mkdir', ['-p', inner]);
  run(evilWheel);
  run(unpackWheel, 'evil.whl');
  expect(readdirSync(path.join(inner, 'tensorflow'))).toContain('libtensorflow_cc.so.2');
  expect(readdirSync(folder)).toEqual(['a']);
  expect(readdirSync(path.join(folder, 'a'))).toEqual(['b']);
  expect(existsSync('/tmp/tensorflow/libtensorflow_outside')).toBe(false);
  rmSync(folder, { recursive: true });
});

test('every action of the workflows is read-only', () => {
  const folder = path.join(root, '.github', 'workflows');
  for (const file of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    expect(text, file).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(text, file).not.toMatch(/: write\b/);
  }
});
