// @ts-check
/**
 * Starts the TypeScript kernel: `node --no-force-async-hooks-checks launch.cjs CONNECTION_FILE`.
 *
 * The same file starts the kernel's second thread (kernel/control.cjs). The Node option lets a cell's
 * endless loop be ended from there: the check that it turns off would end the process instead.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

try {
  require.resolve('tslab/package.json');
} catch {
  console.error(
    'The kernel cannot start: the npm package tslab is missing. Run "npm start" or "npm ci" once in ' +
      `${path.dirname(__dirname)}, then restart the kernel.`,
  );
  process.exit(1);
}

if (isMainThread) {
  process.chdir(path.dirname(__dirname)); // Notebooks and lib see the repository as working directory.
  process.setSourceMapsEnabled(true);
  require('./kernel/transpile.cjs');
  require('#jupyter/kernel/main');
} else {
  require('./kernel/control.cjs');
}
