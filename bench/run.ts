import path from 'node:path';
import { existsSync } from 'node:fs';
import { compareTimings } from '#bench/comparisons';
import { contest, type Contest, type Side } from '#bench/contest';
import { startContestant } from '#bench/contestantProcess';
import { writeMaterials } from '#bench/materials';
import { contestantEnvironment, peerPython, type Peer } from '#bench/peers';
import type { BenchResults, Net } from '#bench/results';
import { trainSideBySide } from '#lib/experiments/trainNetworks';
import { today } from '#lib/hardware/measuredOn';
import { hardwareReport } from '#lib/hardware/report';
import { machineLabel } from '#lib/hardware/reportRows';
import { datasetLabel } from '#lib/loaders/dataset';
import { loadDataset } from '#lib/loaders/load';
import { mnistModel, sst2Model } from '#lib/models/spec';
import { threadsText } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';

export interface BenchOptions {
  readonly peers: readonly Peer[];
  /** Fewer and shorter rounds, one thread: a look, not a measurement. */
  readonly quick: boolean;
  readonly signal?: AbortSignal;
}

const nets = { mnist: mnistModel, sst2: sst2Model };
const batches = [1, 64];
const seed = 1;

/**
 * Trains the networks (or reads them from `build/models`), writes what all sides need to
 * `build/bench`, and lets ours and the peers' processes take turns.
 */
export async function runBenchmark({ peers, quick, signal }: BenchOptions): Promise<BenchResults> {
  const report = await hardwareReport();
  const most = report.cpu.availableCores;
  const threadCounts = quick ? [1] : [...new Set([1, most])];
  const effort = quick ? { rounds: 5, milliseconds: 20 } : { rounds: 15, milliseconds: 50 };
  const contests: Contest[] = [];
  const data: Partial<Record<Net, string>> = {};
  let generated = false;
  for (const net of ['mnist', 'sst2'] as const) {
    const dataset = await loadDataset(nets[net].input);
    data[net] = datasetLabel(dataset);
    generated ||= dataset.origin === 'generated';
    const folder = path.join('build', 'bench', net);
    const [trained] = await trainSideBySide([{ spec: nets[net], dataset, seed }]);
    await writeMaterials(folder, trained, dataset);
    for (const threads of threadCounts) {
      signal?.throwIfAborted();
      const sides = [
        ourSide(threads),
        ...peers.filter(isInstalled).map((peer) => peerSide(peer, threads)),
      ];
      try {
        const title = `Timing ${net} side by side, ${threadsText(threads)}`;
        const options = { net, folder: path.resolve(folder), threads, batches, ...effort, signal };
        contests.push(
          await withProgress(title, 'rounds', (onRound) => contest(sides, { ...options, onRound })),
        );
      } finally {
        for (const { process } of sides) process.close();
      }
    }
  }
  const timings = contests.flatMap((each) => each.timings);
  const missing = peers
    .filter((peer) => !isInstalled(peer))
    .map(({ name }) => ({ side: name, reason: 'it could not be installed, see above' }));
  return {
    date: today(),
    machine: machineLabel(report),
    versions: Object.fromEntries([
      ['Node.js', report.node],
      ...contests.flatMap((each) => Object.entries(each.versions)),
    ]),
    data,
    generated,
    quick,
    rounds: effort.rounds,
    timings,
    comparisons: compareTimings(timings),
    absent: [...missing, ...contests.flatMap((each) => each.absent)],
    memory: contests.flatMap((each) => each.memory),
  };
}

function isInstalled(peer: Peer): boolean {
  return existsSync(peerPython(peer));
}

function ourSide(threads: number): Side {
  const args = ['--import', 'tsx', path.join(__dirname, 'ours.ts')];
  return {
    name: 'ours',
    process: startContestant(process.execPath, args, contestantEnvironment(threads)),
  };
}

function peerSide(peer: Peer, threads: number): Side {
  const { name, script } = peer;
  return {
    name,
    process: startContestant(peerPython(peer), [script], contestantEnvironment(threads)),
  };
}
