// What happens to a value that is an argument or a receiver of a call.
import { ts } from 'ts-morph';
import {
  bareCallee,
  type Call,
  calleeText,
  isBodiless,
  throughCallback,
  usesArguments,
} from './call-shapes.ts';
import {
  keepsFrom,
  libraryEffect,
  methodEffect,
  onlyReadsArguments,
  type ReceiverKind,
} from './library-calls.ts';
import { olderContractImport } from './older-contract.ts';
import { collapse } from './ranges.ts';
import { anyWritablePath } from './read-only-types.ts';
import { copied, isShared, memberOf, type TracedValue, type Tracer, wrapped } from './traced-value.ts';
import { isAny, isLibrarySymbol, isPrimitive, isTypedArrayName, libraryName } from './type-facts.ts';

/** Follows arguments and receivers. */
export interface CallTracer {
  argument(call: Call, expression: ts.Expression, value: TracedValue): void;
  method(
    call: ts.CallExpression,
    access: ts.PropertyAccessExpression | ts.ElementAccessExpression,
    name: string,
    value: TracedValue,
  ): void;
}

/** The part of a tracer that knows calls. */
export function callTracer(tracer: Tracer): CallTracer {
  const { session, sink } = tracer;

  function argument(call: Call, expression: ts.Expression, value: TracedValue): void {
    const checker = session.checker();
    const index = call.arguments?.indexOf(expression) ?? -1;
    if (index < 0) return;
    if (isShared(value) && isPrimitive(checker.getTypeAtLocation(expression))) return;
    const text = calleeText(call);
    const callee = bareCallee(call);
    const symbol = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(callee) ? callee.name : callee);
    const own =
      symbol?.declarations?.some(
        (one) =>
          session.isInTree(one.getSourceFile().fileName) &&
          !ts.isImportSpecifier(one) &&
          !ts.isImportClause(one) &&
          !ts.isNamespaceImport(one),
      ) ?? false;
    if (!own && libraryArgument(call, text, index, expression, value)) return;
    if (
      ts.isPropertyAccessExpression(callee) &&
      !own &&
      methodArgument(call, callee, index, expression, value)
    )
      return;
    if (callee.kind === ts.SyntaxKind.ImportKeyword) return;
    const declaration = checker.getResolvedSignature(call)?.getDeclaration() as
      | ts.SignatureDeclaration
      | undefined;
    if (declaration === undefined) {
      if (ts.isNewExpression(call) && symbol !== undefined && !isAny(checker.getTypeAtLocation(callee)))
        return;
      return sink.escape(expression, `passed to ${text}, which has no declaration to look at`);
    }
    declaredArgument(call, declaration, index, expression, value, text);
  }

  function declaredArgument(
    call: Call,
    declaration: ts.SignatureDeclaration,
    index: number,
    expression: ts.Expression,
    value: TracedValue,
    text: string,
  ): void {
    const checker = session.checker();
    const own = declaration.parameters.filter(
      (one) => !(ts.isIdentifier(one.name) && one.name.text === 'this'),
    );
    const last = own.at(-1);
    const parameter =
      own[index] ??
      (last !== undefined && ts.isParameter(last) && last.dotDotDotToken !== undefined ? last : undefined);
    const path = declaration.getSourceFile().fileName;
    if (!session.isInTree(path) || session.tree().isContractFile(path)) {
      const type =
        parameter !== undefined && ts.isParameter(parameter)
          ? checker.getTypeAtLocation(parameter)
          : undefined;
      if (
        type !== undefined &&
        (isPrimitive(type) || anyWritablePath(checker, type) === undefined) &&
        !isAny(type)
      )
        return;
      const old = olderContractImport(session, call, declaration);
      if (old === 'conforms') return;
      if (old !== undefined) return sink.flow({ kind: 'slot', node: old, value }, expression, 'argument');
      const shared = !isShared(value) && type === undefined;
      if (!shared)
        sink.escape(
          expression,
          `passed to ${text}, which this tree does not declare and whose parameter may be written to`,
        );
      return;
    }
    if (parameter === undefined || !ts.isParameter(parameter)) {
      if (usesArguments(declaration))
        sink.escape(expression, `passed to ${text}, which reads it through arguments`);
      return;
    }
    if (isBodiless(declaration)) {
      const type = checker.getTypeAtLocation(parameter);
      if (isAny(type) || anyWritablePath(checker, type) !== undefined)
        sink.escape(expression, `passed to ${text}, which is declared here but not defined`);
      return;
    }
    const given = parameter.dotDotDotToken === undefined ? value : wrapped(value, {});
    if (given === undefined) return;
    sink.flow({ kind: 'parameter', node: parameter, value: given }, expression, 'argument');
    for (const part of tracer.returned(declaration, parameter, given)) tracer.climb(call, part);
  }

  /** True when the call is a well-known one and has been dealt with. */
  function libraryArgument(
    call: Call,
    text: string,
    index: number,
    expression: ts.Expression,
    value: TracedValue,
  ): boolean {
    const effect = libraryEffect(text, index);
    if (effect === undefined) return false;
    switch (effect.does) {
      case 'write':
        if (isShared(value))
          sink.write(expression, `${text} of ${collapse(expression.getText())}`, value, undefined);
        if (effect.returns === true) tracer.climb(call, value);
        return true;
      case 'return':
        tracer.climb(call, value);
        return true;
      case 'copy-into': {
        const copy = copied(value, []);
        const into = call.arguments?.[effect.into];
        if (copy === undefined || into === undefined) return true;
        tracer.climb(call, copy);
        if (ts.isIdentifier(into) || ts.isPropertyAccessExpression(into)) tracer.assign(into, copy, call);
        return true;
      }
      case 'copy': {
        if (holdsPrimitives(expression, value)) return true;
        const copy = effect.levels === 'holder' ? wrapped(value, {}) : copied(value, []);
        tracer.climb(call, effect.levels === 'entries' && copy !== undefined ? wrapped(copy, {}) : copy);
        return true;
      }
      case 'view':
        if (isBufferLike(expression)) tracer.climb(call, value);
        return true;
      case 'read':
        return true;
    }
  }

  function methodArgument(
    call: Call,
    callee: ts.PropertyAccessExpression,
    index: number,
    expression: ts.Expression,
    value: TracedValue,
  ): boolean {
    const checker = session.checker();
    const name = callee.name.text;
    const symbol = checker.getSymbolAtLocation(callee.name);
    const receiver = checker.getNonNullableType(checker.getTypeAtLocation(callee.expression));
    const kind = receiverKind(receiver);
    if (symbol !== undefined && !isLibrarySymbol(symbol) && kind === undefined) return false;
    const from = keepsFrom(kind, name);
    if (kind === 'bytes' && name === 'copy' && index === 0) {
      if (isShared(value))
        sink.write(
          expression,
          `${collapse(callee.getText())} into ${collapse(expression.getText())}`,
          value,
          undefined,
        );
      return true;
    }
    // Bytes that are set, written or filled from other bytes are copied.
    if (kind === 'bytes' || kind === 'view') return true;
    if (from !== undefined) {
      const held = index >= from ? wrapped(value, {}) : undefined;
      if (held !== undefined) keep(callee.expression, held, call);
      return true;
    }
    if (kind === 'keyed') return true;
    if (name === 'concat' && kind === 'list') {
      tracer.climb(call, value);
      return true;
    }
    return (
      kind !== undefined ||
      (symbol === undefined || isLibrarySymbol(symbol) ? onlyReadsArguments(name) : false)
    );
  }

  /** The value was put into a container: it can come out wherever the container is used. */
  function keep(receiver: ts.Expression, held: TracedValue, at: ts.Node): void {
    let into: ts.Expression = receiver;
    while (ts.isParenthesizedExpression(into) || ts.isNonNullExpression(into) || ts.isAsExpression(into))
      into = into.expression;
    if (ts.isCallExpression(into) && ts.isPropertyAccessExpression(into.expression)) {
      // `map.get(key).push(value)`, `map.set(...).set(...)`.
      const outer = /^(?:get|at|find|pop|shift)$/.test(into.expression.name.text) ? wrapped(held, {}) : held;
      if (outer !== undefined) keep(into.expression.expression, outer, at);
      return;
    }
    if (ts.isNewExpression(into) || ts.isArrayLiteralExpression(into)) return;
    const checker = session.checker();
    const symbol = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(into) ? into.name : into);
    const declaration = symbol?.valueDeclaration;
    if (
      declaration !== undefined &&
      ts.isIdentifier(into) &&
      session.isInTree(declaration.getSourceFile().fileName)
    ) {
      return sink.flow(
        { kind: ts.isParameter(declaration) ? 'parameter' : 'local', node: declaration, value: held },
        at,
        'store',
      );
    }
    tracer.assign(into, held, at);
  }

  function method(
    call: ts.CallExpression,
    access: ts.PropertyAccessExpression | ts.ElementAccessExpression,
    name: string,
    value: TracedValue,
  ): void {
    const checker = session.checker();
    const receiver = checker.getNonNullableType(checker.getTypeAtLocation(access.expression));
    const kind = receiverKind(receiver);
    const text = collapse(access.getText());
    const declaration = checker.getResolvedSignature(call)?.getDeclaration() as
      | ts.SignatureDeclaration
      | undefined;
    const inTree =
      declaration !== undefined &&
      session.isInTree(declaration.getSourceFile().fileName) &&
      !session.tree().isContractFile(declaration.getSourceFile().fileName);
    if (inTree && ts.isMethodDeclaration(declaration) && declaration.body !== undefined)
      return throughThis(declaration, value);
    const effect = methodEffect(kind, name);
    if (effect === 'write') {
      if (isShared(value)) sink.write(access, `${text}()`, value, undefined);
      return;
    }
    if (effect === undefined) {
      const isPromise = /^(?:Promise|PromiseLike)$/.test(libraryName(receiver) ?? '');
      if (name === 'then' && isPromise) return throughCallback(call, value, tracer);
      if (declaration === undefined && isShared(value))
        sink.escape(access, `${text}() has no declaration to look at`);
      return;
    }
    const primitive =
      isPrimitive(checker.getTypeAtLocation(call)) || holdsPrimitives(access.expression, value);
    switch (effect) {
      case 'same':
        return tracer.climb(call, value);
      case 'copy-or-view':
        // Buffer's own slice is a view; a typed array's is a copy.
        if (libraryName(receiver) === 'Buffer' || libraryName(receiver) === 'NonSharedBuffer')
          tracer.climb(call, value);
        return;
      case 'element':
        return primitive ? undefined : tracer.climb(call, memberOf(value, undefined));
      case 'members':
        return primitive ? undefined : tracer.climb(call, copied(value, []));
      case 'entries': {
        const copy = primitive ? undefined : copied(value, []);
        return tracer.climb(call, copy === undefined ? undefined : wrapped(copy, {}));
      }
      case 'callback': {
        const element = memberOf(value, undefined);
        if (element !== undefined && !holdsPrimitives(access.expression, value))
          throughCallback(call, element, tracer, name.startsWith('reduce') ? 1 : 0);
        return;
      }
      case 'read':
        return;
    }
  }

  /** A method of the value's own class: what it does to `this`. */
  function throughThis(declaration: ts.MethodDeclaration, value: TracedValue): void {
    if (busy.has(declaration) || declaration.body === undefined) return;
    busy.add(declaration);
    const visit = (node: ts.Node): void => {
      if (node.kind === ts.SyntaxKind.ThisKeyword) tracer.climb(node as ts.Expression, value);
      if (ts.isClassLike(node) || ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node)) return;
      ts.forEachChild(node, visit);
    };
    visit(declaration.body);
    busy.delete(declaration);
  }
  const busy = new Set<ts.Node>();

  function holdsPrimitives(expression: ts.Expression, value: TracedValue): boolean {
    if (!isShared(value)) return false;
    const checker = session.checker();
    const type = checker.getNonNullableType(checker.getTypeAtLocation(expression));
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    return element !== undefined && !isAny(element) && isPrimitive(element);
  }

  function isBufferLike(expression: ts.Expression): boolean {
    const type = session.checker().getNonNullableType(session.checker().getTypeAtLocation(expression));
    const parts = type.isUnion() ? type.types : [type];
    if (
      parts.some((part) =>
        /^(?:Shared)?ArrayBuffer(?:Like)?$/.test(libraryName(part) ?? part.symbol?.name ?? ''),
      )
    )
      return true;
    return isAny(type) && /\.buffer$/.test(expression.getText());
  }

  function receiverKind(type: ts.Type): ReceiverKind | undefined {
    const checker = session.checker();
    const name = libraryName(type);
    if (isTypedArrayName(name)) return 'bytes';
    if (name === 'DataView') return 'view';
    if (name !== undefined && /^(?:Readonly)?(?:Map|Set)$|^Weak(?:Map|Set)$/.test(name)) return 'keyed';
    if (name === 'Date') return 'date';
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    if (element === undefined || isAny(type)) return undefined;
    if (checker.isArrayType(type) || checker.isTupleType(type) || name === 'ReadonlyArray') return 'list';
    return isPrimitive(element) ? 'bytes' : 'list';
  }

  return { argument, method };
}
