import typescript from '@tslab/typescript-for-tslab';

/** Parameter of a cell's code: the function that every awaited value passes through. */
export const guardName = '__guard';

/** Turns `await x` into `await __guard(x)`, so that an interrupt can end a waiting cell. */
export const guardAwaits: typescript.TransformerFactory<typescript.SourceFile> = (context) => {
  const { factory } = context;
  const visit = (node: typescript.Node): typescript.Node => {
    const visited = typescript.visitEachChild(node, visit, context);
    if (!typescript.isAwaitExpression(visited)) return visited;
    const guarded = factory.createCallExpression(factory.createIdentifier(guardName), undefined, [
      visited.expression,
    ]);
    return factory.updateAwaitExpression(visited, guarded);
  };
  return (file) => typescript.visitNode(file, visit, typescript.isSourceFile);
};
