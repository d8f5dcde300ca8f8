/** Where a notebook's numbers come from: shown in the notebook, collected for the title page. */
import { z } from 'zod';
import { hardwareReport } from '#lib/hardware/report';
import { machineLabel } from '#lib/hardware/reportRows';
import { datasetLabel, type Dataset } from '#lib/loaders/dataset';
import { layerWidths, type ModelSpec } from '#lib/models/spec';
import { display } from '#lib/report/display';
import { escape } from '#lib/report/grid';

/** MIME type under which the export finds it in an executed notebook. */
export const provenanceType = 'application/vnd.quantization-lab.provenance+json';

export const provenanceSchema = z.object({
  machine: z.string(),
  /** By package name, Node.js included. */
  versions: z.record(z.string(), z.string()),
  data: z.array(z.object({ label: z.string(), generated: z.boolean(), checksum: z.string() })),
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
  readonly datasets?: readonly Pick<Dataset, 'name' | 'origin' | 'checksum'>[];
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
    })),
    models: models.map(modelLine),
    seeds: [...seeds],
    threads,
    backend,
  };
  const lines = provenanceLines(source);
  const warning = generatedWarning(source);
  const html = lines.map(([term, text]) => `<dt>${term}</dt><dd>${escape(text)}</dd>`).join('\n');
  const strong = `<p role="note"><strong>${escape(warning)}</strong></p>`;
  display({
    [provenanceType]: source,
    'text/html': `${warning && strong}<dl>${html}</dl>`,
    'text/plain': [...(warning ? [warning] : []), ...lines.map((line) => line.join(': '))].join(
      '\n',
    ),
  });
}

/** Terms and what stands under each, for the notebook and the title page. */
export function provenanceLines(source: Provenance): [string, string][] {
  const { data, models, seeds, threads, backend, machine, versions } = source;
  const lines: [string, string | undefined][] = [
    [
      'Data',
      data.map(({ label, checksum }) => `${label} (SHA-256 ${checksum.slice(0, 12)}…)`).join('; '),
    ],
    ['Models', models.join('; ')],
    ['Seeds', seeds.join(', ')],
    ['Trained with', backend],
    ['Engine threads', threads?.toString()],
    ['Machine', machine],
    [
      'Versions',
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
  ];
  return lines.filter((line): line is [string, string] => Boolean(line[1]));
}

/** What to print in large letters if any data is generated; empty if all is real. */
export function generatedWarning({ data }: Pick<Provenance, 'data'>): string {
  const labels = data.filter(({ generated }) => generated).map(({ label }) => label);
  return labels.length === 0
    ? ''
    : `GENERATED SAMPLE, NOT THE REAL DATA: ${labels.join(', ')}. Accuracies below say nothing about ` +
        'the real data sets. Run again with a network connection, or name a directory with the data: ' +
        'npm start -- --data DIR.';
}

function modelLine(spec: ModelSpec): string {
  const { name, learningRate, batchSize, epochs } = spec;
  return `${name}: ${layerWidths(spec).join('-')}, Adam ${learningRate}, batch ${batchSize}, ${epochs} epochs`;
}
