import { defineConfig } from 'vitest/config';

const browserTests = 'jupyter/**/*.browser.test.ts';
const conformanceTests = 'lib/**/*.conformance.test.ts';
const faultTests = '{lib,commands,setup,jupyter}/**/*.faults.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{bench,cli,commands,lib,setup,jupyter}/**/*.test.ts'],
          exclude: [browserTests, conformanceTests, faultTests],
        },
      },
      // Needs the oracle that npm test sets up.
      { extends: true, test: { name: 'conformance', include: [conformanceTests] } },
      // Minutes long: runs apart, as npm run faults.
      { extends: true, test: { name: 'faults', include: [faultTests] } },
      // Minutes long: runs apart, as npm run browser.
      { extends: true, test: { name: 'browser', include: [browserTests] } },
    ],
  },
});
