import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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

/** Runs a process that notes in `diary` when it has the lock and when it gives it back. */
function contend(diary: string): { waiting: Promise<unknown>; ended: Promise<unknown> } {
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
  return { waiting: once(child.stdout, 'data'), ended: once(child, 'close') };
}

test('of several processes one at a time has the lock, and the others say that they wait', async () => {
  const diary = path.join(folder, 'diary');
  const contenders = await withLock(lock, async () => {
    const waiting = [contend(diary), contend(diary), contend(diary)];
    for (const message of await Promise.all(waiting.map((contender) => contender.waiting))) {
      expect(String(message)).toContain(`Another set-up is running (process ${process.pid})`);
    }
    expect(existsSync(diary)).toBe(false);
    return waiting;
  });
  await Promise.all(contenders.map(({ ended }) => ended));

  const notes = readFileSync(diary, 'utf8').trimEnd().split('\n');
  expect(notes).toHaveLength(6);
  for (let i = 0; i < notes.length; i += 2) {
    expect(notes[i]).toMatch(/^in /);
    expect(notes[i + 1]).toBe(notes[i].replace('in', 'out'));
  }
  expect(existsSync(lock)).toBe(false);
});

test('a lock left behind by a process that was killed is taken over', async () => {
  writeFileSync(lock, String(spawnSync(process.execPath, ['-e', '0']).pid));
  await expect(withLock(lock, () => Promise.resolve('done'))).resolves.toBe('done');
  expect(existsSync(lock)).toBe(false);
});

test('the wait for a lock ends when the user stops it, and leaves the lock alone', async () => {
  writeFileSync(lock, String(process.ppid));
  const signal = AbortSignal.timeout(200);
  await expect(withLock(lock, () => Promise.resolve(), { signal })).rejects.toThrow(/timeout/);
  expect(readFileSync(lock, 'utf8')).toBe(String(process.ppid));
});

test('a task that fails gives the lock back', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no network')))).rejects.toThrow(
    'no network',
  );
  expect(existsSync(lock)).toBe(false);
});
