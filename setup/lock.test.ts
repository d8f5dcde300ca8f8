import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '#setup/environment';
import { withLock } from './lock.mjs';

let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
  lock = path.join(folder, 'setup.lock');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a process that notes when it has the lock and when it gives it back. */
function contend(diary: string): Promise<string> {
  const code = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(path.join(root, 'setup', 'lock.mjs'))};
    const note = (word) => appendFileSync(${JSON.stringify(diary)}, word + ' ' + process.pid + '\\n');
    await withLock(${JSON.stringify(lock)}, async () => {
      note('in');
      await new Promise((resolve) => setTimeout(resolve, 100));
      note('out');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve) =>
    child.on('close', () => {
      resolve(output);
    }),
  );
}

test('of several processes one at a time has the lock, the others say that they wait', async () => {
  const dead = spawnSync(process.execPath, ['-e', '0']).pid;
  writeFileSync(lock, String(dead)); // Left behind by a process that was killed.
  const diary = path.join(folder, 'diary');
  const outputs = await Promise.all([contend(diary), contend(diary), contend(diary)]);

  const notes = readFileSync(diary, 'utf8').trimEnd().split('\n');
  expect(notes).toHaveLength(6);
  for (let i = 0; i < notes.length; i += 2) {
    expect(notes[i]).toMatch(/^in /);
    expect(notes[i + 1]).toBe(notes[i].replace('in', 'out'));
  }
  expect(outputs.join('')).toContain('Another set-up is running');
  expect(existsSync(lock)).toBe(false);
});

test('a task that fails gives the lock back', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no network')))).rejects.toThrow(
    'no network',
  );
  expect(existsSync(lock)).toBe(false);
});
