import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{lib,setup,jupyter,bench}/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
