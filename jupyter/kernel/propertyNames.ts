import typescript from '@tslab/typescript-for-tslab';

/**
 * tslab writes `exports.width` for the `width` of an earlier cell, but not in shorthands, and also where
 * `width` only names a property of a type from there. So this turns `{ width }` into
 * `{ width: exports.width }`, and `const { width: w } = …` into `const { 'width': w } = …`.
 *
 * @param isEarlier whether a declaration stands in an earlier cell
 */
export function mendPropertyNames(
  checker: typescript.TypeChecker,
  isEarlier: (declaration: typescript.Declaration) => boolean,
): typescript.TransformerFactory<typescript.SourceFile> {
  return (context) => {
    const { factory } = context;
    const isOfEarlierCell = (symbol: typescript.Symbol | undefined): boolean =>
      symbol?.declarations?.some(isEarlier) ?? false;
    const visit = (node: typescript.Node): typescript.Node => {
      const visited = typescript.visitEachChild(node, visit, context);
      if (typescript.isBindingElement(visited)) {
        const { dotDotDotToken, propertyName, name, initializer } = visited;
        if (!propertyName || !typescript.isIdentifier(propertyName)) return visited;
        const named = checker.getSymbolAtLocation(typescript.getOriginalNode(propertyName));
        if (!isOfEarlierCell(named)) return visited;
        const property = factory.createStringLiteral(propertyName.text);
        return factory.updateBindingElement(visited, dotDotDotToken, property, name, initializer);
      }
      if (!typescript.isShorthandPropertyAssignment(visited)) return visited;
      const original = typescript.getOriginalNode(visited);
      if (!isOfEarlierCell(checker.getShorthandAssignmentValueSymbol(original))) return visited;
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
