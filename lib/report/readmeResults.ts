import { readFileSync } from 'node:fs';
import { markdownTable } from '#lib/report/markdownTable';
import { withPart } from '#lib/report/markedPart';
import { recordCaption, recordRows } from '#lib/report/recordRows';
import { span } from '#lib/report/numbers';
import type { Measurement } from '#lib/report/records';
import { writeWhole } from '#lib/wholeFile';

/** Writes the headline and the results table of the README from the records. */
export async function updateReadme(file: string, records: readonly Measurement[]): Promise<void> {
  const text = await formatted(withResults(readFileSync(file, 'utf8'), records), file);
  writeWhole(file, text);
}

/** The text as `npm run lint` wants it in that file. */
export async function formatted(text: string, file: string): Promise<string> {
  const { format, resolveConfig } = await import('prettier'); // which only those who publish need
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

/**
 * The text with the headline of the records between its markers `<!-- headline:start -->` and
 * `<!-- headline:end -->`, and between `<!-- results:start -->` and `<!-- results:end -->` with their
 * table, and under it what they have in common.
 *
 * @throws Error if there are no records, or none in int8, or if the text lacks a marker
 */
export function withResults(text: string, records: readonly Measurement[]): string {
  if (records.length === 0) {
    throw new Error('There are no records in build/results: make them with npm start.');
  }
  const table = [markdownTable(recordRows(records)), '', recordCaption(records)].join('\n');
  return withPart(withPart(text, 'results', table), 'headline', headline(records));
}

/**
 * What int8 does to the models, in a sentence: all of them and both kinds of int8 together, times as
 * medians.
 *
 * @throws Error if no model was measured in int8, or one not in float32 too
 */
function headline(records: readonly Measurement[]): string {
  const pairs = records
    .filter(({ dtype }) => dtype === 'qint8')
    .map((int8) => {
      const float32 = records.find(
        ({ model, dtype }) => model === int8.model && dtype === 'float32',
      );
      if (!float32) throw new Error(`${int8.model} was not measured in float32`);
      return { int8, float32 };
    });
  if (pairs.length === 0) throw new Error('No model was measured in int8.');
  const smaller = pairs.map(({ int8, float32 }) => float32.sizeBytes / int8.sizeBytes);
  const faster = pairs[0].int8.latency.map(({ batchSize }, i) => {
    const times = pairs.map(
      ({ int8, float32 }) =>
        float32.latency[i].medianMicroseconds / int8.latency[i].medianMicroseconds,
    );
    return `${span(times, 2)} times as fast at batch ${batchSize}`;
  });
  const points = pairs.map(({ int8, float32 }) => Math.abs(100 * (share(int8) - share(float32))));
  const models = new Set(records.map(({ model }) => model)).size;
  return (
    `In int8 the ${models} models are ${span(smaller, 2)} times smaller than in float32 and ` +
    `${faster.join(', ')}; their accuracy stays within ${Math.max(...points).toFixed(2)} points. ` +
    `([Results](#results): one machine, one seed.)`
  );
}

function share({ accuracy: { correct, total } }: Measurement): number {
  return correct / total;
}
