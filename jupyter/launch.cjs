// @ts-check
/**
 * Starts the TypeScript kernel: `node launch.cjs CONNECTION_FILE`. The kernel's second thread
 * (kernel/control.cjs) is started by the same file.
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
