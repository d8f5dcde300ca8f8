import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDataFile } from '#lib/loaders/dataFile';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'data-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function written(content: Uint8Array): Promise<string> {
  const path = join(directory, 'file');
  await writeFile(path, content);
  return path;
}

/** Hard to pack, so that a byte in the middle of the packed file is a byte of the data. */
const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255));

describe('readDataFile', () => {
  it('gives a plain and a packed file the same content and checksum', async () => {
    // FIPS 180-2, appendix B.1
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    for (const bytes of [Buffer.from('abc'), gzipSync('abc'), gzipSync('abc', { level: 0 })]) {
      const file = await readDataFile(await written(bytes));
      expect(file.content.toString()).toBe('abc');
      expect(file.sha256).toBe(abc);
    }
  });

  it.each([2, 9, 10, 100, -9, -1])('names the byte where packed data was cut (%i)', async (end) => {
    const packed = gzipSync(content).subarray(0, end);
    await expect(readDataFile(await written(packed))).rejects.toThrow(
      new RegExp(`file: at byte ${packed.length}: .*cut short.*data/README.md`),
    );
  });

  it('notices a byte altered in packed data', async () => {
    const packed = gzipSync(content);
    packed[packed.length >> 1] ^= 1;
    await expect(readDataFile(await written(packed))).rejects.toThrow(/file: at byte \d+ .*damage/);
  });

  it('names a file that is empty, missing, unreadable or a directory', async () => {
    await expect(readDataFile(await written(Buffer.alloc(0)))).rejects.toThrow(/file: is empty/);
    await expect(readDataFile(join(directory, 'none'))).rejects.toThrow(
      /none: can't be read \(ENOENT\)/,
    );
    const folder = join(directory, 'folder');
    await mkdir(folder);
    await expect(readDataFile(folder)).rejects.toThrow(/folder: is a directory, not a file/);
    // A link to itself can't be read even by root.
    const loop = join(directory, 'loop');
    await symlink(loop, loop);
    await expect(readDataFile(loop)).rejects.toThrow(/loop: can't be read \(ELOOP\)/);
  });
});
