// @ts-check
/**
 * Lets `require` load the repository's TypeScript files, with source maps for true stack lines. What a
 * file became is kept in .cache/transpiled by its content, as that takes longer than all else there.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const typescript = require('@tslab/typescript-for-tslab');

const compilerOptions = {
  module: typescript.ModuleKind.CommonJS,
  target: typescript.ScriptTarget.ES2022,
  esModuleInterop: true,
  inlineSourceMap: true,
};

const folder = path.join(__dirname, '..', '..', '.cache', 'transpiled');

/** @type {(file: string) => string} */
const transpiled = (file) => {
  const source = fs.readFileSync(file, 'utf8');
  const recipe = [typescript.version, JSON.stringify(compilerOptions), file, source].join('\n');
  const kept = path.join(folder, `${createHash('sha256').update(recipe).digest('hex')}.js`);
  try {
    return fs.readFileSync(kept, 'utf8');
  } catch {
    // Not made yet.
  }
  const { outputText } = typescript.transpileModule(source, { fileName: file, compilerOptions });
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(`${kept}.${process.pid}`, outputText);
    fs.renameSync(`${kept}.${process.pid}`, kept);
  } catch {
    // It is made again the next time.
  }
  return outputText;
};

// Not `import.meta`-based hooks: cells are CommonJS, and `require.extensions` is what they go through.
/** @type {(module: NodeJS.Module, file: string) => void} */
const load = (module, file) => {
  /** @type {any} */ (module)._compile(transpiled(file), file);
};
require.extensions['.ts'] = load;
