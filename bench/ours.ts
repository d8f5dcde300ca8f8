// Our side of the benchmark, in a process of its own as each peer is: answers commands of protocol.ts.
import { createInterface } from 'node:readline';
import type { Contestant } from '#bench/contestant';
import { openContestants } from '#bench/ourContestants';
import { readManifest, type Manifest } from '#bench/materials';
import { peakMemory } from '#bench/peakMemory';
import { callTimes, type Call } from '#bench/callTimes';
import type { Answer, Command } from '#bench/protocol';
import { argmaxRows } from '#lib/evaluation/accuracy';
import { packageVersion } from '#lib/hardware/packageVersion';
import { rowRange } from '#lib/loaders/dataset';

let manifest: Manifest;
let contestants: Contestant[] = [];
/** Made before a contestant's first turn and kept for all others, as the peers' are. */
const inputs = new Map<string, readonly Call[]>();

async function answer(command: Command): Promise<Answer<Command['do']>> {
  switch (command.do) {
    case 'open': {
      manifest = readManifest(command.folder);
      contestants = await openContestants(command.folder, command.threads);
      const version = `ours (onnxruntime-node ${packageVersion('onnxruntime-node')}, Node ${process.versions.node})`;
      return { version, contestants };
    }
    case 'classes': {
      const { testRows, widths } = manifest;
      const { call } = contestants[command.contestant];
      const classes: number[] = [];
      for (let start = 0; start < testRows; start += 64) {
        const logits = await call(rowRange(start, start + 64))();
        classes.push(...argmaxRows(logits, widths[widths.length - 1]));
      }
      return { classes };
    }
    case 'time': {
      const { contestant, batch, milliseconds, calls } = command;
      const { steps } = contestants[contestant];
      if (steps) return { microseconds: await steps() };
      const key = [contestant, batch].join();
      const own = inputs.get(key) ?? callsOf(contestants[contestant], batch);
      inputs.set(key, own);
      return { microseconds: await callTimes(own, { milliseconds, calls }) };
    }
    case 'memory':
      return { peakBytes: peakMemory() };
  }
}

/** Calls on different batches, at most 64. */
function callsOf({ call }: Contestant, batch: number): Call[] {
  const count = Math.min(64, Math.floor(manifest.testRows / batch));
  return Array.from({ length: count }, (_, i) => call(rowRange(i * batch, (i + 1) * batch)));
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    let reply: object;
    try {
      reply = await answer(JSON.parse(line) as Command);
    } catch (error) {
      reply = { error: error instanceof Error ? error.message : String(error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
void main();
