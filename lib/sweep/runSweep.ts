import { createHash } from 'node:crypto';
import { measuredOn, today } from '#lib/hardware/measuredOn';
import { measureLatency, type VariantLatency } from '#lib/timers/latency';
import { passThroughModel } from '#lib/timers/passThrough';
import { greatestSpread } from '#lib/timers/spread';
import { runCases, type CaseProgress } from '#lib/records/runCases';
import { flopsPerCall, type SweepCase, type SweepProtocol } from '#lib/sweep/cases';
import { allForms, forms, squareModel, squareRows, type Form } from '#lib/sweep/squareModel';
import { sweepRecords, type SweepRecord } from '#lib/sweep/sweepRecord';

export interface RunSweepOptions {
  readonly protocol: SweepProtocol;
  /** Where records are kept; `build/sweep` if left out. */
  readonly directory?: string;
  readonly onProgress?: CaseProgress;
  /** Ends the sweep; what is measured by then is kept. */
  readonly signal?: AbortSignal;
}

/**
 * Measures all forms of the network of each case. Every case is kept as soon as it is measured, and one
 * that was measured before, on this machine with this engine, protocol and making of models, is not
 * measured again: a sweep that was interrupted goes on where it stopped.
 *
 * A case of which the runs of a form spread by more than the protocol's limit is timed once more; the
 * steadier of the two timings is kept.
 *
 * @returns one record for each case, in their order
 * @throws the signal's reason, once the signal is aborted
 */
export async function runSweep(
  cases: readonly SweepCase[],
  { protocol, directory, onProgress, signal }: RunSweepOptions,
): Promise<SweepRecord[]> {
  const common = { protocol, ...(await measuredOn()), recipe: await recipe() };
  const records = sweepRecords(directory);
  const variants = lastNetwork();
  return runCases(cases, {
    find: (one) => records.find({ case: one, ...common }),
    measure: async (one) => {
      const measurement = await measureSteadily(one, protocol, await variants(one), signal);
      return records.save({ case: one, ...common, ...measurement, date: today() });
    },
    estimatedSeconds: (one) => estimatedSeconds(one, protocol),
    onProgress,
    signal,
  });
}

interface NamedModel {
  readonly name: string;
  readonly model: Uint8Array;
}

/** What is timed of a network: its forms, and a model that does nothing. */
async function variantsOf({ width, depth }: Network): Promise<NamedModel[]> {
  const models = await allForms(squareModel({ width, depth }), squareRows(width, 8));
  const overhead = { name: 'overhead', model: passThroughModel(width, 1) };
  return [...forms.map((form) => ({ name: form, model: models[form] })), overhead];
}

type Network = Pick<SweepCase, 'width' | 'depth'>;

/** The variants of a case's network, which are made anew only when the network changes. */
function lastNetwork(): (one: SweepCase) => Promise<NamedModel[]> {
  let last: { name: string; variants: NamedModel[] } | undefined;
  return async ({ width, depth }) => {
    const name = `${width}-${depth}`;
    if (last?.name !== name) {
      last = undefined; // frees the memory first: hundreds of MB
      last = { name, variants: await variantsOf({ width, depth }) };
    }
    return last.variants;
  };
}

/** Hash of the variants of a small network: of their names and of every byte. */
async function recipe(): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, model } of await variantsOf({ width: 16, depth: 2 })) {
    hash.update(name).update(model);
  }
  return hash.digest('hex');
}

type Timing = Pick<SweepRecord, 'latency' | 'overhead'>;

async function measureSteadily(...measured: Parameters<typeof measureCase>): Promise<Timing> {
  const [, { spreadLimit }] = measured;
  const spread = ({ latency }: Timing): number => greatestSpread(Object.values(latency));
  const first = await measureCase(...measured);
  if (spread(first) <= spreadLimit) return first;
  const again = await measureCase(...measured);
  return spread(again) < spread(first) ? again : first;
}

async function measureCase(
  { width, batchSize, threads }: SweepCase,
  protocol: SweepProtocol,
  variants: readonly NamedModel[],
  signal?: AbortSignal,
): Promise<Timing> {
  const features = { kind: 'dense', width, values: squareRows(width, batchSize) } as const;
  const timing = { ...protocol, batchSizes: [batchSize], threads, signal };
  const results = await measureLatency(variants, features, timing);
  const latency = Object.fromEntries(forms.map((form, i) => [form, results[i]])) as Record<
    Form,
    VariantLatency
  >;
  return { latency, overhead: results[forms.length] };
}

/** Operations in a second that a slow CPU does: only the shares of the cases in the whole matter. */
const estimatedFlops = 3e10;

function estimatedSeconds(one: SweepCase, protocol: SweepProtocol): number {
  const { runs, runMilliseconds, runCalls } = protocol;
  const call = flopsPerCall(one) / estimatedFlops;
  const run = Math.max(runMilliseconds / 1000, runCalls * call) + call;
  const making = (one.width ** 2 * one.depth) / 1e7; // of the models
  return (forms.length + 1) * (runs + 1) * run + making;
}
