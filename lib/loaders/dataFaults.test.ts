/** Each data file with each fault that a disk, a download, an editor or a hurried user gives it. */
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { generateMnist } from '#lib/loaders/generatedMnist';
import { generateSst2 } from '#lib/loaders/generatedSst2';
import { loadMnist } from '#lib/loaders/mnist';
import { dataSources } from '#lib/loaders/sources';
import { loadSst2 } from '#lib/loaders/sst2';

// The generated sample takes the part of the real data, so that whole files are accepted here too.
vi.mock('#lib/loaders/sources', async (original) => {
  const sources = await original<typeof import('#lib/loaders/sources')>();
  const samples = { mnist: generateMnist(), sst2: generateSst2() };
  const examples = { mnist: [2000, 2000, 500, 500], sst2: [2000, 400] };
  const stand = (key: 'mnist' | 'sst2') => ({
    ...sources.dataSources[key],
    files: sources.dataSources[key].files.map((file, i) => ({
      ...file,
      examples: examples[key][i],
      sha256: [samples[key][i].sha256],
    })),
  });
  return { ...sources, dataSources: { mnist: stand('mnist'), sst2: stand('sst2') } };
});

const contents = { mnist: generateMnist(), sst2: generateSst2() };
const files = (['mnist', 'sst2'] as const).flatMap((set) =>
  dataSources[set].files.map(({ name }, i) => ({
    set,
    name: name.replace(/\.gz$/, ''),
    content: contents[set][i].content,
  })),
);
const load = {
  mnist: () => loadMnist({ crop: 20 }),
  sst2: () => loadSst2({ vocabulary: 100 }),
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'data faults ü '));
  vi.stubEnv('LAB_SAMPLE', '');
  vi.stubEnv('LAB_DATA', directory);
  for (const { set, name, content } of files) {
    await mkdir(join(directory, set), { recursive: true });
    await writeFile(join(directory, set, name), content);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const alter = (content: Buffer, at: number): Buffer => {
  const bytes = Buffer.from(content);
  bytes[at] ^= 1;
  return bytes;
};
const replaceBytes = (content: Buffer, from: string, to: string): Buffer =>
  Buffer.from(content.toString('latin1').replaceAll(from, to), 'latin1');

/** What becomes of a file's content. */
const damages: Readonly<Record<string, (content: Buffer) => Buffer>> = {
  empty: () => Buffer.alloc(0),
  ...Object.fromEntries(
    [1, 4, 7, 8, 15, 16, 1000].map((end) => [
      `cut to ${end} bytes`,
      (content: Buffer) => content.subarray(0, end),
    ]),
  ),
  'cut in the middle': (content) => content.subarray(0, content.length >> 1),
  'cut by its last byte': (content) => content.subarray(0, -1),
  'a byte too long': (content) => Buffer.concat([content, Buffer.of(0)]),
  'first byte altered': (content) => alter(content, 0),
  'type altered': (content) => alter(content, 2),
  'count altered': (content) => alter(content, 7),
  'a byte in the middle altered': (content) => alter(content, content.length >> 1),
  'last byte but one altered': (content) => alter(content, content.length - 2),
  'line ends converted to CR LF': (content) => replaceBytes(content, '\n', '\r\n'),
  'a byte order mark in front': (content) => Buffer.concat([Buffer.from('\uFEFF'), content]),
  'without its header': (content) => content.subarray(16),
  'a web page': () => Buffer.from('<!DOCTYPE html><html><body>Log in</body></html>\n'),
  'all zeros': (content) => Buffer.alloc(content.length),
  'packed, then cut': (content) => gzipSync(content).subarray(0, 100),
  'packed, then cut at its checksum': (content) => gzipSync(content).subarray(0, -8),
  'packed, then a byte altered': (content) => alter(gzipSync(content), 60),
  'packed twice': (content) => gzipSync(gzipSync(content)),
};

/** What becomes of the file itself. */
const replacements: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  'a folder in its place': async (path) => {
    await rm(path);
    await mkdir(path);
  },
  // Root may read all files, but a link to itself nobody can read.
  unreadable: async (path) => {
    await rm(path);
    await symlink(path, path);
  },
  'a link to nowhere': async (path) => {
    await rm(path);
    await symlink(`${path}.none`, path);
  },
  missing: (path) => rm(path),
};

/** Loading must end in one paragraph that names the file and what to do. */
async function expectRefusal(set: 'mnist' | 'sst2', named: string): Promise<string> {
  const error = await load[set]().then(
    () => expect.fail('the data was accepted'),
    (reason: unknown) => reason as Error,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toContain(named);
  expect(error.message).toMatch(/Put (a good copy|them there)/);
  expect(error.message).not.toContain('\n');
  return error.message.replaceAll(directory, '').replace(/ Put a good copy.*/, '');
}

test('whole files are accepted, also packed and by the names of the originals', async () => {
  for (const set of ['mnist', 'sst2'] as const) {
    expect((await load[set]()).origin).toBe('real');
  }
  for (const { set, name, content } of files.slice(0, 4)) {
    await rm(join(directory, set, name));
    await writeFile(join(directory, set, `${name}.gz`), gzipSync(content));
  }
  expect((await loadMnist({ crop: 20 })).origin).toBe('real');
});

const damaged = files.flatMap(({ set, name, content }) =>
  Object.entries(damages).map(([fault, damage]) => ({
    set,
    name,
    fault,
    content,
    bytes: damage(content),
  })),
);

// Labels are small and hold no byte 10, so that not every fault changes them.
test.for(damaged.filter(({ content, bytes }) => !content.equals(bytes)))(
  '$name: $fault',
  async ({ set, name, bytes }, { task }) => {
    await writeFile(join(directory, set, name), bytes);
    task.meta.outcome = await expectRefusal(set, name);
  },
);

const replaced = files.flatMap(({ set, name }) =>
  Object.keys(replacements).map((fault) => ({ set, name, fault })),
);

test.for(replaced)('$name: $fault', async ({ set, name, fault }, { task }) => {
  await replacements[fault](join(directory, set, name));
  task.meta.outcome = await expectRefusal(set, name);
});

test.each([
  ['mnist', 0, 1],
  ['mnist', 2, 3],
  ['mnist', 0, 2],
  ['mnist', 1, 3],
  ['sst2', 4, 5],
] as const)('%s: files %i and %i swapped', async (set, a, b) => {
  const [first, second] = [a, b].map((i) => join(directory, set, files[i].name));
  await rename(first, `${first}.x`);
  await rename(second, first);
  await rename(`${first}.x`, second);
  await expectRefusal(set, set);
});

test('a whole set swapped with another: training images and labels with those of the test', async () => {
  for (const kind of ['images-idx3', 'labels-idx1']) {
    const [train, t10k] = ['train', 't10k'].map((part) =>
      join(directory, 'mnist', `${part}-${kind}-ubyte`),
    );
    await rename(train, `${train}.x`);
    await rename(t10k, train);
    await rename(`${train}.x`, t10k);
  }
  await expectRefusal('mnist', 'train-images-idx3-ubyte');
});

test('the folder of a data set is a file', async () => {
  await rm(join(directory, 'sst2'), { recursive: true });
  await writeFile(join(directory, 'sst2'), 'train.tsv');
  await expectRefusal('sst2', 'sst2');
  expect(await readdir(directory)).toEqual(['mnist', 'sst2']);
});
