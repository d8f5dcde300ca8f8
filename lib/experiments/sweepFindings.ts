/** What the sweep shows, in sentences and rows made from its records. */
import { median } from 'simple-statistics';
import { breakEven, byBatchSize } from '#lib/sweep/breakEven';
import { significant, threadsText } from '#lib/report/numbers';
import { sweepConditions, type SweepSlice } from '#lib/experiments/sweepFigures';
import type { Row } from '#lib/report/table';
import type { Form } from '#lib/sweep/squareModel';
import { speedUp, type SweepRecord } from '#lib/sweep/sweepRecord';
import { greatestSpread } from '#lib/timers/spread';

/** What was measured, when and how, and which cases the machine disturbed. */
export function sweepFinding(records: readonly SweepRecord[]): string {
  const { runs, spreadLimit } = records[0].protocol;
  const unsteady = records.filter(
    ({ latency }) => greatestSpread(Object.values(latency)) > spreadLimit,
  );
  const limit = percentage(spreadLimit);
  const withThreads = unsteady.filter((record) => record.case.threads > 1).length;
  return (
    `${records.length} cases, ${sweepConditions(records)}, ${runs} runs each. A case was timed once more ` +
    `where the runs of a form spread by more than ${limit} of their mean, and the steadier timing was ` +
    `kept. ` +
    (unsteady.length === 0
      ? 'In the end all were steadier than that.'
      : `${unsteady.length} of them stayed beyond it, ${withThreads} of these with more than one thread.`)
  );
}

/** Where a form starts to win, one sentence for each batch size. */
export function breakEvenFindings(
  records: readonly SweepRecord[],
  slice: SweepSlice,
  form: Form,
): string[] {
  return [...byBatchSize(records, slice)].map(([size, row]) => {
    const point = breakEven(row, form);
    const best = row.reduce((a, b) => (speedUp(a, form) > speedUp(b, form) ? a : b));
    const most = `at most ${times(speedUp(best, form))} (width ${best.case.width})`;
    const where = {
      from: `is faster than float32 from a width of about ${Math.round(point.width)}`,
      everywhere: `is faster than float32 at every width measured, from ${point.width} on`,
      nowhere: `is not faster than float32 even at a width of ${point.width}`,
    }[point.kind];
    return `Batch ${size}: ${form} ${where}; ${most}.`;
  });
}

/** What a form is like on narrow layers, and how much of the time there is the call itself. */
export function narrowFinding(records: readonly SweepRecord[], form: Form): string {
  const narrowest = Math.min(...records.map((record) => record.case.width));
  const alone = records.filter(
    ({ case: one }) => one.width === narrowest && one.batchSize === 1 && one.threads === 1,
  );
  const depths = alone.map((record) => record.case.depth);
  const [least, most] = [Math.min(...depths), Math.max(...depths)];
  const over = least === most ? `depth ${least}` : `median over ${least} to ${most} layers`;
  const gain = median(alone.map((record) => speedUp(record, form)));
  const share = median(
    alone.map(
      ({ overhead, latency }) => overhead.medianMicroseconds / latency.float32.medianMicroseconds,
    ),
  );
  return (
    `On the narrowest layers (width ${narrowest}, batch 1, ${over}) ${form} runs at ${times(gain)} ` +
    `the speed of float32, and a call that does no arithmetic takes ${percentage(share)} as long as ` +
    `one of float32: ` +
    (gain < 1
      ? 'there is next to nothing to multiply, and the steps of quantization come on top.'
      : 'there is next to nothing to multiply, so there is next to nothing to win.')
  );
}

/** Whether float16 is a gain anywhere, over all cases. */
export function float16Finding(records: readonly SweepRecord[]): string {
  const gains = records.map((record) => speedUp(record, 'float16'));
  const middle = median(gains);
  const near = Math.abs(Math.log2(middle)) < Math.log2(1.1);
  return (
    `float16: the median over ${records.length} cases is ${times(middle)} the speed of float32. ` +
    (near
      ? 'That is no difference: the weights are widened to float32 once, when the model is loaded, and ' +
        'the same kernels run. Single cases above and below it show how far timings scatter here.'
      : 'The same float32 kernels run, on weights that were widened when the model was loaded; a ' +
        'difference of this size says that the machine was disturbed while it measured.')
  );
}

/** The same network at the same batch size with one thread, and with more. */
interface ThreadPair {
  readonly one: SweepRecord;
  readonly many: SweepRecord;
}

function threadPairs(records: readonly SweepRecord[]): ThreadPair[] {
  return records
    .flatMap((many): ThreadPair[] => {
      if (many.case.threads === 1) return [];
      const { width, depth, batchSize } = many.case;
      const one = records.find(
        ({ case: other }) =>
          other.threads === 1 &&
          other.width === width &&
          other.depth === depth &&
          other.batchSize === batchSize,
      );
      return one ? [{ one, many }] : [];
    })
    .sort(
      ({ one: { case: a } }, { one: { case: b } }) =>
        a.width - b.width || a.batchSize - b.batchSize,
    );
}

/** Calls beyond this, µs, are long against the handing over to a second thread … */
const longMicroseconds = 500;
/** … so that it can't bring them below this share of their speed. */
const slowerThanHandingOver = 0.85;

function isLong({ latency }: SweepRecord, form: Form): boolean {
  return latency[form].medianMicroseconds > longMicroseconds;
}

function threadGain({ one, many }: ThreadPair, form: Form): number {
  return one.latency[form].medianMicroseconds / many.latency[form].medianMicroseconds;
}

/** Times of each form with one thread and with more, by width and batch; none on a machine with one core. */
export function threadRows(records: readonly SweepRecord[], shown: readonly Form[]): Row[] {
  return threadPairs(records).map((pair) => ({
    Width: pair.one.case.width,
    Batch: pair.one.case.batchSize,
    ...Object.fromEntries(
      shown.flatMap((form): [string, string][] => [
        ...[pair.one, pair.many].map(({ case: { threads }, latency }): [string, string] => [
          `${form}, ${threadsText(threads)} (µs)`,
          significant(latency[form].medianMicroseconds, 3),
        ]),
        [`${form}, times faster`, threadGain(pair, form).toFixed(2)],
      ]),
    ),
  }));
}

/** What a second thread does to each form. */
export function threadFindings(records: readonly SweepRecord[], shown: readonly Form[]): string[] {
  const pairs = threadPairs(records);
  if (pairs.length === 0) return ['This machine has one core to offer: threads were not compared.'];
  return shown.map((form) => {
    const gains = pairs.map((pair) => threadGain(pair, form));
    const best = gains.indexOf(Math.max(...gains));
    const worst = gains.indexOf(Math.min(...gains));
    const at = (i: number): string => `${times(gains[i])} at ${shapeText(pairs[i])}`;
    return (
      `${form}, ${pairs[0].many.case.threads} threads against 1: from ${at(worst)} to ${at(best)}.` +
      slowedText(pairs, form)
    );
  });
}

/** The long calls that a second thread slows down, and whether it slows down those of float32, too. */
function slowedText(pairs: readonly ThreadPair[], form: Form): string {
  const isSlowed = (pair: ThreadPair, one: Form): boolean =>
    threadGain(pair, one) < slowerThanHandingOver;
  const slowed = pairs.filter((pair) => isLong(pair.one, form) && isSlowed(pair, form));
  const disturbed = slowed.filter((pair) => isSlowed(pair, 'float32')).map(shapeText);
  const alone = slowed
    .filter((pair) => !isSlowed(pair, 'float32'))
    .map(
      (pair) =>
        `${shapeText(pair)} (${times(threadGain(pair, form))}, ` +
        `float32 ${times(threadGain(pair, 'float32'))})`,
    );
  return (
    (disturbed.length === 0
      ? ''
      : ' Handing over takes microseconds, and does not make so long a call that much slower: at ' +
        `${disturbed.join('; ')} the threads waited for a core that had other work, which tells of the ` +
        'machine, not of the engine.') +
    (alone.length === 0
      ? ''
      : ` A second thread slows ${form} down, and not float32, at ${alone.join('; ')}: why was not ` +
        'examined.')
  );
}

function shapeText({ many: { case: one } }: ThreadPair): string {
  return `width ${one.width}, batch ${one.batchSize}`;
}

/** `2.41 ×` */
function times(value: number): string {
  return `${value.toFixed(2)} ×`;
}

function percentage(share: number): string {
  return `${Math.round(100 * share)} %`;
}
