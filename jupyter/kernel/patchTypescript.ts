/**
 * What tslab's compiler does differently here. tslab has no options for it and takes TypeScript from
 * `require`, so this file is imported before tslab's converter.
 */
import typescript from '@tslab/typescript-for-tslab';
import { expandShorthand } from '#jupyter/kernel/expandShorthand';
import { guardAwaits } from '#jupyter/kernel/guardAwaits';

/** The cell, and the declarations of earlier cells: files that tslab keeps in memory. */
const cellFile = /[\\/]__tslab__\.ts$/;
const inMemory = /[\\/](?:__tslab__\.ts|__prev__\.d\.ts)$/;

/** Source maps (JSON) of the cell compiled last: TypeScript to JavaScript modules, those to CommonJS. */
export const cellMaps = { toModule: '', toCommonJs: '' };

const { createWatchCompilerHost, transpileModule } = typescript;
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
    (inMemory.test(path) ? watchFile?.(path, ...args) : undefined) ?? unwatched;
  system.watchDirectory = () => unwatched;
  const changes: typescript.CompilerOptions = {
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    strict: true,
    alwaysStrict: false,
    inlineSourceMap: true,
  };
  const host = (createWatchCompilerHost as CreateHost)(
    files,
    { ...options, ...changes },
    system,
    ...rest,
  );
  const { createProgram } = host;
  host.createProgram = (...args) => {
    const program = createProgram(...args);
    const emit = program.emit.bind(program);
    program.emit = (file, write, cancel, onlyDeclarations, transformers) =>
      emit(file, write, cancel, onlyDeclarations, {
        ...transformers,
        before: [expandShorthand(program.getProgram().getTypeChecker())],
      });
    return program;
  };
  return host;
};

/** Reports what is wrong in the cell; the files that it imports are for the repository's compiler. */
function cellDiagnostics(program: typescript.Program, files: readonly typescript.SourceFile[]) {
  const cell = files.find(({ fileName }) => cellFile.test(fileName));
  return typescript.sortAndDeduplicateDiagnostics([
    ...program.getSyntacticDiagnostics(cell),
    ...program.getSemanticDiagnostics(cell),
    ...program.getDeclarationDiagnostics(cell),
  ]);
}

/** Second half of tslab's compilation: JavaScript modules to CommonJS. */
const transpile: typeof transpileModule = (input, options) => {
  const [code = '', map = ''] = input.split('//# sourceMappingURL=data:application/json;base64,');
  const output = transpileModule(code, {
    ...options,
    compilerOptions: { ...options.compilerOptions, sourceMap: true },
    transformers: { before: [guardAwaits] },
  });
  cellMaps.toModule = Buffer.from(map, 'base64').toString('utf8');
  cellMaps.toCommonJs = output.sourceMapText ?? '';
  return output;
};

const loaded = require.cache[require.resolve('@tslab/typescript-for-tslab')];
if (loaded === undefined) throw new Error('TypeScript was not loaded by require.');
// Its properties are getters: they can be replaced only together.
loaded.exports = {
  ...typescript,
  createWatchCompilerHost: createHost,
  getPreEmitDiagnosticsOfFiles: cellDiagnostics,
  transpileModule: transpile,
};
