import { median, quantile } from 'simple-statistics';
import { refusalReason } from '#bench/agreement';
import type { ContestantProcess } from '#bench/contestantProcess';
import type { Case, Listed } from '#bench/protocol';
import type { Absence, Memory, Net, Timing } from '#bench/results';
import { schedule } from '#lib/timers/interleave';

/** One side of the contest. */
export interface Side {
  /** `ours`, or the name of a peer. */
  readonly name: string;
  readonly process: ContestantProcess;
}

export interface ContestOptions {
  readonly net: Net;
  /** Folder with the materials. */
  readonly folder: string;
  readonly threads: number;
  readonly batches: readonly number[];
  readonly rounds: number;
  /** Least length of a contestant's turn in a round. */
  readonly milliseconds: number;
  readonly onRound?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Contest {
  readonly timings: readonly Timing[];
  readonly memory: readonly Memory[];
  readonly absent: readonly Absence[];
  /** What each side says it is, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

interface Entry extends Listed {
  readonly side: Side;
  readonly number: number;
}

/** Least number of calls in a turn, however slow they are. */
const leastCalls = 5;
/** Rounds of trainings: a turn of these is some steps, and takes longer. */
export const trainingRounds = 5;

/**
 * Lets the sides compute the same network on the same rows, in turns: in each round every contestant
 * makes some calls, and the next round starts with another. Who has other predictions than ours is not
 * timed, and who can't start is absent; both are told with the reason.
 *
 * @param sides ours first
 * @throws Error if our own side can't start, or its forms disagree
 */
export async function contest(sides: readonly Side[], options: ContestOptions): Promise<Contest> {
  const { net, threads, folder, batches, rounds, onRound } = options;
  const absent: Absence[] = [];
  const versions: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const side of sides) {
    try {
      const opened = await side.process.ask<'open'>({ do: 'open', folder, threads });
      versions[side.name] = opened.version;
      entries.push(...opened.contestants.map((listed, number) => ({ ...listed, side, number })));
    } catch (error) {
      if (side === sides[0]) throw error;
      absent.push({ side: side.name, reason: (error as Error).message });
    }
  }

  const agreed = await agreeing(entries, absent);
  const trainings = entries.filter((entry) => entry.case === 'training');
  const parts = [
    ...batches.map((batch) => ({ batch, entries: agreed, rounds })),
    { batch: 64, entries: trainings, rounds: Math.min(rounds, trainingRounds) },
  ];
  const total = parts.reduce((sum, part) => sum + part.rounds, 0);
  let done = 0;
  const timings: Timing[] = [];
  const memory: Memory[] = [];
  for (const part of parts) {
    if (part.entries === trainings) memory.push(...(await peaks(entries, net, threads)));
    const times = await takeTurns(part, options, () => onRound?.(++done, total));
    timings.push(...part.entries.map((entry, i) => timing(entry, part.batch, times[i], options)));
  }
  return { timings, memory, absent, versions };
}

/** Those with the predictions of the first of ours in the same case; others are added to the absent. */
async function agreeing(entries: readonly Entry[], absent: Absence[]): Promise<Entry[]> {
  const references = new Map<string, number[]>();
  const agreed: Entry[] = [];
  for (const entry of entries) {
    if (entry.case === 'training') continue;
    const reason = await disagreement(entry, entry.case, references);
    if (reason === undefined) agreed.push(entry);
    else {
      const { side, name } = entry;
      const what = `${entry.case}, ${name}`;
      if (side.name === 'ours') throw new Error(`ours, ${what}: ${reason}`);
      absent.push({ side: side.name, what, reason });
    }
  }
  return agreed;
}

/** Why an entry can't be timed: it fails, or its predictions are not those of its case. */
async function disagreement(
  { side, number }: Entry,
  name: Exclude<Case, 'training'>,
  references: Map<string, number[]>,
): Promise<string | undefined> {
  try {
    const { classes } = await side.process.ask<'classes'>({ do: 'classes', contestant: number });
    const reference = references.get(name) ?? classes;
    references.set(name, reference);
    return refusalReason(name, reference, classes);
  } catch (error) {
    return (error as Error).message;
  }
}

/** For each entry, for each round, the times of its calls, µs. */
async function takeTurns(
  { entries, batch, rounds }: { entries: readonly Entry[]; batch: number; rounds: number },
  { milliseconds, signal }: ContestOptions,
  onRound: () => void,
): Promise<number[][][]> {
  const times: number[][][] = entries.map(() => []);
  for (const order of schedule(entries.length, rounds)) {
    for (const i of order) {
      signal?.throwIfAborted();
      const { side, number: contestant } = entries[i];
      const command = { do: 'time', contestant, batch, milliseconds, calls: leastCalls } as const;
      times[i].push((await side.process.ask<'time'>(command)).microseconds);
    }
    onRound();
  }
  return times;
}

function timing(
  entry: Entry,
  batch: number,
  rounds: readonly number[][],
  { net, threads }: ContestOptions,
): Timing {
  const roundMedians = rounds.map((round) => median(round));
  const roundP95s = rounds.map((round) => quantile(round, 0.95));
  return {
    net,
    threads,
    batch,
    side: entry.side.name,
    case: entry.case,
    name: entry.name,
    reads: entry.reads,
    medianMicroseconds: median(roundMedians),
    p95Microseconds: median(roundP95s),
    calls: rounds.flat().length,
    roundMedians,
    roundP95s,
  };
}

async function peaks(entries: readonly Entry[], net: Net, threads: number): Promise<Memory[]> {
  const sides = [...new Set(entries.map(({ side }) => side))];
  const memory: Memory[] = [];
  for (const { name, process } of sides) {
    const { peakBytes } = await process.ask<'memory'>({ do: 'memory' });
    memory.push({ side: name, net, threads, peakBytes });
  }
  return memory;
}
