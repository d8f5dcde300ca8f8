/**
 * What tslab's compiler does differently here. tslab has no options for it and takes TypeScript from
 * `require`, so this file is imported before tslab's converter.
 */
import typescript from '@tslab/typescript-for-tslab';
import { guardAwaits } from '#jupyter/kernel/guardAwaits';
import { mendPropertyNames } from '#jupyter/kernel/propertyNames';

/** The cell, and the declarations of earlier cells: files that tslab keeps in memory. */
const cellFile = /[\\/]__tslab__\.ts$/;
const earlierCells = /[\\/]__prev__\.d\.ts$/;

const inMemory = (file: string): boolean => cellFile.test(file) || earlierCells.test(file);

/** What is known of the cell compiled last. */
export const lastCell = {
  /** Source map (JSON) from TypeScript to a JavaScript module. */
  toModule: '',
  /** Source map (JSON) from there to CommonJS. */
  toCommonJs: '',
  /** Whether it awaits something itself. tslab overlooks `await (…)` and `for await`. */
  hasAwait: false,
};

const { createWatchCompilerHost, createWatchProgram, transpileModule } = typescript;
type Host = typescript.WatchCompilerHostOfFilesAndCompilerOptions<typescript.BuilderProgram>;
/** With a parameter that TypeScript does not declare: whether to emit in spite of errors. */
type Emit = (
  ...args: [...Parameters<typescript.Program['emit']>, force: boolean]
) => typescript.EmitResult;
type CreateHost = (
  files: string[],
  options: typescript.CompilerOptions,
  system: typescript.System,
  ...rest: unknown[]
) => typescript.WatchCompilerHost<typescript.EmitAndSemanticDiagnosticsBuilderProgram>;

/** Checks cells by the rules of the repository's tsconfig.json, as far as TypeScript 5.0 has them. */
const createHost: CreateHost = (files, options, system, ...rest) => {
  // Imported files are loaded once per kernel, so watching them would only cost time; and tslab ends
  // when two of them change at a time ("Unexpected pending rebuildTimer").
  const watchFile = system.watchFile?.bind(system);
  const unwatched = { close: () => undefined };
  system.watchFile = (path, ...args) =>
    (inMemory(path) ? watchFile?.(path, ...args) : undefined) ?? unwatched;
  system.watchDirectory = () => unwatched;
  const changes: typescript.CompilerOptions = {
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    strict: true,
    alwaysStrict: false,
    inlineSourceMap: true,
  };
  return (createWatchCompilerHost as CreateHost)(
    files,
    { ...options, ...changes },
    system,
    ...rest,
  );
};

/** Reports what is wrong in the cell; the files that it imports are for the repository's compiler. */
function cellDiagnostics(program: typescript.Program, files: readonly typescript.SourceFile[]) {
  const cell = files.find(({ fileName }) => cellFile.test(fileName));
  return typescript.sortAndDeduplicateDiagnostics([
    ...program.getSyntacticDiagnostics(cell),
    ...program.getSemanticDiagnostics(cell),
  ]);
}

/** First half of tslab's compilation: TypeScript to JavaScript modules and declarations. */
function createWatch(host: Host): unknown {
  const created = host.afterProgramCreate?.bind(host);
  host.afterProgramCreate = (builder) => {
    builder.emit = (file, write, cancel, onlyDeclarations, transformers) => {
      const program = builder.getProgram();
      const isEarlier = (declaration: typescript.Declaration): boolean =>
        earlierCells.test(declaration.getSourceFile().fileName);
      const mend = mendPropertyNames(program.getTypeChecker(), isEarlier);
      const after = [mend, ...(transformers?.after ?? [])];
      const all = { ...transformers, after };
      // Forced: a variable whose type has no name that a declaration could use is declared as `any`.
      return (program.emit as Emit)(file, write, cancel, onlyDeclarations, all, true);
    };
    created?.(builder);
  };
  return createWatchProgram(host);
}

/** Second half of tslab's compilation: JavaScript modules to CommonJS. */
const transpile: typeof transpileModule = (input, options) => {
  const [code = '', map = ''] = input.split('//# sourceMappingURL=data:application/json;base64,');
  lastCell.hasAwait = false;
  const output = transpileModule(code, {
    ...options,
    compilerOptions: { ...options.compilerOptions, sourceMap: true },
    transformers: { before: [guardAwaits(() => (lastCell.hasAwait = true))] },
  });
  lastCell.toModule = Buffer.from(map, 'base64').toString('utf8');
  lastCell.toCommonJs = output.sourceMapText ?? '';
  return output;
};

const loaded = require.cache[require.resolve('@tslab/typescript-for-tslab')];
if (loaded === undefined) throw new Error('TypeScript was not loaded by require.');
// Its properties are getters: they can be replaced only together.
loaded.exports = {
  ...typescript,
  createWatchCompilerHost: createHost,
  createWatchProgram: createWatch,
  getPreEmitDiagnosticsOfFiles: cellDiagnostics,
  transpileModule: transpile,
};
