import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { latencySchema } from '#lib/timers/summary';
import { writeWhole } from '#lib/wholeFile';
import { readJson } from '#lib/jsonFile';

/** In the order of all tables and figures. */
export const quantizations = ['--', 'D', 'S', 'W'] as const;
export const dtypes = ['float32', 'float16', 'qint8', 'qint4'] as const;

/** One row of the lab's results: one model, measured on one machine. */
const measurementSchema = z.object({
  /** Name of the model, as in `ModelSpec`. */
  model: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and hyphens'),
  dataset: z.object({
    name: z.enum(['MNIST', 'SST-2']),
    origin: z.enum(['real', 'generated']),
    /** SHA-256 of the data, hex. */
    checksum: z.string(),
  }),
  /** `--` none, `D` dynamic, `S` static, `W` weights only. */
  quantization: z.enum(quantizations),
  dtype: z.enum(dtypes),
  engine: z.object({ name: z.string().regex(/^[a-z0-9-]+$/), version: z.string().min(1) }),
  /** Threads of the engine. */
  threads: z.number().int().positive(),
  /** Bytes of the saved model. */
  sizeBytes: z.number().int().positive(),
  parameters: z.number().int().positive(),
  /** Floating-point operations for one example, by the convention of `modelCost`. */
  flops: z.number().int().positive(),
  accuracy: z
    .object({ correct: z.number().int().nonnegative(), total: z.number().int().positive() })
    .refine(({ correct, total }) => correct <= total, 'more correct answers than examples'),
  latency: z.array(latencySchema).min(1).readonly(),
  /** Seed of initialization and shuffling. */
  seed: z.number().int(),
  /** What trained the model, as `tfjsBackend` labels it: `tfjs-node 4.22.0 (native TensorFlow)`. */
  trainingBackend: z.string().min(1),
  /** Versions of what took part, by package name. */
  versions: z.record(z.string(), z.string()),
  /** One line from `machineLabel`. */
  machine: z.string().min(1),
  /** Day of the measurement, `2026-01-31`. */
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a day such as 2026-01-31'),
});

/** One row of the lab's results. Times are microseconds for one call, sizes bytes. */
export type Measurement = z.infer<typeof measurementSchema>;

/** Names of the forms of a model, in the order and so in the looks that all figures give them. */
export const formNames: readonly string[] = [
  'float32',
  'dynamic float16',
  'dynamic int8',
  'static int8',
  'weight-only int4',
  'weight-only int8',
];

/** What figures and texts call a form: one of `formNames`. */
export function formName({
  quantization,
  dtype,
}: Pick<Measurement, 'quantization' | 'dtype'>): string {
  const method = { '--': '', D: 'dynamic ', S: 'static ', W: 'weight-only ' }[quantization];
  return `${method}${dtype.replace('qint', 'int')}`;
}

/** Where records are kept, seen from the root of the repository. */
const resultsDirectory = join('build', 'results');

/**
 * File name of a record. A new measurement of the same model on the same data, with the same
 * quantization, engine and threads, gets the same name and so takes the old one's place.
 */
function fileName({ model, dataset, quantization, dtype, engine, threads }: Measurement): string {
  const method = { '--': 'none', D: 'dynamic', S: 'static', W: 'weight-only' }[quantization];
  return `${[model, dataset.origin, method, dtype, engine.name, `t${threads}`].join('.')}.json`;
}

/**
 * Writes a record to `build/results`, in the place of an earlier one of the same row.
 *
 * @returns path of the file
 * @throws ZodError if the record is not a valid measurement
 * @throws Error if the file can't be written
 */
export function saveRecord(record: Measurement, directory = resultsDirectory): string {
  const path = join(directory, fileName(record));
  const text = JSON.stringify(measurementSchema.parse(record), null, 2);
  writeWhole(path, `${text}\n`);
  return path;
}

/**
 * Reads all records of `build/results`; none if the directory doesn't exist.
 *
 * @throws Error naming the file, what is wrong with it and the remedy, if one is damaged
 */
export function loadRecords(directory = resultsDirectory): Measurement[] {
  return fileNames(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => loadRecord(join(directory, name)));
}

function fileNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function loadRecord(path: string): Measurement {
  return readJson(
    path,
    measurementSchema,
    (reason) =>
      `${path} is not a valid record of a measurement: ${reason}\n` +
      `Delete ${basename(path)} and run the notebook that measures it again.`,
  );
}
