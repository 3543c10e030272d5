// Small questions about calls and the functions they reach.
import { ts } from 'ts-morph';
import { collapse } from './ranges.ts';
import type { TracedValue, Tracer } from './traced-value.ts';

/** What is called, without parentheses and casts. */
export function bareCallee(call: Call): ts.Expression {
  let at: ts.Expression = call.expression;
  while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isAsExpression(at))
    at = at.expression;
  return at;
}

/** `Object.assign`, `new DataView`, `logResponse`. */
export function calleeText(call: Call): string {
  const text = collapse(bareCallee(call).getText()).replace(/\?\./g, '.');
  return ts.isNewExpression(call) ? `new ${text}` : text;
}

/** `declare function` and the like: no overload, no member that someone implements. */
export function isBodiless(declaration: ts.SignatureDeclaration): boolean {
  if (!ts.isFunctionDeclaration(declaration) || declaration.body !== undefined) return false;
  const symbol = (declaration as { symbol?: ts.Symbol }).symbol;
  return symbol?.declarations?.every((one) => (one as { body?: ts.Node }).body === undefined) ?? true;
}

/** The function may reach its arguments without naming them. */
export function usesArguments(declaration: ts.SignatureDeclaration): boolean {
  const body = (declaration as { body?: ts.Node }).body;
  return body !== undefined && /\barguments\b/.test(body.getText());
}

/** The value comes to a parameter of the callback that a library function is given. */
export function throughCallback(
  call: ts.CallExpression,
  value: TracedValue,
  tracer: Tracer,
  index: number = 0,
): void {
  const [callback] = call.arguments;
  if (callback === undefined) return;
  if (ts.isArrowFunction(callback) || ts.isFunctionExpression(callback)) {
    const parameter = callback.parameters[index];
    if (parameter !== undefined)
      tracer.sink.flow({ kind: 'parameter', node: parameter, value }, call, 'argument');
    return;
  }
  const checker = tracer.session.checker();
  const symbol = checker.getSymbolAtLocation(
    ts.isPropertyAccessExpression(callback) ? callback.name : callback,
  );
  const target =
    symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
      ? checker.getAliasedSymbol(symbol)
      : symbol;
  const declaration = target?.valueDeclaration;
  const parameter =
    declaration !== undefined && ts.isFunctionLike(declaration) ? declaration.parameters[index] : undefined;
  if (
    parameter !== undefined &&
    ts.isParameter(parameter) &&
    tracer.session.isInTree(parameter.getSourceFile().fileName)
  ) {
    tracer.sink.flow({ kind: 'parameter', node: parameter, value }, call, 'argument');
  }
}

/** A call, with or without `new`. */
export type Call = ts.CallExpression | ts.NewExpression;
