// npm run fuzz: gives mutated files to the readers, until the time is over or one of them fails.
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { mutated } from '#lib/fuzz/mutations';
import { offer, readers } from '#lib/fuzz/readers';
import { withProgress } from '#lib/report/progress';

const { minutes, seed } = new Command('npm run fuzz --')
  .description(
    'Gives mutated files to the readers of IDX, TSV, NPY and ONNX files. Fails where one hangs, takes ' +
      'much memory, or ends otherwise than with a result or an error of its own.',
  )
  .option('--minutes <number>', 'how long', positive, 15)
  .option('--seed <number>', 'where to begin', positive, 1)
  .parse()
  .opts<{ minutes: number; seed: number }>();

function positive(text: string): number {
  if (!(Number(text) > 0)) throw new InvalidArgumentError('Give a number above 0.');
  return Number(text);
}

/** Inputs that are tried with one seed. */
const round = 5000;
/** Longest time for one input, and most memory of the whole process. */
const [mostSeconds, mostBytes] = [5, 1e9];

/** Number of inputs tried so far, and the seed: what the watchdog sees when an input hangs. */
const place = new Int32Array(new SharedArrayBuffer(8));
const watchdog = `
  const { workerData: place } = require('node:worker_threads');
  let last = -1;
  setInterval(() => {
    if (place[0] === last) {
      console.error('An input hangs: number ' + last + ', in the round of seed ' + place[1]);
      process.kill(process.pid, 'SIGKILL');
    }
    last = place[0];
  }, ${mostSeconds * 1000});`;

async function fuzz(): Promise<void> {
  new Worker(watchdog, { eval: true, workerData: place }).unref();
  const counts = readers.map(({ name }) => ({ name, inputs: 0, refused: 0 }));
  const end = performance.now() + minutes * 60_000;
  let peak = 0;
  await withProgress('Fuzzing', 'seconds', async (progress, signal) => {
    for (let next = seed; performance.now() < end; next++) {
      signal.throwIfAborted();
      place[1] = next;
      readers.forEach((reader, i) => {
        const property = fc.property(mutated(reader.whole), (bytes) => {
          place[0]++;
          counts[i].inputs++;
          if (!offer(reader, bytes)) counts[i].refused++;
        });
        fc.assert(property, { numRuns: round, seed: next });
      });
      peak = Math.max(peak, process.memoryUsage.rss());
      if (peak > mostBytes)
        throw new Error(`${Math.round(peak / 1e6)} MB were taken by seed ${next}`);
      const seconds = Math.round(minutes * 60 - (end - performance.now()) / 1000);
      progress(seconds, Math.round(minutes * 60));
      await new Promise(setImmediate);
    }
  });
  for (const { name, inputs, refused } of counts) {
    console.log(
      `${name}: ${inputs.toLocaleString('en-US')} inputs, ${refused.toLocaleString('en-US')} refused`,
    );
  }
  const all = counts.reduce((sum, { inputs }) => sum + inputs, 0);
  console.log(
    `${all.toLocaleString('en-US')} inputs in all; at most ${Math.round(peak / 1e6)} MB of memory`,
  );
}

fuzz().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.cause ?? '') : '', error);
  process.exitCode = 1;
});
