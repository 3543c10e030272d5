// Where a value is handed to something that has a type, and which types those are.
import { ts } from 'ts-morph';

/** The outermost expression of a value that goes somewhere: an initializer, an argument, a right-hand side, a result. */
export function isValuePosition(node: ts.Expression): boolean {
  const parent = node.parent;
  switch (parent.kind) {
    case ts.SyntaxKind.VariableDeclaration:
    case ts.SyntaxKind.PropertyDeclaration:
    case ts.SyntaxKind.Parameter:
    case ts.SyntaxKind.PropertyAssignment:
    case ts.SyntaxKind.BindingElement:
      return (parent as ts.HasExpressionInitializer).initializer === node && couldBind(node);
    case ts.SyntaxKind.ShorthandPropertyAssignment:
      return (parent as ts.ShorthandPropertyAssignment).name === node;
    case ts.SyntaxKind.BinaryExpression: {
      const { operatorToken, right } = parent as ts.BinaryExpression;
      return (
        right === node &&
        operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        operatorToken.kind <= ts.SyntaxKind.LastAssignment &&
        couldBind(node)
      );
    }
    case ts.SyntaxKind.CallExpression:
    case ts.SyntaxKind.NewExpression:
      return (parent as ts.CallExpression).expression !== node && couldBind(node);
    case ts.SyntaxKind.ArrowFunction:
      return (parent as ts.ArrowFunction).body === node && couldBind(node);
    case ts.SyntaxKind.ReturnStatement:
    case ts.SyntaxKind.ArrayLiteralExpression:
    case ts.SyntaxKind.ExportAssignment:
    case ts.SyntaxKind.YieldExpression:
    case ts.SyntaxKind.ExpressionStatement:
    case ts.SyntaxKind.SpreadAssignment:
      return couldBind(node);
    default:
      return false;
  }
}

/** Could be, or hold, a function: no literal, no arithmetic. */
function couldBind(node: ts.Expression): boolean {
  switch (node.kind) {
    case ts.SyntaxKind.ParenthesizedExpression:
    case ts.SyntaxKind.AsExpression:
    case ts.SyntaxKind.SatisfiesExpression:
    case ts.SyntaxKind.TypeAssertionExpression:
    case ts.SyntaxKind.NonNullExpression:
      return couldBind((node as ts.AsExpression).expression);
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ClassExpression:
    case ts.SyntaxKind.ObjectLiteralExpression:
    case ts.SyntaxKind.Identifier:
    case ts.SyntaxKind.PropertyAccessExpression:
    case ts.SyntaxKind.ElementAccessExpression:
    case ts.SyntaxKind.CallExpression:
    case ts.SyntaxKind.NewExpression:
    case ts.SyntaxKind.ConditionalExpression:
    case ts.SyntaxKind.ThisKeyword:
      return true;
    case ts.SyntaxKind.BinaryExpression: {
      const kind = (node as ts.BinaryExpression).operatorToken.kind;
      return (
        kind === ts.SyntaxKind.BarBarToken ||
        kind === ts.SyntaxKind.QuestionQuestionToken ||
        kind === ts.SyntaxKind.AmpersandAmpersandToken
      );
    }
    default:
      return false;
  }
}

/** The types that a value is meant for: by context, by casts, and as the called function declares them. */
export function targetTypes(checker: ts.TypeChecker, expression: ts.Expression): readonly ts.Type[] {
  const types: ts.Type[] = [];
  const add = (type: ts.Type | undefined): void => {
    if (type !== undefined && !types.includes(type)) types.push(type);
  };
  add(checker.getContextualType(expression));
  for (let at = expression; ; at = (at as ts.AsExpression).expression) {
    if (ts.isAsExpression(at) || ts.isSatisfiesExpression(at) || ts.isTypeAssertionExpression(at)) {
      if (!ts.isConstTypeReference(at.type)) add(checker.getTypeAtLocation(at.type));
    } else if (!ts.isParenthesizedExpression(at) && !ts.isNonNullExpression(at)) break;
  }
  const parent = expression.parent;
  if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.arguments !== undefined) {
    const index = parent.arguments.indexOf(expression);
    const declaration =
      index < 0
        ? undefined
        : (checker.getResolvedSignature(parent)?.getDeclaration() as ts.SignatureDeclaration | undefined);
    const parameter = declaration?.parameters[Math.min(index, declaration.parameters.length - 1)];
    if (parameter !== undefined && ts.isParameter(parameter) && parameter.type !== undefined) {
      const type = checker.getTypeAtLocation(parameter.type);
      add(type);
      // `define<T extends Engine>(engine: T)`: what is asked for is the constraint.
      if ((type.flags & ts.TypeFlags.TypeParameter) !== 0) add(checker.getBaseConstraintOfType(type));
    }
  }
  return types;
}
