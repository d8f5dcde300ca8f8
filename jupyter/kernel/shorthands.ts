import typescript from '@tslab/typescript-for-tslab';

/**
 * Turns `{ width }` into `{ width: exports.width }` where `width` is a variable of an earlier cell:
 * tslab does so everywhere but in shorthands.
 *
 * @param isEarlier whether a declaration stands in an earlier cell
 */
export function expandShorthands(
  checker: typescript.TypeChecker,
  isEarlier: (declaration: typescript.Declaration) => boolean,
): typescript.TransformerFactory<typescript.SourceFile> {
  return (context) => {
    const { factory } = context;
    const visit = (node: typescript.Node): typescript.Node => {
      const visited = typescript.visitEachChild(node, visit, context);
      if (!typescript.isShorthandPropertyAssignment(visited)) return visited;
      const original = typescript.getOriginalNode(visited);
      const symbol = checker.getShorthandAssignmentValueSymbol(original);
      if (!symbol?.declarations?.some(isEarlier)) return visited;
      const { name, objectAssignmentInitializer: initial } = visited;
      const variable = factory.createPropertyAccessExpression(
        factory.createIdentifier('exports'),
        name,
      );
      const value = initial ? factory.createAssignment(variable, initial) : variable;
      return factory.createPropertyAssignment(name, value);
    };
    return (file) => typescript.visitNode(file, visit, typescript.isSourceFile);
  };
}
