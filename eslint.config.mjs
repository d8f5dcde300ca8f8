// @ts-check
import tseslint from 'typescript-eslint';

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
);
