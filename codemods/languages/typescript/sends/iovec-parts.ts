// Rewrites what speaks of iovecs as values: a stretch of memory is the memory itself, and its length is its own.
import { ts } from 'ts-morph';
import { fileStyle, indentationAt } from '../file-style.ts';
import type { Session } from '../session.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import { indentUnit } from './lowering.ts';
import { partElements, partsOfMessage } from './message-length.ts';
import type { OldConnection, OldPath } from './old-path.ts';
import type { PieceLoop } from './piece-loops.ts';
import { isPure } from './pure.ts';
import type { ReferenceIndex } from './reference-index.ts';
import type { Part, TextPlan } from './text-plan.ts';
import { unparenthesized } from './unparenthesized.ts';

/** What this part of the rewrite needs, and what it tells. */
export interface IovecInput {
  readonly session: Session;
  readonly path: OldPath;
  readonly index: ReferenceIndex;
  readonly plan: TextPlan;
  readonly isDead: (node: ts.Node) => boolean;
  readonly cannot: (node: ts.Node, why: string) => void;
}

type Iovec = NonNullable<OldConnection['iovec']>;

/** Decides about every literal, member and pattern of an iovec in the files. */
export function rewriteIovecs(input: IovecInput, files: readonly ts.SourceFile[]): void {
  const { path, plan } = input;
  const checker = input.session.checker();
  if (!path.known().some(({ iovec }) => iovec !== undefined)) return;
  const iovecOf = (type: ts.Type | undefined): Iovec | undefined =>
    type && path.iovecOf(checker.getNonNullableType(type))?.iovec;
  const visit = (node: ts.Node): void => {
    if (input.isDead(node)) return;
    if (ts.isObjectLiteralExpression(node)) {
      const iovec = iovecOf(checker.getContextualType(node)) ?? iovecOf(meantFor(input, node));
      if (iovec !== undefined) {
        const parts = memoryOf(input, node, iovec);
        if (parts === undefined) input.cannot(node, 'an iovec is made in a way that is not understood');
        // An arrow function needs no parentheses around what is no literal any more.
        else plan.replace(ts.isParenthesizedExpression(node.parent) ? node.parent : node, parts);
      }
    } else if (ts.isPropertyAccessExpression(node)) {
      const iovec = iovecOf(checker.getTypeAtLocation(node.expression));
      if (iovec !== undefined && node.name.text === iovec.base) plan.replace(node, [node.expression]);
      if (iovec !== undefined && node.name.text === iovec.length)
        plan.replace(node, [node.expression, '.length']);
    } else if (ts.isObjectBindingPattern(node)) {
      const iovec = iovecOf(checker.getTypeAtLocation(node));
      if (iovec !== undefined) takeApart(input, node, iovec);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of files) visit(file);
}

/** What a literal without a type of its own goes to: what `map` makes of it, or where the constant that it is goes. */
function meantFor(
  { session, index }: Pick<IovecInput, 'session' | 'index'>,
  literal: ts.ObjectLiteralExpression,
): ts.Type | undefined {
  const checker = session.checker();
  let at: ts.Node = literal;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const fn = ts.isArrowFunction(at.parent) ? at.parent : enclosingFunction(literal);
  const isAnswer = ts.isArrowFunction(at.parent) || ts.isReturnStatement(at.parent);
  const call = isAnswer && fn !== undefined && ts.isCallExpression(fn.parent) ? fn.parent : undefined;
  if (call !== undefined) {
    const list = checker.getContextualType(call);
    return list && checker.getIndexTypeOfType(list, ts.IndexKind.Number);
  }
  // Among iovecs it is one, too: `[head, ...body, { iovBase, iovLen }]`.
  if (ts.isArrayLiteralExpression(at.parent) && at.parent.elements.length > 1)
    return checker.getIndexTypeOfType(checker.getTypeAtLocation(at.parent), ts.IndexKind.Number);
  if (!ts.isVariableDeclaration(at.parent) || at.parent.type !== undefined) return undefined;
  const [use] = index
    .uses(at.parent)
    .filter((one) => ts.isIdentifier(one) && !ts.isPropertyAccessExpression(one.parent));
  return use !== undefined && ts.isIdentifier(use) ? checker.getContextualType(use) : undefined;
}

/** `{ iovBase, iovLen }` as memory: the base, or the part of it that the length says. */
export function memoryOf(
  { index }: Pick<IovecInput, 'index'>,
  literal: ts.ObjectLiteralExpression,
  iovec: Iovec,
): readonly Part[] | undefined {
  const members = new Map<string, ts.Expression>();
  for (const property of literal.properties) {
    if (ts.isPropertyAssignment(property)) members.set(property.name.getText(), property.initializer);
    else if (ts.isShorthandPropertyAssignment(property)) members.set(property.name.text, property.name);
    else return undefined;
  }
  const base = members.get(iovec.base);
  const length = members.get(iovec.length);
  if (base === undefined || length === undefined) return undefined;
  if (isWholeLength(index, base, length)) return [base];
  const isTight =
    ts.isIdentifier(base) ||
    ts.isPropertyAccessExpression(base) ||
    ts.isCallExpression(base) ||
    (ts.isNewExpression(base) && base.arguments !== undefined);
  return isTight ? [base, '.subarray(0, ', length, ')'] : ['(', base, ').subarray(0, ', length, ')'];
}

/** The length is provably the length of all of the memory. */
function isWholeLength(index: ReferenceIndex, base: ts.Expression, length: ts.Expression): boolean {
  const own = normal(base);
  const said = lengthBehind(index, length);
  if (!isPure(base)) return false;
  if (said === `${own}.length` || said === `${own}.byteLength`) return true;
  if (said === madeWith(index, base)) return true;
  const count = /^\d+$/.test(said) ? Number(said) : undefined;
  return count !== undefined && count === exactLength(index, base);
}

function lengthBehind(index: ReferenceIndex, length: ts.Expression): string {
  const declaration = ts.isIdentifier(length) ? index.declarationOf(length) : undefined;
  const isConst =
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  return normal(isConst && declaration.initializer !== undefined ? declaration.initializer : length);
}

/** The length that memory was made with: `size` of `const head = new Uint8Array(size)`. */
function madeWith(index: ReferenceIndex, base: ts.Expression): string | undefined {
  const declaration = ts.isIdentifier(base) ? index.declarationOf(base) : undefined;
  const isConst =
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  const made = isConst ? declaration.initializer : undefined;
  if (made === undefined || !ts.isNewExpression(made) || made.expression.getText() !== 'Uint8Array')
    return undefined;
  const [size] = made.arguments ?? [];
  const counter = size !== undefined && ts.isIdentifier(size) ? index.declarationOf(size) : undefined;
  const isFixed =
    counter !== undefined &&
    ts.isVariableDeclaration(counter) &&
    (counter.parent.flags & ts.NodeFlags.Const) !== 0;
  return size !== undefined && isFixed ? lengthBehind(index, size) : undefined;
}

/** Bytes of memory that is made of constants. */
function exactLength(index: ReferenceIndex, base: ts.Expression): number | undefined {
  const declaration = ts.isIdentifier(base) ? index.declarationOf(base) : undefined;
  const made =
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    (declaration.parent.flags & ts.NodeFlags.Const) !== 0
      ? declaration.initializer
      : undefined;
  if (made === undefined) return undefined;
  const [first] = ts.isNewExpression(made) || ts.isCallExpression(made) ? (made.arguments ?? []) : [];
  if (first === undefined) return undefined;
  if (ts.isNewExpression(made) && made.expression.getText() === 'Uint8Array' && ts.isNumericLiteral(first))
    return Number(first.text);
  const isFrom = /^(?:Uint8Array\.(?:from|of))$/.test((made as ts.CallExpression).expression.getText());
  if (isFrom && ts.isArrayLiteralExpression(first) && !first.elements.some(ts.isSpreadElement))
    return first.elements.length;
  return undefined;
}

function takeApart(input: IovecInput, pattern: ts.ObjectBindingPattern, iovec: Iovec): void {
  const { plan, index } = input;
  const takes = (name: string): ts.BindingElement | undefined =>
    pattern.elements.find((one) => (one.propertyName ?? one.name).getText() === name);
  const base = takes(iovec.base);
  const length = takes(iovec.length);
  if (
    pattern.elements.some(
      (one) =>
        (one !== base && one !== length) || one.initializer !== undefined || !ts.isIdentifier(one.name),
    )
  ) {
    input.cannot(pattern, 'an iovec is taken apart in a way that is not understood');
    return;
  }
  if (base === undefined) {
    if (length !== undefined) plan.replace(length, [`length: ${length.name.getText()}`]);
    return;
  }
  const name = base.name.getText();
  plan.replace(pattern, [name]);
  if (length === undefined) return;
  for (const use of index.uses(length)) {
    const own = ts.isShorthandPropertyAssignment(use.parent)
      ? `${use.getText()}: ${name}.length`
      : `${name}.length`;
    plan.replace(ts.isShorthandPropertyAssignment(use.parent) ? use.parent : use, [own]);
  }
}

/** Copies for one sendmsg, as statements: one for each part of an array that is written down, or a loop over the array. */
export function copiesOfMessage(
  input: Pick<IovecInput, 'session' | 'path' | 'index' | 'plan'>,
  call: ts.CallExpression,
  piece: PieceLoop | undefined,
): readonly (readonly Part[])[] | undefined {
  const callee = unparenthesized(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const connection = callee.expression;
  const iovec = input.path.known().find((one) => one.iovec !== undefined)?.iovec;
  const [argument] = call.arguments;
  if (iovec === undefined || argument === undefined) return undefined;
  const over = (array: ts.Expression, text: readonly Part[]): readonly Part[] =>
    loop(connection, text, isOwnIovec(input, array) ? iovec : undefined);
  if (piece !== undefined)
    return [over(piece.parts, piece.isField ? [piece.parts, '.splice(0)'] : [piece.parts])];
  const parts = partsOfMessage(input.path, input.index, call);
  const bare = parts && unparenthesized(parts);
  if (bare !== undefined && ts.isArrayLiteralExpression(bare))
    return bare.elements.map((element) =>
      ts.isSpreadElement(element)
        ? over(element.expression, [element.expression])
        : [connection, '.copyToOutputStream(', element, ');'],
    );
  const written = bare === undefined ? undefined : writtenDown(input, bare, call);
  if (written !== undefined)
    return written.map((element) => [connection, '.copyToOutputStream(', element, ');']);
  if (bare !== undefined) return [over(bare, [bare])];
  const [name] = input.path.known().flatMap(({ msghdr }) => msghdr?.parts ?? []);
  // A helper that makes the message is called once, in the head of the loop.
  const isReady = isPure(argument) || (ts.isCallExpression(argument) && isPure(connection));
  return isReady && name !== undefined ? [loop(connection, [argument, `.${name}`], undefined)] : undefined;
}

/** The parts of a local array that is written down in the same function, and that nothing but this call reads. */
function writtenDown(
  { index, plan }: Pick<IovecInput, 'index' | 'plan'>,
  array: ts.Expression,
  call: ts.CallExpression,
): readonly ts.ObjectLiteralExpression[] | undefined {
  const declaration = ts.isIdentifier(array) ? index.declarationOf(array) : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  if (enclosingFunction(declaration) !== enclosingFunction(call)) return undefined;
  const pushes: ts.Statement[] = [];
  for (const use of index.uses(declaration)) {
    if (use.pos >= call.pos && use.end <= call.end) continue;
    const access = use.parent;
    const statement = access.parent.parent;
    const isPush =
      ts.isPropertyAccessExpression(access) &&
      access.name.text === 'push' &&
      ts.isExpressionStatement(statement);
    if (!isPush || statement.pos > call.pos || enclosingFunction(use) !== enclosingFunction(call))
      return undefined;
    pushes.push(statement);
  }
  const elements = partElements(index, array);
  // A part that has a name of its own may be changed under it.
  if (elements?.some((one) => ts.isVariableDeclaration(one.parent)) === true) return undefined;
  const isPlain = elements?.every((one) =>
    one.properties.every((each) =>
      ts.isPropertyAssignment(each)
        ? isFixed(index, each.initializer)
        : ts.isShorthandPropertyAssignment(each) && isFixed(index, each.name),
    ),
  );
  if (elements === undefined || isPlain !== true) return undefined;
  for (const push of pushes) plan.remove(push);
  return elements;
}

/** The same value wherever it stands in the function: constants, and their members. */
function isFixed(index: ReferenceIndex, node: ts.Node): boolean {
  if (ts.isIdentifier(node)) {
    const declaration = index.declarationOf(node);
    if (declaration !== undefined && ts.isParameter(declaration)) return true;
    let at: ts.Node | undefined = declaration;
    while (at !== undefined && ts.isBindingElement(at)) at = at.parent.parent;
    if (at !== undefined && ts.isParameter(at)) return true;
    return at !== undefined && ts.isVariableDeclaration(at) && (at.parent.flags & ts.NodeFlags.Const) !== 0;
  }
  if (ts.isPropertyAccessExpression(node)) return isFixed(index, node.expression);
  if (ts.isNumericLiteral(node)) return true;
  return (
    ts.isBinaryExpression(node) && isPure(node) && isFixed(index, node.left) && isFixed(index, node.right)
  );
}

/** Elements of the array have the two members, under a type that is not the contract's and stays. */
function isOwnIovec(input: Pick<IovecInput, 'session' | 'path' | 'index'>, array: ts.Expression): boolean {
  const checker = input.session.checker();
  const element = checker.getIndexTypeOfType(checker.getTypeAtLocation(array), ts.IndexKind.Number);
  if (element === undefined || input.path.iovecOf(element) !== undefined) return false;
  const made = element.symbol?.declarations?.[0];
  // A literal that becomes memory is no object with two members any more.
  if (made === undefined || !ts.isObjectLiteralExpression(made)) return true;
  const meant = checker.getContextualType(made) ?? meantFor(input, made);
  const wanted = [meant, meantFor(input, made)].some(
    (type) => type !== undefined && input.path.iovecOf(type) !== undefined,
  );
  return !wanted;
}

function loop(connection: ts.Expression, over: readonly Part[], own: Iovec | undefined): readonly Part[] {
  const taken = namesNear(connection);
  if (own !== undefined) {
    let statement: ts.Node = connection;
    while (!ts.isStatement(statement)) statement = statement.parent;
    for (let at = statement.parent; !ts.isFunctionLike(at); at = at.parent)
      if (ts.isIterationStatement(at, false)) statement = at;
    const source = connection.getSourceFile();
    const { eol, semicolon } = fileStyle(source);
    const indent = indentationAt(source.text, statement.getStart(source));
    return [
      `for (const { ${own.base}, ${own.length} } of `,
      ...over,
      `) {${eol}${indent}${indentUnit(source)}`,
      connection,
      `.copyToOutputStream(${own.base}.subarray(0, ${own.length}))${semicolon}${eol}${indent}}`,
    ];
  }
  const name = ['part', 'memory', 'stretch', 'sentPart'].find((one) => !taken.has(one)) ?? 'copiedPart';
  return [`for (const ${name} of `, ...over, ') ', connection, `.copyToOutputStream(${name});`];
}

/** Names that are used in the function around. */
function namesNear(node: ts.Node): ReadonlySet<string> {
  let scope: ts.Node = node;
  while (scope.parent !== undefined && !ts.isFunctionLike(scope)) scope = scope.parent;
  return new Set(scope.getText().match(/[A-Za-z_$][\w$]*/g));
}

function normal(node: ts.Node): string {
  return node.getText().replace(/\s+/g, '');
}
