import typescript from '@tslab/typescript-for-tslab';

/** Parameter of a cell's code: the function that every awaited value passes through. */
export const guardName = '__guard';

/**
 * Turns `await x` into `await __guard(x)`, so that an interrupt can end a waiting cell.
 *
 * @param onTopLevelAwait called if there is an await outside functions: then the cell itself has to be
 *   an asynchronous function
 */
export function guardAwaits(
  onTopLevelAwait: () => void,
): typescript.TransformerFactory<typescript.SourceFile> {
  return (context) => {
    const { factory } = context;
    let functions = 0;
    const visit = (node: typescript.Node): typescript.Node => {
      const depth = typescript.isFunctionLike(node) ? 1 : 0;
      functions += depth;
      const visited = typescript.visitEachChild(node, visit, context);
      functions -= depth;
      const isAwait = typescript.isAwaitExpression(visited);
      const isLoop = typescript.isForOfStatement(visited) && visited.awaitModifier !== undefined;
      if (functions === 0 && (isAwait || isLoop)) onTopLevelAwait();
      if (!isAwait) return visited;
      const guard = factory.createIdentifier(guardName);
      const guarded = factory.createCallExpression(guard, undefined, [visited.expression]);
      return factory.updateAwaitExpression(visited, guarded);
    };
    return (file) => typescript.visitNode(file, visit, typescript.isSourceFile);
  };
}
