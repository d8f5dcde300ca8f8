/**
 * A fresh checkout in a folder with spaces and letters that are not ASCII, used by a user who is not root and
 * has no home: set up, killed, run again, without Python, without a browser, and by two at once.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { pageTexts } from '#jupyter/pdfPages';
import { startProgram, type Child, type Ended } from '#setup/childProcess';
import { root } from '#setup/environment';

/** Time for a set-up and a notebook, in ms. */
const patience = 15 * 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'faults-'));
const lab = path.join(folder, 'my lab – Größe 量');
const asRoot = process.getuid?.() === 0;
const nobody = '65534';

beforeAll(() => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\0').filter(Boolean)) {
    if (existsSync(path.join(root, file))) cpSync(path.join(root, file), path.join(lab, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(lab, 'node_modules'));
  mkdirSync(path.join(folder, 'home'));
  chmodSync(path.join(folder, 'home'), 0o555);
  if (asRoot) execFileSync('chown', ['-R', '-h', nobody, folder]);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
}, patience);

/** Runs a command of the lab, with nothing of this process's environment but what is named. */
function command(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Child {
  const env = {
    PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: path.join(folder, 'home'),
    ...variables,
  };
  const user = ['--reuid', nobody, '--regid', nobody, '--clear-groups'];
  return startProgram(
    'env',
    [
      ...['-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      ...(asRoot ? ['setpriv', ...user] : []),
      ...[process.execPath, path.join(lab, 'setup', 'bootstrap.mjs'), ...args],
    ],
    { cwd: folder },
  );
}

/** What a command ends with, which must be an error of a paragraph and no stack trace. */
async function refusal(child: Child, { task }: TestContext): Promise<string> {
  const { code, out, err } = await child.ended;
  expect(code, out).toBe(1);
  expect(err).not.toMatch(/^ +at /m);
  const message = err.trim().split('\n\n').at(-1) ?? '';
  task.meta.outcome = `${message.replaceAll(folder, '…').replaceAll('\n', ' ')} (exit code 1)`;
  return message;
}

const succeeds = async (child: Child): Promise<Ended> => {
  const ended = await child.ended;
  expect(ended.code, `${ended.out}${ended.err}`).toBe(0);
  return ended;
};

const build = (...names: string[]): string => path.join(lab, 'build', ...names);
const models = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(build('models')).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(build('models', name)))
        .digest('hex'),
    ]),
  );

const pdfText = (): Promise<string[]> =>
  pageTexts(readFileSync(build('04-dynamic-quantization.pdf')));

test.for(['18.20.4', '20.18.0', '23.1.0', '24.4.0'])('Node %s', async (version, { task }) => {
  const fake = `Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const child = startProgram(process.execPath, [
    ...['--import', `data:text/javascript,${encodeURIComponent(fake)}`],
    ...[path.join(lab, 'setup', 'bootstrap.mjs'), 'start', '--help'],
  ]);
  const { code, err } = await child.ended;
  expect(code).toBe(1);
  expect(err).toMatch(/^This is Node .* needs Node 20 .* Install Node 22 .*nvm install 22\n$/);
  task.meta.outcome = `${err.trim()} (exit code 1)`;
});

test('no Python', async (context) => {
  const message = await refusal(command(['start', '01'], { PYTHON: '/none/python3' }), context);
  expect(message).toMatch(/3\.10 or later was not found.*Install it .* PYTHON=/);
});

test('a section that there is not', async (context) => {
  expect(await refusal(command(['start', '99']), context)).toContain('There is no section 99');
});

test('a data folder that is not there', async (context) => {
  const message = await refusal(command(['start', '--data', '/none/data']), context);
  expect(message).toContain('/none/data, named as the data folder, does not exist');
});

test('a PDF of what has not been run', async (context) => {
  expect(await refusal(command(['pdf', '04']), context)).toContain('npm start -- 04');
});

test(
  'killed while a notebook runs, then run again: section 04 alone, and what it needs',
  async ({ task }) => {
    const killed = command(['start', '--sample', '04']);
    await killed.printed('== Notebooks');
    await killed.printed('04-dynamic-quantization  cell'); // a long one has ended
    await killed.kill();
    expect(existsSync(build('notebooks', '04-dynamic-quantization.ipynb'))).toBe(false);
    await succeeds(command(['start', '--sample', '04']));
    const trained = Object.keys(models()).map((name) => name.replace(/-seed.*/, ''));
    expect(trained.sort()).toEqual(['mnist', 'mnist-lab1', 'sst2', 'sst2-lab1']);
    expect(readdirSync(build('notebooks'))).toEqual(['04-dynamic-quantization.ipynb']);
    expect(readdirSync(build('html'))).toEqual(['04-dynamic-quantization.html']);
    expect(existsSync(build('04-dynamic-quantization.pdf'))).toBe(true);
    expect(readdirSync(path.join(folder, 'home'))).toEqual([]);
    task.meta.outcome = 'the notebook, its page and PDF, and the four models that it compares';
  },
  patience,
);

test(
  'the PDF export killed, then done again',
  async ({ task }) => {
    const before = await pdfText();
    const bytes = readFileSync(build('04-dynamic-quantization.pdf'));
    const killed = command(['pdf', '04']);
    await killed.printed('Printing the write-up');
    await killed.kill();
    expect(readFileSync(build('04-dynamic-quantization.pdf'))).toEqual(bytes);
    await succeeds(command(['pdf', '04']));
    expect(await pdfText()).toEqual(before);
    task.meta.outcome = 'the old PDF stays whole; the new one has the same text';
  },
  patience,
);

test(
  'two exports at once',
  async ({ task }) => {
    const [a, b] = await Promise.all(
      [command(['pdf', '04']), command(['pdf', '04'])].map(succeeds),
    );
    expect(`${a.out}${b.out}`).toMatch(/Another (set-up|run of notebooks or export) is running/);
    expect(await pdfText()).not.toEqual([]);
    task.meta.outcome = 'one waits for the other, and says so; both succeed';
  },
  patience,
);

test(
  'no browser',
  async (context) => {
    const message = await refusal(command(['pdf', '04'], { CHROME_PATH: '/none/chrome' }), context);
    expect(message).toMatch(/There is no PDF, for want of a browser.*npm run pdf/);
    expect(existsSync(build('html', '04-dynamic-quantization.html'))).toBe(true);
  },
  patience,
);

test(
  'a folder for results that may not be written',
  async (context) => {
    const before = models();
    chmodSync(build('html'), 0o555);
    const message = await refusal(command(['pdf', '04']), context);
    chmodSync(build('html'), 0o755);
    expect(message).toMatch(/can't be written: that is not permitted. Make the folder writable/);
    expect(models()).toEqual(before);
  },
  patience,
);
