// What every command starts with: `node setup/bootstrap.mjs start|test|lab|pdf|bench|publish [arguments]`.
// Needs only Node and npm. Installs the npm packages, then runs commands/<command>.ts.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { isSupportedNode } from './nodeVersion.mjs';
import { optionTakenByNpm } from './npmOptions.mjs';
import { packagesInstalled } from './packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);

if (!isSupportedNode(process.versions.node)) {
  console.error(
    `This is Node ${process.versions.node}; the lab needs Node 20 (20.19 or later) or Node 22 (22.12 or ` +
      `later). Newer releases lack functions that tfjs-node calls. Install Node 22 from your package ` +
      `manager or the Node website, or with nvm: nvm install 22`,
  );
  process.exit(1);
}

const taken = optionTakenByNpm(process.env);
if (taken !== undefined) {
  const script = command === 'start' || command === 'test' ? command : `run ${command}`;
  console.error(
    `npm kept --${taken} for itself. Options of the lab stand behind two dashes: npm ${script} -- --${taken}`,
  );
  process.exit(1);
}

process.exitCode = await withLock(join(root, '.cache', 'setup.lock'), installPackages);
if (process.exitCode === 0) {
  process.exitCode = await run(process.execPath, [
    '--import',
    'tsx',
    join(root, 'commands', `${command}.ts`),
    ...args,
  ]);
}

/** @returns {Promise<number>} exit code */
async function installPackages() {
  if (packagesInstalled(root)) return 0;
  console.log('npm packages: installs what package-lock.json names (about half a minute) …');
  const npm = ['ci', '--include=dev', '--loglevel=error'];
  const cli = process.env.npm_execpath ?? '';
  const code = /npm-cli\.c?js$/.test(cli)
    ? await run(process.execPath, [cli, ...npm])
    : await run('npm', npm);
  if (code === 130) {
    console.error('\nStopped.');
  } else if (code !== 0) {
    console.error(
      'npm packages: could not be installed; see the message of npm above. The lab needs them. ' +
        'Check the network (npm ping), then run the same command again.',
    );
  }
  return code;
}

/**
 * Runs a program in the repository root, to its end even after Ctrl-C.
 *
 * @param {string} program
 * @param {string[]} programArgs
 * @returns {Promise<number>} exit code; 130 when stopped by Ctrl-C
 */
function run(program, programArgs) {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && program === 'npm'; // npm is npm.cmd there
    const child = spawn(program, programArgs, { cwd: root, stdio: 'inherit', shell });
    let stopped = false;
    const stop = () => {
      stopped = true;
      // Ctrl-C in a terminal has reached the child as well; a signal to this process alone has not.
      setTimeout(() => child.kill('SIGTERM'), 1000).unref();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (signal !== null && !stopped) console.error(`${program} was ended by ${signal}.`);
      resolve(stopped ? 130 : (code ?? 1));
    });
  });
}
