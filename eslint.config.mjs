// @ts-check
import tseslint from 'typescript-eslint';

/** The folders of CONTRIBUTING.md's plan: each may import from those before it, and types from all. */
const folders = [
  ...['onnx', 'mapping', 'wasm', 'records', 'loaders', 'models', 'evaluation', 'quantizers'],
  ...['kernels', 'timers', 'hardware', 'report', 'sweep', 'sensitivity', 'training'],
  ...['experiments', 'fuzz'],
].map((name) => `lib/${name}`);
const layers = [...folders, 'setup', 'bench', 'cli', 'jupyter', 'commands'];

export default tseslint.config(
  { ignores: ['build/', '.venv/', '.cache/', 'node_modules/', 'lib/wasm/assembly/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-eval': 'error',
      'no-new-func': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  layers.slice(0, -1).map((folder, i) => ({
    files: [`${folder}/**/*.ts`],
    ignores: ['**/*.test.ts', 'lib/quantizers/oracle/**'], // tests may reach further
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: layers.slice(i + 1).map((later) => ({
            regex: `^#${later}/`,
            message: `${folder} stands below ${later}: see CONTRIBUTING.md.`,
            allowTypeImports: true,
          })),
        },
      ],
    },
  })),
);
