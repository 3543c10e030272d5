// Functions that give an item back as the engine's own `release` slot does: the slot, what it only calls, and what only
// calls it; also where a field or a parameter holds one of them in every case.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import { resolvedConst } from './message-length.ts';
import type { FunctionNode, ReferenceIndex } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** A function that releases the item it is given. */
export interface ReleaseFunction {
  readonly fn: FunctionNode | ts.MethodSignature;
  /** Which parameter is the item. */
  readonly item: number;
  /** It is the slot: handle, cookie, item. */
  readonly isSlot: boolean;
  /** The slot calls it, and it does not call the slot. */
  readonly isInside?: boolean;
}

/** Questions about releasing in some files. */
export interface Releases {
  of(fn: ts.Node | undefined): ReleaseFunction | undefined;
  all(): readonly ReleaseFunction[];
  /** A field or parameter of function type that holds such a function whatever way it gets there. */
  heldBy(declaration: ts.Node): ReleaseFunction | undefined;
  /** The item that a call gives back. */
  releasedBy(call: ts.CallExpression): ts.Expression | undefined;
}

/** Finds them all: first from the slots down, then up to a fixed point. */
export function findReleases(session: Session, index: ReferenceIndex): Releases {
  const found = new Map<ts.Node, ReleaseFunction>();
  const held = new Map<ts.Node, ReleaseFunction | 'in-progress' | undefined>();
  const functions = index.files.flatMap(functionsIn);
  const members = membersOfLiterals(session, index);
  const slots = [...functions.filter((fn) => isReleaseSlot(session, fn)), ...slotsByName(session, index)];
  for (const fn of slots) {
    const item = fn.parameters.length - 1;
    if (item >= 0) found.set(fn, { fn, item, isSlot: true });
    const inner = onlyCall(fn);
    const callee = inner && index.callee(inner);
    const at = inner === undefined ? -1 : passedAt(index, inner, fn.parameters[item]);
    if (callee !== undefined && at >= 0 && !found.has(callee))
      found.set(callee, { fn: callee, item: at, isSlot: false, isInside: true });
  }
  const heldBy = (declaration: ts.Node): ReleaseFunction | undefined => {
    const known = held.get(declaration);
    if (known !== undefined) return known === 'in-progress' ? undefined : known;
    if (held.has(declaration)) return undefined;
    held.set(declaration, 'in-progress');
    const answer = holder(declaration);
    held.set(declaration, answer);
    return answer;
  };
  const valueHolds = (value: ts.Expression): ReleaseFunction | undefined => {
    const bare = unparenthesized(value);
    if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) return found.get(bare);
    const name = ts.isPropertyAccessExpression(bare) ? bare.name : ts.isIdentifier(bare) ? bare : undefined;
    const declaration = name && index.declarationOf(name);
    if (declaration === undefined) return undefined;
    if (ts.isFunctionDeclaration(declaration)) return found.get(declaration);
    return heldBy(declaration);
  };
  const holder = (declaration: ts.Node): ReleaseFunction | undefined => {
    const sources = valuesOf(index, declaration, (member) => members.get(member) ?? [], session.checker());
    const [first] = sources.map(valueHolds);
    return first !== undefined && sources.every((one) => valueHolds(one) !== undefined) ? first : undefined;
  };
  const releaseOfCall = (call: ts.CallExpression): ReleaseFunction | undefined => {
    const fn = index.callee(call);
    const direct = fn && found.get(fn);
    if (direct !== undefined) return direct;
    const callee = unparenthesized(call.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    const declaration = index.declarationOf(name);
    if (declaration !== undefined && isDeclaredSlot(declaration))
      return { fn: declaration, item: declaration.parameters.length - 1, isSlot: true };
    return declaration && heldBy(declaration);
  };
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    held.clear();
    for (const fn of functions) {
      if (found.has(fn)) continue;
      const call = onlyCall(fn);
      const release = call && releaseOfCall(call);
      const argument = release && call?.arguments[release.item];
      if (argument === undefined) continue;
      const item = fn.parameters.findIndex((parameter) => isPassed(index, argument, parameter));
      if (item >= 0) found.set(fn, { fn, item, isSlot: false });
    }
  }
  held.clear();
  return {
    of: (fn) => (fn === undefined ? undefined : found.get(fn)),
    all: () => [...found.values()],
    heldBy,
    releasedBy: (call) => {
      const release = releaseOfCall(call);
      return release === undefined ? undefined : call.arguments[release.item];
    },
  };
}

/** The slot as the contract declares it: whatever object it is called on is an engine. */
function isDeclaredSlot(declaration: ts.Declaration): declaration is ts.MethodSignature {
  if (!ts.isMethodSignature(declaration) || declaration.name.getText() !== 'release') return false;
  const members = new Set(
    (declaration.parent as ts.InterfaceDeclaration).members.map((one) => one.name?.getText()),
  );
  return declaration.parameters.length === 3 && members.has('allocate') && members.has('getItemInfo');
}

/** What object literals give to the members of the interfaces that type them. */
function membersOfLiterals(
  session: Session,
  index: ReferenceIndex,
): ReadonlyMap<ts.Node, readonly ts.Expression[]> {
  const checker = session.checker();
  const found = new Map<ts.Node, ts.Expression[]>();
  const read = (literal: ts.ObjectLiteralExpression, type: ts.Type): void => {
    for (const property of literal.properties) {
      const value = ts.isPropertyAssignment(property)
        ? property.initializer
        : ts.isShorthandPropertyAssignment(property)
          ? property.name
          : undefined;
      const name = property.name?.getText();
      if (value === undefined || name === undefined) continue;
      for (const member of checker.getPropertyOfType(type, name)?.declarations ?? []) {
        const list = found.get(member) ?? [];
        list.push(value);
        found.set(member, list);
      }
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const type = checker.getContextualType(node);
      if (type !== undefined) read(node, type);
    } else if (ts.isIdentifier(node) && isArgument(node)) {
      // A literal that went through a constant without a type of its own.
      const literal = resolvedConst(index, node);
      const type = ts.isObjectLiteralExpression(literal) ? checker.getContextualType(node) : undefined;
      if (type !== undefined && ts.isObjectLiteralExpression(literal)) read(literal, type);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of index.files) visit(file);
  return found;
}

function isArgument(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.arguments?.includes(node) === true
  );
}

/** Every function with a body in a file. */
export function functionsIn(file: ts.SourceFile): readonly FunctionNode[] {
  const found: FunctionNode[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && (node as { body?: ts.Node }).body !== undefined)
      found.push(node as FunctionNode);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The function fills a slot called `release` that another file's interface declares beside slots that hand items out. */
function isReleaseSlot(session: Session, fn: FunctionNode): boolean {
  const member = ts.isMethodDeclaration(fn) ? fn : fn.parent;
  const name = (member as { name?: ts.Node }).name;
  if (name === undefined || name.getText() !== 'release' || fn.parameters.length < 2) return false;
  const checker = session.checker();
  const owner = member.parent;
  const types: (ts.Type | undefined)[] = [];
  if (owner === undefined) return false;
  if (ts.isClassLike(owner)) {
    for (const clause of owner.heritageClauses ?? [])
      types.push(...clause.types.map((type) => checker.getTypeAtLocation(type)));
  } else if (ts.isObjectLiteralExpression(owner)) types.push(checker.getContextualType(owner));
  return types.some((type) => {
    const declared = type && checker.getPropertyOfType(type, 'release')?.declarations?.[0];
    if (declared === undefined || declared.getSourceFile() === fn.getSourceFile()) return false;
    return ['allocate', 'getItemInfo', 'store'].some(
      (slot) => type && checker.getPropertyOfType(type, slot) !== undefined,
    );
  });
}

/** Constants that fill the slot by their name: `{ release, unknownCommand: … }`. */
function slotsByName(session: Session, index: ReferenceIndex): readonly FunctionNode[] {
  const checker = session.checker();
  const found: FunctionNode[] = [];
  const visit = (node: ts.Node): void => {
    const isNamed =
      (ts.isShorthandPropertyAssignment(node) && node.name.text === 'release') ||
      (ts.isPropertyAssignment(node) &&
        node.name.getText() === 'release' &&
        ts.isIdentifier(node.initializer));
    if (isNamed && ts.isObjectLiteralExpression(node.parent)) {
      const type = checker.getContextualType(node.parent);
      const isSlot = type !== undefined && checker.getPropertyOfType(type, 'allocate') !== undefined;
      const declaration = index.declarationOf(ts.isPropertyAssignment(node) ? node.initializer : node.name);
      const value =
        declaration !== undefined && ts.isVariableDeclaration(declaration)
          ? declaration.initializer
          : declaration;
      const isFunction =
        value !== undefined && ts.isFunctionLike(value) && (value as { body?: ts.Node }).body !== undefined;
      if (isSlot && isFunction) found.push(value as FunctionNode);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of index.files) visit(file);
  return found;
}

/** The call that a function is, and nothing else. */
function onlyCall(fn: FunctionNode): ts.CallExpression | undefined {
  const { body } = fn;
  if (!ts.isBlock(body)) {
    const bare = unparenthesized(body);
    return ts.isCallExpression(bare) ? bare : undefined;
  }
  const [only] = body.statements;
  if (body.statements.length !== 1 || only === undefined) return undefined;
  const expression =
    ts.isExpressionStatement(only) || ts.isReturnStatement(only) ? only.expression : undefined;
  return expression !== undefined && ts.isCallExpression(expression) ? expression : undefined;
}

function passedAt(
  index: ReferenceIndex,
  call: ts.CallExpression,
  parameter: ts.ParameterDeclaration | undefined,
): number {
  return parameter === undefined
    ? -1
    : call.arguments.findIndex((argument) => isPassed(index, argument, parameter));
}

/** The argument is the parameter itself, perhaps seen through a cast or a checking function. */
function isPassed(
  index: ReferenceIndex,
  argument: ts.Expression,
  parameter: ts.ParameterDeclaration,
): boolean {
  const bare = unparenthesized(argument);
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare))
    return isPassed(index, bare.expression, parameter);
  if (ts.isIdentifier(bare)) return index.declarationOf(bare) === parameter;
  const [only] = ts.isCallExpression(bare) ? bare.arguments : [];
  return (
    ts.isCallExpression(bare) &&
    bare.arguments.length === 1 &&
    only !== undefined &&
    isPassed(index, only, parameter)
  );
}

/** Every value that a constant, a field or a parameter is given. Empty where that is not known. */
export function valuesOf(
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
    return member === undefined ? [] : valuesOf(index, member, given, checker);
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
