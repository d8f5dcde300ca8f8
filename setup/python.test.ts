import { expect, test } from 'vitest';
import { askPython, findPython, type Python } from '#setup/python';

const python = (executable: string, minor: number, venv = true): Python => ({
  executable,
  version: [3, minor],
  venv,
});

function find(machine: Partial<Record<string, Python>>, minor = 10): Python {
  return findPython(
    [['python3'], ['py', '-3'], ['python3.12']],
    (command) => machine[command.join(' ')],
    minor,
  );
}

test('the first Python 3.10 or later that can make environments is taken', () => {
  const old = python('/usr/bin/python3', 9);
  const bare = python('C:\\py.exe', 13, false);
  const good = python('/opt/python3.12', 12);
  expect(find({ python3: old, 'py -3': bare, 'python3.12': good })).toBe(good);
});

test('a later version can be asked for', () => {
  const machine = { python3: python('/usr/bin/python3', 10), 'python3.12': python('/opt/py', 12) };
  expect(find(machine, 11)).toBe(machine['python3.12']);
  expect(() => find({ python3: machine.python3 }, 11)).toThrow(
    'Python 3.11 or later was not found',
  );
});

test('without any, the error names what was tried and found, and what to install', () => {
  expect(() => find({ python3: python('/usr/bin/python3', 9) })).toThrow(
    /3\.10 or later was not found \(tried python3, py -3, python3\.12; \/usr\/bin\/python3 is 3\.9\).*PYTHON=/,
  );
});

test('a Debian without python3-venv is told to install it', () => {
  expect(() => find({ python3: python('/usr/bin/python3', 11, false) })).toThrow(
    /\/usr\/bin\/python3 \(Python 3\.11\) has no venv .*apt install python3-venv/,
  );
});

test('an interpreter is asked for its version; a program that is not there has none', () => {
  expect(askPython(['no-such-python'])).toBeUndefined();
  expect(askPython([process.execPath])).toBeUndefined();
});
