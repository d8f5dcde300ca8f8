/** Where a notebook's numbers come from: shown in the notebook, collected for the title page. */
import { z } from 'zod';
import { hardwareReport } from '#lib/hardware/report';
import { machineLabel } from '#lib/hardware/reportRows';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import { inputWidth, layerWidths, type ModelSpec } from '#lib/models/spec';
import { display } from '#lib/report/display';
import { escape } from '#lib/report/grid';

/** MIME type under which the export finds it in an executed notebook. */
export const provenanceType = 'application/vnd.quantization-lab.provenance+json';

export const provenanceSchema = z.object({
  machine: z.string(),
  /** By package name, Node.js included. */
  versions: z.record(z.string(), z.string()),
  data: z.array(
    z.object({
      label: z.string(),
      generated: z.boolean(),
      checksum: z.string(),
      /** Values in an input row. */
      inputs: z.number(),
    }),
  ),
  /** One line for each model: `mnist: 400-1024-1024-10, Adam 0.001, batch 64, 2 epochs`. */
  models: z.array(z.string()),
  /** Of initialization and shuffling. */
  seeds: z.array(z.number()),
  /** Threads of the engine. */
  threads: z.number().optional(),
  /** Label of the tfjs backend that trains. */
  backend: z.string().optional(),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** What a notebook uses; what it doesn't use is left out. */
export interface ProvenanceOptions {
  readonly datasets?: readonly Pick<Dataset, 'name' | 'origin' | 'checksum' | 'train'>[];
  readonly models?: readonly ModelSpec[];
  readonly seeds?: readonly number[];
  readonly threads?: number;
  readonly backend?: string;
}

/** Shows data, models, seed, threads, machine and versions; loudly if data is generated. */
export async function provenance(options: ProvenanceOptions = {}): Promise<void> {
  const { datasets = [], models = [], seeds = [], threads, backend } = options;
  const report = await hardwareReport();
  const source: Provenance = {
    machine: machineLabel(report),
    versions: { 'Node.js': report.node, ...report.packages },
    data: datasets.map((dataset) => ({
      label: datasetLabel(dataset),
      generated: dataset.origin === 'generated',
      checksum: dataset.checksum,
      inputs: dataset.train.features.width,
    })),
    models: models.map(modelLine),
    seeds: [...seeds],
    threads,
    backend,
  };
  const warning = generatedWarning([source]);
  const terms = provenanceTerms([source]).map(([term, items]) => [term, items.join('; ')]);
  const list = terms.map(([term, text]) => `<dt>${term}</dt><dd>${escape(text)}</dd>`).join('\n');
  const note = warning && `<p role="note"><strong>${escape(warning)}</strong></p>`;
  display({
    [provenanceType]: source,
    'text/html': `${note}<dl>${list}</dl>`,
    'text/plain': [warning, ...terms.map((pair) => pair.join(': '))].filter(Boolean).join('\n'),
  });
}

/** Terms, with all that the sources say under each, without repetition. */
export function provenanceTerms(sources: readonly Provenance[]): [string, string[]][] {
  const all = (of: (source: Provenance) => readonly string[]): string[] => [
    ...new Set(sources.flatMap(of)),
  ];
  const one = (of: (source: Provenance) => string | number | undefined): string[] =>
    all((source) => (of(source) === undefined ? [] : [String(of(source))]));
  const terms: [string, string[]][] = [
    [
      'Data',
      all(({ data }) =>
        data.map(
          ({ label, inputs, checksum }) =>
            `${label}, ${inputs} inputs (SHA-256 ${checksum.slice(0, 12)}…)`,
        ),
      ),
    ],
    ['Models', all(({ models }) => models)],
    ['Seeds', all(({ seeds }) => seeds.map(String))],
    ['Trained with', one(({ backend }) => backend)],
    ['Engine threads', one(({ threads }) => threads)],
    ['Machine', one(({ machine }) => machine)],
    ['Versions', all(({ versions }) => Object.entries(versions).map((pair) => pair.join(' ')))],
  ];
  return terms.filter(([, items]) => items.length > 0);
}

/** What to print in large letters if any data is generated; empty if all is real. */
export function generatedWarning(sources: readonly Pick<Provenance, 'data'>[]): string {
  const labels = sources.flatMap(({ data }) => data.filter(({ generated }) => generated));
  return labels.length === 0
    ? ''
    : `NOT THE REAL DATA: ${[...new Set(labels.map(({ label }) => label))].join(', ')}. Accuracies ` +
        'below say nothing about the real data sets. Run again with a network connection, or name a ' +
        'directory with the data: npm start -- --data DIR.';
}

function modelLine(spec: ModelSpec): string {
  const { name, learningRate, batchSize, epochs } = spec;
  const [, ...widths] = layerWidths(spec, 0);
  const input = inputWidth(spec) ?? 'all training words';
  return `${name}: ${[input, ...widths].join('-')}, Adam ${learningRate}, batch ${batchSize}, ${epochs} epochs`;
}
