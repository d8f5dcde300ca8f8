#!/usr/bin/env node
// npx quantization-lab: installs the packages if they are missing, then runs main.ts.
process.env.INIT_CWD = process.cwd(); // the lab's programs run in the repository; files are named from here
process.argv.splice(2, 0, '../cli/main');
await import('../setup/bootstrap.mjs');
