import { defineConfig } from 'vitest/config';

const browserTests = 'jupyter/**/*.browser.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{cli,lib,setup,jupyter,bench}/**/*.test.ts'],
          exclude: [browserTests],
        },
      },
      // Minutes long: runs apart, as npm run browser.
      { extends: true, test: { name: 'browser', include: [browserTests] } },
    ],
  },
});
