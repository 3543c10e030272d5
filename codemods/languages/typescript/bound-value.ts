// From an expression to the functions that it stands for: through names, casts, bind, wrappers and choices.
import { ts } from 'ts-morph';
import type { Concealment } from '../../facts/implementation.ts';
import { type FileName, rangeOf, textOf } from './ranges.ts';
import { isLibrarySymbol } from './type-facts.ts';

/** A function behind an expression. */
export interface BoundFunction {
  readonly node: ts.SignatureDeclaration;
  /** Parameters that a `bind` on the way has already filled. */
  readonly filled: number;
  readonly concealed: Concealment | undefined;
}

/** An expression without parentheses, casts and `!`, and what of these hid its type. */
export interface BareExpression {
  readonly expression: ts.Expression;
  readonly concealed: Concealment | undefined;
}

/** Removes what changes only the type of an expression. */
export function bare(expression: ts.Expression, name: FileName): BareExpression {
  let concealed: Concealment | undefined;
  let at = expression;
  for (;;) {
    if (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isSatisfiesExpression(at)) {
      at = at.expression;
    } else if (ts.isAsExpression(at) || ts.isTypeAssertionExpression(at)) {
      if (!ts.isConstTypeReference(at.type)) {
        const kind = at.type.kind === ts.SyntaxKind.AnyKeyword ? 'any' : 'cast';
        // The outermost cast names the type that the reader believes in; an `any` below it changes nothing.
        concealed ??= { kind, range: rangeOf(name, at.type), text: `as ${textOf(at.type)}` };
      }
      at = at.expression;
    } else {
      return { expression: at, concealed };
    }
  }
}

const IDENTITY = /^(?:freeze|seal|preventExtensions)$/;

/** Resolves expressions and declarations to functions. */
export function boundFunctions(
  checker: ts.TypeChecker,
  name: FileName,
): {
  ofExpression(expression: ts.Expression): readonly BoundFunction[];
  ofDeclaration(declaration: ts.Node): readonly BoundFunction[];
} {
  const busy = new Set<ts.Node>();

  const once = (node: ts.Node, find: () => readonly BoundFunction[]): readonly BoundFunction[] => {
    if (busy.has(node)) return [];
    busy.add(node);
    try {
      return find();
    } finally {
      busy.delete(node);
    }
  };

  const ofExpression = (wrapped: ts.Expression): readonly BoundFunction[] =>
    once(wrapped, () => {
      const { expression, concealed } = bare(wrapped, name);
      return resolve(expression).map((bound) => ({ ...bound, concealed: bound.concealed ?? concealed }));
    });

  const resolve = (expression: ts.Expression): readonly BoundFunction[] => {
    if (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression)) return [plain(expression)];
    if (ts.isConditionalExpression(expression))
      return [...ofExpression(expression.whenTrue), ...ofExpression(expression.whenFalse)];
    if (ts.isBinaryExpression(expression)) {
      const kind = expression.operatorToken.kind;
      if (kind === ts.SyntaxKind.CommaToken || kind === ts.SyntaxKind.EqualsToken)
        return ofExpression(expression.right);
      if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) {
        return [...ofExpression(expression.left), ...ofExpression(expression.right)];
      }
      return kind === ts.SyntaxKind.AmpersandAmpersandToken ? ofExpression(expression.right) : [];
    }
    if (ts.isCallExpression(expression)) return ofCall(expression);
    if (ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression))
      return ofSymbol(checker.getSymbolAtLocation(expression));
    if (ts.isElementAccessExpression(expression))
      return ofSymbol(checker.getSymbolAtLocation(expression.argumentExpression));
    return [];
  };

  const ofSymbol = (symbol: ts.Symbol | undefined): readonly BoundFunction[] => {
    if (symbol === undefined) return [];
    const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target.valueDeclaration ?? target.declarations?.[0];
    if (declaration === undefined || isLibrarySymbol(target)) return [];
    const own = ofDeclaration(declaration);
    if (own.length > 0 || !ts.isFunctionDeclaration(declaration)) return own;
    return [];
  };

  const ofCall = (call: ts.CallExpression): readonly BoundFunction[] => {
    const callee = bare(call.expression, name).expression;
    if (ts.isPropertyAccessExpression(callee)) {
      if (callee.name.text === 'bind') {
        const filled = Math.max(0, call.arguments.length - 1);
        return ofExpression(callee.expression).map((bound) => ({ ...bound, filled: bound.filled + filled }));
      }
      const [only] = call.arguments;
      if (IDENTITY.test(callee.name.text) && only !== undefined) return ofExpression(only);
    }
    const signature = checker.getResolvedSignature(call);
    const declaration = signature?.getDeclaration() as ts.SignatureDeclaration | undefined;
    if (declaration === undefined) return [];
    // `wrap<T>(fn: T): T` gives back what it was given.
    const returned = declaration.type;
    if (
      returned !== undefined &&
      ts.isTypeReferenceNode(returned) &&
      isOwnTypeParameter(declaration, returned)
    ) {
      const given = declaration.parameters.findIndex(
        (parameter) => parameter.type?.getText() === returned.getText(),
      );
      const argument = call.arguments[given];
      if (given >= 0 && argument !== undefined) return ofExpression(argument);
    }
    return returnedExpressions(declaration).flatMap((expression) => ofExpression(expression));
  };

  const ofDeclaration = (declaration: ts.Node): readonly BoundFunction[] =>
    once(declaration, () => {
      if (
        ts.isFunctionDeclaration(declaration) ||
        ts.isMethodDeclaration(declaration) ||
        ts.isMethodSignature(declaration) ||
        ts.isArrowFunction(declaration) ||
        ts.isFunctionExpression(declaration)
      )
        return [plain(declaration)];
      if (ts.isGetAccessorDeclaration(declaration))
        return returnedExpressions(declaration).flatMap((one) => ofExpression(one));
      if (ts.isShorthandPropertyAssignment(declaration))
        return ofSymbol(checker.getShorthandAssignmentValueSymbol(declaration));
      if (ts.isPropertyAssignment(declaration)) return ofExpression(declaration.initializer);
      if (ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration)) {
        if (declaration.initializer !== undefined) {
          const found = ofExpression(declaration.initializer);
          if (found.length > 0) return found;
        }
        return declaration.type !== undefined && ts.isFunctionTypeNode(declaration.type)
          ? [plain(declaration.type)]
          : [];
      }
      if (
        ts.isPropertySignature(declaration) &&
        declaration.type !== undefined &&
        ts.isFunctionTypeNode(declaration.type)
      ) {
        return [plain(declaration.type)];
      }
      if (ts.isBindingElement(declaration)) return ofBindingElement(declaration);
      if (ts.isExportAssignment(declaration)) return ofExpression(declaration.expression);
      if (ts.isBinaryExpression(declaration)) return ofExpression(declaration.right);
      return [];
    });

  const ofBindingElement = (element: ts.BindingElement): readonly BoundFunction[] => {
    const pattern = element.parent;
    const key = element.propertyName ?? element.name;
    if (!ts.isObjectBindingPattern(pattern) || !ts.isIdentifier(key)) return [];
    return ofSymbol(checker.getPropertyOfType(checker.getTypeAtLocation(pattern), key.text));
  };

  return { ofExpression, ofDeclaration };
}

function plain(node: ts.SignatureDeclaration): BoundFunction {
  return { node, filled: 0, concealed: undefined };
}

function isOwnTypeParameter(declaration: ts.SignatureDeclaration, type: ts.TypeReferenceNode): boolean {
  return (
    declaration.typeParameters?.some((parameter) => parameter.name.text === type.typeName.getText()) ?? false
  );
}

/** What a function returns, as far as its own text says. */
export function returnedExpressions(declaration: ts.Node): readonly ts.Expression[] {
  const body = (declaration as { body?: ts.Node }).body;
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return ts.isExpression(body) ? [body] : [];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}
