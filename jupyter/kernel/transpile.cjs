// @ts-check
/** Lets `require` load the repository's TypeScript files, with source maps for true stack lines. */
const fs = require('node:fs');
const typescript = require('@tslab/typescript-for-tslab');

// Not `import.meta`-based hooks: cells are CommonJS, and `require.extensions` is what they go through.
/** @type {(module: NodeJS.Module, file: string) => void} */
const load = (module, file) => {
  const { outputText } = typescript.transpileModule(fs.readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      module: typescript.ModuleKind.CommonJS,
      target: typescript.ScriptTarget.ES2022,
      esModuleInterop: true,
      inlineSourceMap: true,
    },
  });
  /** @type {any} */ (module)._compile(outputText, file);
};
require.extensions['.ts'] = load;
