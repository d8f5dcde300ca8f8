/** Where the time of a call goes, by stage, from the engine's profiler. */
import type { Figure } from '#lib/report/figure';
import { significant } from '#lib/report/numbers';
import { arrange, type Panel, type Series } from '#lib/report/panels';
import { withProgress } from '#lib/report/progress';
import { profileModels, type Profile } from '#lib/timers/profileModels';

/** What is done at each stage, and by which operators. */
const stages = {
  quantize: ['DynamicQuantizeLinear', 'QuantizeLinear'],
  multiply: ['MatMul', 'Gemm', 'FusedGemm', 'MatMulInteger', 'QGemm', 'QLinearMatMul'],
  'scale back and add bias': ['Cast', 'Mul', 'Add', 'DequantizeLinear'],
  'all three in one': ['DynamicQuantizeMatMul', 'MatMulIntegerToFloat'],
  ReLU: ['Relu'],
  engine: [],
  'call from JavaScript': [],
} as const;

/** A stage, or the name of an operator that belongs to none. */
type Stage = string;

/** One model, profiled in one way. */
export interface ProfileCase {
  /** What the figure calls it. */
  readonly name: string;
  readonly model: Uint8Array;
  /** Node by node as written; else as the engine runs it, with nodes fused. */
  readonly asWritten: boolean;
}

export interface TimeShares {
  readonly name: string;
  readonly batchSize: number;
  /** Median time in a call, µs, in the order of the stages. */
  readonly stages: ReadonlyMap<Stage, number>;
  readonly totalMicroseconds: number;
}

/** Profiles all cases in turns at each batch size, with a progress display. */
export function profileCases(
  title: string,
  cases: readonly ProfileCase[],
  batches: readonly { batchSize: number; batch: Float32Array }[],
  { threads, calls }: { threads: number; calls: number },
): Promise<TimeShares[]> {
  return withProgress(`Profiling ${title}`, 'turns', async (progress, signal) => {
    const results: TimeShares[] = [];
    for (const [i, { batchSize, batch }] of batches.entries()) {
      const onProgress = (done: number, total: number): void => {
        progress(i * total + done, batches.length * total);
      };
      const profiles = await profileModels(cases, batch, { threads, calls, onProgress, signal });
      profiles.forEach((profile, k) => {
        results.push({ name: cases[k].name, batchSize, ...timeShares(profile) });
      });
    }
    return results;
  });
}

/** The times of a profile, by stage. */
export function timeShares(profile: Profile): Pick<TimeShares, 'stages' | 'totalMicroseconds'> {
  const times = new Map<Stage, number>(Object.keys(stages).map((stage) => [stage, 0]));
  const add = (stage: Stage, time: number): void => {
    times.set(stage, (times.get(stage) ?? 0) + time);
  };
  for (const [operator, time] of profile.operators) {
    const found = Object.entries(stages).find(([, operators]) =>
      (operators as readonly string[]).includes(operator),
    );
    add(found?.[0] ?? operator, time);
  }
  add('engine', profile.engineMicroseconds);
  add('call from JavaScript', profile.callMicroseconds);
  const present = new Map([...times].filter(([, time]) => time > 0));
  const totalMicroseconds = [...present.values()].reduce((sum, time) => sum + time, 0);
  return { stages: present, totalMicroseconds };
}

/** Stacked bars: a panel for each batch size, a bar for each case. */
export function timeSharesFigure(results: readonly TimeShares[], subtitle: string): Figure {
  const sizes = [...new Set(results.map(({ batchSize }) => batchSize))];
  const names = [...new Set(results.flatMap((result) => [...result.stages.keys()]))];
  const order = Object.keys(stages);
  names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const panels = sizes.map((size, i): Panel => {
    const bars = results.filter(({ batchSize }) => batchSize === size);
    return {
      title: `Batch ${size}`,
      series: names.map((stage): Series => ({
        type: 'bar',
        name: stage,
        x: bars.map(({ name }) => name.replaceAll(', ', ',<br>')),
        y: bars.map((bar) => bar.stages.get(stage) ?? 0),
      })),
      xaxis: { title: { text: '' }, tickfont: { size: 10 } },
      yaxis: { title: { text: i === 0 ? 'Time in a call (µs)' : '' }, rangemode: 'tozero' },
    };
  });
  const { data, layout } = arrange(panels);
  return {
    title: 'Where the time of a call goes',
    subtitle,
    alt: results.map(describe).join(' '),
    data,
    layout: { ...layout, barmode: 'stack', height: 460 },
  };
}

/** Shares of all stages of each case, the greatest first, one sentence each. */
export function timeShareFindings(results: readonly TimeShares[]): string[] {
  return results.map(({ name, batchSize, stages: times, totalMicroseconds }) => {
    const sorted = [...times].sort((a, b) => b[1] - a[1]);
    const shares = sorted.map(
      ([stage, time]) => `${stage} ${Math.round((100 * time) / totalMicroseconds)} %`,
    );
    const total = significant(totalMicroseconds, 3);
    return `Batch ${batchSize}, ${name}: ${total} µs under the profiler; ${shares.join(', ')}.`;
  });
}

function describe({ name, batchSize, stages: times }: TimeShares): string {
  const parts = Array.from(times, ([stage, time]) => `${stage} ${significant(time, 3)} µs`);
  return `Batch ${batchSize}, ${name}: ${parts.join(', ')}.`;
}
