import { expect, test, vi } from 'vitest';
import { mnistModel } from '#lib/models/spec';
import { display } from '#lib/report/display';
import {
  generatedWarning,
  provenance,
  provenanceSchema,
  provenanceTerms,
  provenanceType,
  type Provenance,
} from '#lib/report/provenance';

vi.mock('#lib/report/display', () => ({ display: vi.fn() }));

const first: Provenance = {
  machine: 'Example CPU',
  versions: { 'Node.js': '20.20.2', tslab: '1.0.22' },
  data: [{ label: 'MNIST', generated: false, checksum: 'aa'.repeat(32), inputs: 400 }],
  models: ['mnist: 400-10'],
  seeds: [1, 2],
  threads: 1,
};

test('what several notebooks say is said once', () => {
  const second = { ...first, seeds: [2, 3], versions: { 'Node.js': '22.1.0' } };
  expect(provenanceTerms([first, second])).toEqual([
    ['Data', ['MNIST, 400 inputs (SHA-256 aaaaaaaaaaaa…)']],
    ['Models', ['mnist: 400-10']],
    ['Seeds', ['1', '2', '3']],
    ['Engine threads', ['1']],
    ['Machine', ['Example CPU']],
    ['Versions', ['Node.js 20.20.2', 'tslab 1.0.22', 'Node.js 22.1.0']],
  ]);
});

test('generated data is shouted, real data is not', async () => {
  expect(generatedWarning([first])).toBe('');
  const features = { kind: 'dense', width: 5000, values: new Float32Array(5000) } as const;
  const train = { features, labels: Uint8Array.of(0) };
  const datasets = [{ name: 'SST-2', origin: 'generated', checksum: '00', train }] as const;
  await provenance({ datasets, models: [mnistModel] });
  const bundle = vi.mocked(display).mock.lastCall?.[0];
  const source = provenanceSchema.parse(bundle?.[provenanceType]);
  expect(source.models).toEqual(['mnist: 400-1024-1024-10, Adam 0.001, batch 64, 2 epochs']);
  expect(generatedWarning([first, source])).toContain(
    'NOT THE REAL DATA: generated sample (SST-2)',
  );
  expect(bundle?.['text/html']).toMatch(/^<p role="note"><strong>NOT THE REAL DATA/);
});
