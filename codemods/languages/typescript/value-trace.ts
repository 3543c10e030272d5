// Follows a value from one spot to everything that happens to it, one step far: writes, flows and escapes.
import { ts } from 'ts-morph';
import type { Flow } from '../../facts/place.ts';
import { writeThrough } from './assignment-targets.ts';
import { callTracer } from './call-trace.ts';
import { liveUses } from './live-uses.ts';
import { collapse } from './ranges.ts';
import { type FieldUse, fieldUses } from './references.ts';
import { returnedParts } from './returned-parts.ts';
import type { Session } from './session.ts';
import {
  bareTarget,
  calledBy,
  enclosingFunction,
  isField,
  isPatternLiteral,
  keyOf,
  keysAfter,
} from './syntax-shapes.ts';
import {
  copied,
  isShared,
  memberOf,
  type Sink,
  type Spot,
  type TracedValue,
  type Tracer,
  wrapped,
} from './traced-value.ts';
import { isAny, isPrimitive } from './type-facts.ts';

/** Traces one spot into the sink. */
export function trace(session: Session, spot: Spot, sink: Sink): void {
  const tracer = makeTracer(session, sink);
  const { node, value, kind } = spot;
  if (kind === 'return' || kind === 'slot') return;
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) return tracer.climb(node, value);
  if (kind === 'field' || (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent))) {
    for (const use of fieldUses(session, node)) traceFieldUse(tracer, use, value);
    if (kind === 'field') return;
  }
  const own = (node as { name?: ts.Node }).name;
  if (own !== undefined && (ts.isObjectBindingPattern(own) || ts.isArrayBindingPattern(own))) {
    return tracer.bind(own, node, value, node, 'alias');
  }
  for (const use of liveUses(session, node, spot.since)) tracer.climb(use, value);
}

function traceFieldUse(tracer: Tracer, use: FieldUse, value: TracedValue): void {
  if (ts.isBindingElement(use)) tracer.bind(use.name, use, value, use, 'alias');
  // Assigning the field replaces the value, which is no write to it.
  else if (writeThrough(use) === undefined) tracer.climb(use, value);
}

function makeTracer(session: Session, sink: Sink): Tracer {
  const tracer: Tracer = {
    session,
    sink,
    climb,
    assign,
    bind,
    returned: (fn, parameter, value) =>
      returnedParts(fn, { kind: 'parameter', node: parameter, value }, (spot, into) =>
        trace(session, spot, into),
      ),
  };
  const calls = callTracer(tracer);

  function climb(expression: ts.Expression, value: TracedValue | undefined): void {
    if (value === undefined) return;
    const checker = session.checker();
    if (isShared(value) && isPrimitive(checker.getTypeAtLocation(expression))) return;
    const parent = expression.parent;
    if (
      ts.isParenthesizedExpression(parent) ||
      ts.isNonNullExpression(parent) ||
      ts.isSatisfiesExpression(parent) ||
      ts.isAwaitExpression(parent)
    ) {
      return climb(parent, value);
    }
    if (ts.isAsExpression(parent) || ts.isTypeAssertionExpression(parent)) return climbCast(parent, value);
    if (ts.isPropertyAccessExpression(parent)) return climbMember(parent, parent.name.text, value);
    if (ts.isElementAccessExpression(parent)) {
      if (parent.expression !== expression) return;
      const key = parent.argumentExpression;
      return climbMember(
        parent,
        ts.isStringLiteralLike(key) || ts.isNumericLiteral(key) ? key.text : undefined,
        value,
      );
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      if (parent.expression !== expression) calls.argument(parent, expression, value);
      return;
    }
    if (ts.isConditionalExpression(parent))
      return parent.condition === expression ? undefined : climb(parent, value);
    if (ts.isBinaryExpression(parent)) return climbBinary(parent, expression, value);
    if (ts.isReturnStatement(parent)) return climbReturn(enclosingFunction(parent), parent, value);
    if (ts.isArrowFunction(parent)) return climbReturn(parent, expression, value);
    if (ts.isForOfStatement(parent)) return climbForOf(parent, expression, value);
    if (ts.isTemplateSpan(parent)) {
      if (ts.isTaggedTemplateExpression(parent.parent.parent))
        sink.escape(expression, `given to the template tag ${collapse(parent.parent.parent.tag.getText())}`);
      return;
    }
    if (ts.isYieldExpression(parent))
      return sink.escape(expression, 'yielded to whoever drives the generator');
    if (ts.isThrowStatement(parent)) return sink.escape(expression, 'thrown');
    if (ts.isExportAssignment(parent)) return sink.escape(expression, 'exported');
    climbIntoLiteralOrName(expression, parent, value);
  }

  function climbIntoLiteralOrName(expression: ts.Expression, parent: ts.Node, value: TracedValue): void {
    if (ts.isSpreadAssignment(parent)) return climb(parent.parent, copied(value, keysAfter(parent)));
    if (ts.isSpreadElement(parent)) {
      if (ts.isArrayLiteralExpression(parent.parent)) return climb(parent.parent, copied(value, []));
      const element = memberOf(value, undefined);
      if (element !== undefined && !isPrimitive(elementTypeAt(expression)))
        sink.escape(expression, 'spread into the arguments of a call');
      return;
    }
    if (ts.isPropertyAssignment(parent) && parent.initializer === expression)
      return climbProperty(parent, keyOf(parent.name), value);
    if (ts.isShorthandPropertyAssignment(parent)) return climbProperty(parent, parent.name.text, value);
    if (ts.isArrayLiteralExpression(parent)) return climb(parent, wrapped(value, {}));
    if (ts.isVariableDeclaration(parent) && parent.initializer === expression) {
      if (parent.type !== undefined || ts.isIdentifier(parent.name))
        return sink.flow({ kind: 'local', node: parent, value }, expression, 'alias');
      return bind(parent.name, parent, value, expression, 'alias');
    }
    if (ts.isPropertyDeclaration(parent))
      return sink.flow({ kind: 'field', node: parent, value }, expression, 'store');
    if (ts.isParameter(parent))
      return sink.flow({ kind: 'parameter', node: parent, value }, expression, 'alias');
    if (ts.isBindingElement(parent)) return bind(parent.name, parent, value, expression, 'alias');
    if (ts.isJsxExpression(parent) || ts.isJsxSpreadAttribute(parent))
      sink.escape(expression, 'given to a component');
  }

  function climbCast(cast: ts.AsExpression | ts.TypeAssertion, value: TracedValue): void {
    const type = session.checker().getTypeAtLocation(cast.type);
    // `as const`, `as any` and `as unknown` change nothing that could be spelled read-only.
    if (ts.isConstTypeReference(cast.type) || isAny(type) || (type.flags & ts.TypeFlags.Unknown) !== 0)
      return climb(cast, value);
    sink.flow({ kind: 'cast', node: cast, value }, cast, 'cast');
  }

  function climbMember(
    access: ts.PropertyAccessExpression | ts.ElementAccessExpression,
    key: string | undefined,
    value: TracedValue,
  ): void {
    const call = calledBy(access);
    if (call !== undefined && key !== undefined) return calls.method(call, access, key, value);
    const written = writeThrough(access);
    if (written !== undefined) {
      if (isShared(value)) sink.write(access, written, value, key);
      return;
    }
    climb(access, memberOf(value, key));
  }

  function climbBinary(parent: ts.BinaryExpression, expression: ts.Expression, value: TracedValue): void {
    const kind = parent.operatorToken.kind;
    const right = parent.right === expression;
    const isAssignment =
      kind === ts.SyntaxKind.EqualsToken ||
      kind === ts.SyntaxKind.QuestionQuestionEqualsToken ||
      kind === ts.SyntaxKind.BarBarEqualsToken ||
      kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken;
    if (isAssignment) {
      if (!right) return;
      assign(parent.left, value, parent);
      if (!ts.isExpressionStatement(parent.parent)) climb(parent, value);
      return;
    }
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken)
      return climb(parent, value);
    if ((kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.CommaToken) && right)
      climb(parent, value);
  }

  function climbReturn(fn: ts.SignatureDeclaration | undefined, at: ts.Node, value: TracedValue): void {
    if (fn === undefined) return;
    const kind = ts.isGetAccessorDeclaration(fn) ? 'field' : 'return';
    sink.flow({ kind, node: fn, value }, at, 'return');
  }

  function climbForOf(statement: ts.ForOfStatement, expression: ts.Expression, value: TracedValue): void {
    if (statement.expression !== expression) return;
    const element = memberOf(value, undefined);
    if (element === undefined || (isShared(element) && isPrimitive(elementTypeAt(expression)))) return;
    const initializer = statement.initializer;
    if (!ts.isVariableDeclarationList(initializer)) return assign(initializer, element, statement);
    const [declaration] = initializer.declarations;
    if (declaration === undefined) return;
    if (ts.isIdentifier(declaration.name))
      sink.flow({ kind: 'local', node: declaration, value: element }, expression, 'alias');
    else bind(declaration.name, declaration, element, expression, 'alias');
  }

  function climbProperty(
    property: ts.PropertyAssignment | ts.ShorthandPropertyAssignment,
    key: string | undefined,
    value: TracedValue,
  ): void {
    const literal = property.parent;
    const checker = session.checker();
    if (isPatternLiteral(literal)) return;
    climb(literal, key === undefined ? wrapped(value, {}) : wrapped(value, { only: key }));
    const context = checker.getContextualType(literal);
    const member =
      context === undefined || key === undefined
        ? undefined
        : checker.getPropertyOfType(checker.getNonNullableType(context), key);
    const declaration = member?.valueDeclaration ?? member?.declarations?.[0];
    if (
      declaration === undefined ||
      declaration === property ||
      !session.isInTree(declaration.getSourceFile().fileName)
    )
      return;
    if (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration))
      sink.flow({ kind: 'field', node: declaration, value }, property, 'store');
  }

  function elementTypeAt(expression: ts.Expression): ts.Type {
    const checker = session.checker();
    const type = checker.getNonNullableType(checker.getTypeAtLocation(expression));
    return checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? checker.getAnyType();
  }

  function assign(left: ts.Expression, value: TracedValue, at: ts.Node): void {
    const checker = session.checker();
    const target = bareTarget(left);
    if (ts.isObjectLiteralExpression(target) || ts.isArrayLiteralExpression(target))
      return assignPattern(target, value, at);
    if (ts.isIdentifier(target)) {
      const declaration = checker.getSymbolAtLocation(target)?.valueDeclaration;
      if (declaration === undefined || !session.isInTree(declaration.getSourceFile().fileName))
        return sink.escape(at, `assigned to ${target.text}, which is not declared in this tree`);
      const since = ts.isBinaryExpression(at) ? at : undefined;
      const kind = ts.isParameter(declaration) ? 'parameter' : 'local';
      return sink.flow(
        { kind, node: declaration, value, ...(since === undefined ? {} : { since }) },
        at,
        'alias',
      );
    }
    if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target)) return;
    const name = ts.isPropertyAccessExpression(target) ? target.name : target.argumentExpression;
    const declaration = checker
      .getSymbolAtLocation(name)
      ?.declarations?.find((one) => session.isInTree(one.getSourceFile().fileName));
    if (declaration !== undefined && ts.isSetAccessorDeclaration(declaration)) {
      const [parameter] = declaration.parameters;
      if (parameter !== undefined) sink.flow({ kind: 'parameter', node: parameter, value }, at, 'argument');
    } else if (declaration !== undefined && isField(declaration)) {
      sink.flow({ kind: 'field', node: declaration, value }, at, 'store');
    } else if (ts.isElementAccessExpression(target) && !isAny(checker.getTypeAtLocation(target.expression))) {
      const held = wrapped(value, {});
      if (held !== undefined) assign(target.expression, held, at);
    } else {
      sink.escape(at, `stored in ${collapse(target.getText())}, which this tree does not declare`);
    }
  }

  function assignPattern(
    pattern: ts.ObjectLiteralExpression | ts.ArrayLiteralExpression,
    value: TracedValue,
    at: ts.Node,
  ): void {
    if (ts.isArrayLiteralExpression(pattern)) {
      pattern.elements.forEach((element, index) => {
        const inner = memberOf(value, String(index));
        if (inner !== undefined && !ts.isOmittedExpression(element)) assignElement(element, inner, at);
      });
      return;
    }
    for (const property of pattern.properties) {
      const key = property.name === undefined ? undefined : keyOf(property.name);
      const inner = memberOf(value, key);
      if (inner === undefined) continue;
      if (ts.isShorthandPropertyAssignment(property)) assignElement(property.name, inner, at);
      if (ts.isPropertyAssignment(property)) assignElement(property.initializer, inner, at);
    }
  }

  function assignElement(element: ts.Expression, value: TracedValue, at: ts.Node): void {
    const target = ts.isBinaryExpression(element) ? element.left : element;
    if (isShared(value) && isPrimitive(session.checker().getTypeAtLocation(target))) return;
    assign(target, value, at);
  }

  function bind(
    name: ts.BindingName,
    declaration: ts.Node,
    value: TracedValue,
    at: ts.Node,
    how: Flow['how'],
  ): void {
    if (ts.isIdentifier(name)) {
      if (isShared(value) && isPrimitive(session.checker().getTypeAtLocation(name))) return;
      return sink.flow(
        { kind: ts.isBindingElement(declaration) ? 'pattern' : 'local', node: declaration, value },
        at,
        how,
      );
    }
    const taken: string[] = [];
    name.elements.forEach((element, index) => {
      if (ts.isOmittedExpression(element)) return;
      const key = ts.isArrayBindingPattern(name)
        ? String(index)
        : keyOf(element.propertyName ?? element.name);
      if (key !== undefined) taken.push(key);
      const inner =
        element.dotDotDotToken === undefined
          ? memberOf(value, key)
          : copied(value, ts.isArrayBindingPattern(name) ? [] : taken);
      if (inner !== undefined) bind(element.name, element, inner, element, 'alias');
    });
  }

  return tracer;
}
