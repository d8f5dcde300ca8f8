import typescript from '@tslab/typescript-for-tslab';

/** The declarations of earlier cells' variables. */
const earlierCells = /[\\/]__prev__\.d\.ts$/;

/**
 * Turns `{ x }` into `{ x: exports.x }` where x is a variable of an earlier cell. tslab does so for every
 * other use of such a variable, but leaves out shorthand properties, which then fail at run time.
 */
export function expandShorthand(
  checker: typescript.TypeChecker,
): typescript.TransformerFactory<typescript.SourceFile> {
  return (context) => {
    const { factory } = context;
    const visit = (node: typescript.Node): typescript.Node => {
      if (!typescript.isShorthandPropertyAssignment(node)) {
        return typescript.visitEachChild(node, visit, context);
      }
      const symbol = checker.getShorthandAssignmentValueSymbol(node);
      const isEarlier = symbol?.declarations?.some((declaration) =>
        earlierCells.test(declaration.getSourceFile().fileName),
      );
      if (!isEarlier) return node;
      const variable = factory.createPropertyAccessExpression(
        factory.createIdentifier('exports'),
        node.name.text,
      );
      const property = factory.createPropertyAssignment(node.name.text, variable);
      return typescript.setTextRange(property, node);
    };
    return (file) => typescript.visitNode(file, visit, typescript.isSourceFile);
  };
}
