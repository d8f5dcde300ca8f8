/** The table of faults tried, from the tests that try them. */
import path from 'node:path';

/** Files with tests of faults, by what is broken in them. */
export const faultAreas = {
  'Data files': [
    'lib/loaders/dataFaults.test.ts',
    'lib/loaders/dataDirectory.test.ts',
    'lib/loaders/npy.test.ts',
  ],
  Downloads: ['lib/loaders/download.test.ts'],
  'Models, checkpoints and records': [
    'lib/onnx/model.test.ts',
    'lib/onnx/modelFile.test.ts',
    'lib/models/checkpoint.test.ts',
    'lib/report/records.test.ts',
    'lib/sweep/runSweep.test.ts',
    'lib/fuzz/readers.test.ts',
  ],
  'Full and read-only disks': ['lib/wholeFile.test.ts'],
  'Killed work, two runs at once': ['setup/kill.test.ts', 'setup/lock.test.ts'],
  'Command line': ['cli/cli.test.ts'],
  'A checkout of a stranger': [
    'commands/checkout.faults.test.ts',
    'lib/models/backend.faults.test.ts',
  ],
  'Set-up': ['setup/python.test.ts', 'setup/step.test.ts', 'setup/packages.test.ts'],
  'Strangers and dependencies': [
    'commands/security.test.ts',
    'commands/dependencies.test.ts',
    'jupyter/labServer.faults.test.ts',
  ],
} as const;

/** The little of Vitest's JSON report that is used here. */
export interface TestReport {
  readonly testResults: readonly {
    /** Absolute path of the file. */
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly meta?: { readonly outcome?: string };
    }[];
  }[];
}

/**
 * A page of Markdown with a table for each area: fault, what it led to, and whether that is as it should.
 *
 * @param repository folder that the report's files are in
 */
export function faultTable({ testResults }: TestReport, repository: string): string {
  const found = new Map(
    testResults.map(({ name, assertionResults }) => [
      path.relative(repository, name).replaceAll('\\', '/'),
      assertionResults,
    ]),
  );
  const all = [...found.values()].flat();
  const count = (status: string): number => all.filter((test) => test.status === status).length;
  const sections = Object.entries(faultAreas).map(([area, files]) => {
    const parts = files.map((file) => {
      const rows = (found.get(file) ?? []).map(({ fullName, status, meta }) => {
        const outcome = meta?.outcome ?? 'as the title says';
        return `| ${cell(fullName)} | ${cell(outcome)} | ${status} |`;
      });
      return `[${file}](../${file})\n\n| Fault | Outcome | Test |\n| --- | --- | --- |\n${rows.join('\n')}`;
    });
    return `## ${area}\n\n${parts.join('\n\n')}`;
  });
  return `# Faults tried

Made by \`npm run faults\`. Each fault must end in an error of a paragraph that says what to do, with an exit code other than 0, or in recovery; never in a wrong number, a stack trace alone, or lost work. ${count('passed')} passed, ${count('failed')} failed, ${all.length - count('passed') - count('failed')} skipped because the machine does not allow them.

${sections.join('\n\n')}
`;
}
/** Text for a cell: without what is different in each run, and short. */
function cell(text: string): string {
  const plain = text
    .replace(/'([^']*)': '([^']*)'/g, '$1: $2')
    .replace(/[0-9a-f]{64}/g, (hash) => `${hash.slice(0, 8)}…`)
    .replace(/\s+/g, ' ')
    .replace(/[|\\`*_<>[\]]/g, (sign) => `\\${sign}`);
  return plain.length > 240 ? `${plain.slice(0, 240).replace(/\\$/, '')}…` : plain;
}
