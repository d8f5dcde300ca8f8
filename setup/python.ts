/** The Python environment: JupyterLab, nbconvert and what they need, in .venv. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cache, root, venv, venvPython } from '#setup/environment';
import { run } from '#setup/run';
import type { Step } from '#setup/step';

/** What a Python interpreter says of itself. */
export interface Python {
  readonly executable: string;
  /** Major and minor version. */
  readonly version: readonly [number, number];
  /** Whether it can make a virtual environment with pip. */
  readonly venv: boolean;
}

const requirements = path.join(root, 'jupyter', 'requirements.txt');

export const pythonStep: Step = {
  name: 'Python environment',
  does: 'makes .venv with JupyterLab, nbconvert and plotly as pinned in jupyter/requirements.txt (downloads 90 MB)',
  // The environment holds absolute paths: a moved checkout needs a new one.
  inputs: () => [root, readFileSync(requirements, 'utf8')],
  present: () => existsSync(venvPython),
  run: async () => {
    const { log, how } = await makeEnvironment(venv, 10, 'python');
    // Not compiled: Python compiles what is used, which is a small part, when it is first used. And not
    // resolved: the requirements name all that is needed.
    const options = ['--no-user', '--no-compile', '--no-deps', '-r', requirements];
    await run(venvPython, ['-m', 'pip', 'install', '--require-hashes', ...options], { log });
    await mkdir(path.join(venv, 'jupyter')); // IPython wants the parent of its folder to exist.
    // JupyterLab's own scripts are CommonJS, whatever a package.json further up says.
    await writeFile(path.join(venv, 'package.json'), '{ "type": "commonjs" }\n');
    return how;
  },
};

/**
 * Makes an environment with nothing in it yet but pip, in place of what is there.
 *
 * @param minor version 3.minor of Python, or later
 * @param name of the log file
 * @returns the log file for what follows, and a sentence on what was used
 */
export async function makeEnvironment(
  folder: string,
  minor: number,
  name: string,
): Promise<{ log: string; how: string }> {
  const { executable, version } = systemPython(minor);
  const log = path.join(cache, 'logs', `${name}.log`);
  await rm(log, { force: true });
  await rm(folder, { recursive: true, force: true });
  await run(executable, ['-m', 'venv', folder], { log });
  return { log, how: `made with Python ${version.join('.')} (${executable})` };
}

/**
 * A Python of this machine: the one that PYTHON names, else the first on PATH that serves.
 *
 * @param minor version 3.minor or later
 * @throws Error that names what was found and what to install
 */
export function systemPython(minor: number): Python {
  return findPython(candidates(), askPython, minor);
}

/** Commands that may start Python, best first; only PYTHON if that is set. */
function candidates(): string[][] {
  if (process.env.PYTHON) return [[process.env.PYTHON]];
  const versions = [14, 13, 12, 11, 10].map((minor) => [`python3.${minor}`]);
  return [['python3'], ['python'], ['py', '-3'], ...versions];
}

/**
 * The first interpreter that is Python 3.minor or later and can make virtual environments.
 *
 * @param ask what an interpreter says of itself; undefined if it can't be started
 * @throws Error that names what was found and what to install
 */
export function findPython(
  commands: readonly string[][],
  ask: (command: string[]) => Python | undefined,
  minor: number,
): Python {
  const found = commands.flatMap((command) => ask(command) ?? []);
  const recent = found.filter(({ version }) => version[0] === 3 && version[1] >= minor);
  const usable = recent.find((python) => python.venv);
  if (usable) return usable;
  if (recent.length > 0) {
    const [{ executable, version }] = recent;
    throw new Error(
      `${executable} (Python ${version.join('.')}) has no venv and ensurepip modules. ` +
        `On Debian and Ubuntu: apt install python3-venv.`,
    );
  }
  const seen = found.map(({ executable, version }) => `${executable} is ${version.join('.')}`);
  throw new Error(
    `Python 3.${minor} or later was not found (tried ${commands.map((c) => c.join(' ')).join(', ')}` +
      `${seen.length > 0 ? `; ${seen.join(', ')}` : ''}). Install it (Debian, Ubuntu: apt install python3 ` +
      `python3-venv; macOS: brew install python), or name it: PYTHON=/path/to/python3 npm start`,
  );
}

const question = `
import importlib.util as u, json, sys
venv = all(u.find_spec(m) is not None for m in ("venv", "ensurepip"))
print(json.dumps({"executable": sys.executable, "version": sys.version_info[:2], "venv": venv}))`;

/** Asks an interpreter for its version; undefined if it can't be started. */
export function askPython([program, ...args]: string[]): Python | undefined {
  const { status, stdout } = spawnSync(program, [...args, '-c', question], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return status === 0 ? (JSON.parse(stdout) as Python) : undefined;
}
