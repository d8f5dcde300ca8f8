/** The browser that prints the write-up and tests JupyterLab. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { browserEnvironment, cache, environment, root } from '#setup/environment';
import { findProgram, isExecutable } from '#setup/findProgram';
import { interrupted } from '#setup/interrupt';
import { run } from '#setup/run';
import type { Step } from '#setup/step';

/** Chromium from the package @sparticuz/chromium, unpacked, with its libraries and fonts. */
const unpacked = path.join(cache, 'chromium');
const unpackedProgram = path.join(unpacked, 'chromium');

/** The system's fonts and the unpacked ones; a bare system has none and would print empty pages. */
const fontconfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">.</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

const advice =
  'Install Chromium, Chrome or Edge (Debian, Ubuntu: apt install chromium; macOS: brew install ' +
  '--cask google-chrome), or name the program: CHROME_PATH=/path/to/chrome';

export const browserStep: Step = {
  name: 'Browser',
  does: 'looks for Chromium, Chrome or Edge, else unpacks the one among the npm packages',
  inputs: () => [process.env.CHROME_PATH ?? '', ...installedBrowsers()],
  present: () => installedBrowsers().length > 0 || existsSync(unpackedProgram),
  run: async () => {
    try {
      return await tryBrowser();
    } catch (error) {
      const packaged = process.platform === 'linux' && process.arch === 'x64';
      if (!packaged || process.env.CHROME_PATH) throw error;
      await unpack();
      return await tryBrowser();
    }
  },
  without: `There will be no PDF, and JupyterLab is not tested. ${advice}.`,
};

/**
 * Starts a headless browser: the one that CHROME_PATH names, else an installed Chrome, Chromium or
 * Edge, else the unpacked one. The caller closes it.
 *
 * @throws Error that names what was tried and what to install
 */
export async function launchBrowser(): Promise<Browser> {
  interrupted.throwIfAborted();
  const programs = process.env.CHROME_PATH
    ? [process.env.CHROME_PATH]
    : [...installedBrowsers(), unpackedProgram].filter(isExecutable);
  const failures: string[] = [];
  for (const program of programs) {
    try {
      const browser = await launch(program);
      interrupted.addEventListener('abort', () => void browser.close(), { once: true });
      return browser;
    } catch (error) {
      failures.push(`${program} did not start: ${reason(error)}`);
    }
  }
  throw new Error([`No browser for PDF and pictures. ${advice}.`, ...failures].join('\n'));
}

async function launch(program: string): Promise<Browser> {
  const ours = program === unpackedProgram;
  const { chromium } = await import('playwright-core'); // Here, since most commands start no browser.
  return chromium.launch({
    executablePath: program,
    // Chromium refuses a sandbox to root, and the unpacked one has no helper to make it.
    chromiumSandbox: process.getuid?.() !== 0 && !ours,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
    env: ours
      ? {
          ...browserEnvironment(),
          LD_LIBRARY_PATH: path.join(unpacked, 'al2023', 'lib'),
          FONTCONFIG_FILE: path.join(unpacked, 'fonts', 'lab.conf'),
        }
      : browserEnvironment(),
    // Ctrl-C is handled by the command.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/** Browsers of this machine, best first. */
function installedBrowsers(): string[] {
  const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
  const onPath = [...names, 'microsoft-edge', 'microsoft-edge-stable'].flatMap(
    (name) => findProgram(name) ?? [],
  );
  const applications = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
    (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
  );
  const programFolders = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)']];
  const windows = programFolders.flatMap((folder) =>
    folder === undefined
      ? []
      : ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map(
          (file) => path.join(folder, file),
        ),
  );
  return [...onPath, ...[...applications, ...windows].filter(isExecutable)];
}

/** Unpacks the packaged Chromium. Its package unpacks to the temporary folder, so that is named. */
async function unpack(): Promise<void> {
  const partial = `${unpacked}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const code =
    "import('@sparticuz/chromium').then((chromium) => chromium.default.executablePath())";
  await run(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    // The second makes it unpack the libraries that a bare system lacks (libnss3 and its kin).
    env: { ...environment(), TMPDIR: partial, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' },
    log: path.join(cache, 'logs', 'browser.log'),
  });
  await writeFile(path.join(partial, 'fonts', 'lab.conf'), fontconfig);
  await rm(unpacked, { recursive: true, force: true });
  await rename(partial, unpacked);
}

async function tryBrowser(): Promise<string> {
  const browser = await launchBrowser();
  const version = browser.version();
  await browser.close();
  return `Chromium ${version}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
}
