import { z } from 'zod';
import { entropyObserver } from '#lib/quantizers/observers/entropyObserver';
import {
  histogramObserver,
  torchHistogramSchema,
} from '#lib/quantizers/observers/histogramObserver';
import {
  minMaxObserver,
  movingAverageObserver,
  type StatefulObserver,
} from '#lib/quantizers/observers/observer';
import { percentileObserver } from '#lib/quantizers/observers/percentileObserver';
import { seenValuesSchema } from '#lib/quantizers/observers/valueCollection';

const rangeSchema = z.object({ min: z.number(), max: z.number() });
const binning = z.enum(['streaming', 'onnxruntime']);
const bins = z.number();

/** Of each kind of observer, its settings, and what it has seen. */
const observerStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('min-max'), seen: rangeSchema.optional() }),
  z.object({
    kind: z.literal('moving-average'),
    seen: rangeSchema.extend({ first: rangeSchema, batches: z.number() }).optional(),
  }),
  z.object({
    kind: z.literal('percentile'),
    percentile: z.number(),
    symmetric: z.boolean(),
    bins,
    binning,
    seen: seenValuesSchema.optional(),
  }),
  z.object({
    kind: z.literal('entropy'),
    bins,
    quantizedBins: z.number(),
    binning,
    seen: seenValuesSchema.optional(),
  }),
  z.object({ kind: z.literal('histogram'), bins, seen: torchHistogramSchema.optional() }),
]);

export type ObserverState = z.infer<typeof observerStateSchema>;

/**
 * The observer whose `state()` this was: it goes on where that one stopped.
 *
 * @param state parsed JSON
 * @throws Error if it is no such state, saying where
 */
export function restoreObserver(state: unknown): StatefulObserver {
  const parsed = observerStateSchema.safeParse(state);
  if (!parsed.success) {
    throw new Error(`This is no state of an observer: ${z.prettifyError(parsed.error)}`);
  }
  const { data } = parsed;
  switch (data.kind) {
    case 'min-max':
      return minMaxObserver(data.seen);
    case 'moving-average':
      return movingAverageObserver(data.seen);
    case 'percentile':
      return percentileObserver(data, data.seen);
    case 'entropy':
      return entropyObserver(data, data.seen);
    case 'histogram':
      return histogramObserver(data, data.seen);
  }
}
