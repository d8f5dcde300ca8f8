/**
 * What the benchmark and its contestants' processes say to each other: one line of JSON for each command
 * and for each answer. `peers/protocol.py` is the same in Python.
 */
import { z } from 'zod';

const cases = ['float32', 'float16', 'dynamic-int8', 'static-int8', 'training'] as const;
export type Case = (typeof cases)[number];

/** What a contestant reads: dense rows, or only the words that sentences have. */
export type Reads = 'counts' | 'words';

export type Command =
  | { readonly do: 'open'; readonly folder: string; readonly threads: number }
  /** Classes that it chooses for all test rows, in batches of 64. */
  | { readonly do: 'classes'; readonly contestant: number }
  /** Times of single calls: for so long at least, and so many at least, after one that is not counted. */
  | {
      readonly do: 'time';
      readonly contestant: number;
      readonly batch: number;
      readonly milliseconds: number;
      readonly calls: number;
    }
  | { readonly do: 'memory' };

export const listedSchema = z.object({
  case: z.enum(cases),
  /** Configuration: `fbgemm, traced`. */
  name: z.string(),
  reads: z.enum(['counts', 'words']),
});

/** A form of the network in one configuration, numbered by its place in the list. */
export type Listed = z.infer<typeof listedSchema>;

/** What the answer to each command holds. */
export const answers = {
  open: z.object({ version: z.string(), contestants: z.array(listedSchema) }),
  classes: z.object({ classes: z.array(z.number().int().nonnegative()) }),
  time: z.object({ microseconds: z.array(z.number().positive()).min(1) }),
  memory: z.object({ peakBytes: z.number().positive() }),
};

export type Answer<Do extends Command['do']> = z.infer<(typeof answers)[Do]>;

/** In the place of an answer, when a command can't be carried out. */
export const refusal = z.object({ error: z.string() });
