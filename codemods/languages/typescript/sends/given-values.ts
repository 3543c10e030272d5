// What a constant, a field or a parameter can hold: the expressions that give it its value. Evaluates none of them.
import { ts } from 'ts-morph';
import type { ReferenceIndex } from './reference-index.ts';

/** Every value that a constant, a field or a parameter is given. Empty where that is not known. */
export function givenValues(
  index: ReferenceIndex,
  declaration: ts.Node,
  given: (member: ts.Node) => readonly ts.Expression[] = () => [],
  checker?: ts.TypeChecker,
): readonly ts.Expression[] {
  if (ts.isPropertySignature(declaration)) return given(declaration);
  if (ts.isBindingElement(declaration) && ts.isObjectBindingPattern(declaration.parent)) {
    const name = (declaration.propertyName ?? declaration.name).getText();
    const holder = checker?.getTypeAtLocation(declaration.parent);
    const member = holder && checker?.getPropertyOfType(holder, name)?.declarations?.[0];
    return member === undefined ? [] : givenValues(index, member, given, checker);
  }
  if (ts.isVariableDeclaration(declaration))
    return (declaration.parent.flags & ts.NodeFlags.Const) !== 0 && declaration.initializer !== undefined
      ? [declaration.initializer]
      : [];
  if (ts.isPropertyAssignment(declaration)) return [declaration.initializer];
  if (ts.isMethodDeclaration(declaration)) return [];
  if (ts.isParameter(declaration)) {
    const fn = declaration.parent;
    const at = fn.parameters.indexOf(declaration);
    const isConstructor = ts.isConstructorDeclaration(fn);
    const callers = index.callers(isConstructor ? fn.parent : fn);
    const handed = callers.length === 0 ? handedOverTo(index, fn, at) : [];
    if (handed.length > 0) return handed;
    const isCertain = isConstructor || callers.length > 0;
    const given = callers.map((call) => call.arguments?.[at]);
    return isCertain && given.every((one) => one !== undefined) ? (given as readonly ts.Expression[]) : [];
  }
  if (ts.isPropertyDeclaration(declaration)) {
    const given = index.uses(declaration).flatMap((use) => {
      const access = use.parent;
      const assignment = access.parent;
      const isTarget =
        ts.isPropertyAccessExpression(access) &&
        ts.isBinaryExpression(assignment) &&
        assignment.left === access &&
        assignment.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      return isTarget ? [assignment.right] : [];
    });
    return declaration.initializer === undefined ? given : [declaration.initializer, ...given];
  }
  return [];
}

/** What a function calls the function with that it is given as an argument: `own(server, giveBack)` inside `engineOf`. */
function handedOverTo(index: ReferenceIndex, fn: ts.Node, at: number): readonly ts.Expression[] {
  const call = fn.parent;
  if (!ts.isCallExpression(call) || !call.arguments.includes(fn as ts.Expression)) return [];
  const taker = index.callee(call);
  const parameter = taker?.parameters[call.arguments.indexOf(fn as ts.Expression)];
  if (parameter === undefined) return [];
  const uses = index.uses(parameter);
  const given = uses.map((use) => {
    const inner = use.parent;
    return ts.isCallExpression(inner) && inner.expression === use ? inner.arguments[at] : undefined;
  });
  return given.every((one) => one !== undefined) ? (given as readonly ts.Expression[]) : [];
}
