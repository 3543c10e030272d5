// What is always the same on the new path: reserveItem and pushTempAlloc answer true, transmit answers Complete, sendmsg
// takes everything. Follows these answers through variables, conditions and helpers; says which code is dead by them.
import { ts } from 'ts-morph';
import { isInside } from '../is-inside.ts';
import type { Session } from '../session.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import { completion, continuesByName } from './completion.ts';
import { hasBytesLeft, isTotalOf } from './message-length.ts';
import type { OldPath } from './old-path.ts';
import type { FunctionNode, ReferenceIndex } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** A value that is known: a constant, or the number of bytes that a sendmsg took, which are all of them. */
export interface Known {
  readonly value: boolean | number | undefined | 'taken';
  /** It is known because of the new path, not because it was written down. */
  readonly isDerived: boolean;
  /** For `taken`: the calls of sendmsg. */
  readonly calls?: readonly ts.CallExpression[];
}

/** What folds away. */
export interface Folding {
  valueOf(expression: ts.Expression): Known | undefined;
  /** The variable has one value everywhere, and is not needed any more. */
  isFolded(variable: ts.Node): boolean;
  /** A helper whose answer is always the same: it needs to answer nothing any more. */
  isConstant(fn: ts.Node): boolean;
  isDead(node: ts.Node): boolean;
  /** The condition of this branch or loop is decided by the new path. */
  decided(condition: ts.Expression): boolean | undefined;
  /** The loop is entered, and what it waits for has come about at the end of its first round. */
  runsOnce(loop: ts.Node): boolean;
}

type Bottom = 'in-progress';

/** Runs to a fixed point: each round sees the code that the one before found dead. */
export function foldSends(session: Session, path: OldPath, index: ReferenceIndex): Folding {
  let before = new Rounds(session, path, index, new Set(), new Map());
  for (let round = 0; round < 12; round += 1) {
    const next = new Rounds(session, path, index, before.findDead(), before.findConstants());
    const isStable = next.dead.size === before.dead.size && next.constants.size === before.constants.size;
    before = next;
    if (isStable) break;
  }
  return before;
}

class Rounds implements Folding {
  readonly dead: ReadonlySet<ts.Node>;
  readonly constants: ReadonlyMap<ts.Node, Known>;
  readonly #session: Session;
  readonly #path: OldPath;
  readonly #index: ReferenceIndex;
  readonly #values = new Map<ts.Node, Known | Bottom | undefined>();
  /** Values that a variable has only before its loop, while the condition is looked at for the first time. */
  readonly #first = new Map<ts.Node, Known>();
  readonly #flagLoops = new Set<ts.Node>();

  constructor(
    session: Session,
    path: OldPath,
    index: ReferenceIndex,
    dead: ReadonlySet<ts.Node>,
    constants: ReadonlyMap<ts.Node, Known>,
  ) {
    this.#session = session;
    this.#path = path;
    this.#index = index;
    this.dead = dead;
    this.constants = constants;
  }

  isDead(node: ts.Node): boolean {
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent)
      if (this.dead.has(at)) return true;
    return false;
  }

  isFolded(variable: ts.Node): boolean {
    const known = this.#variable(variable);
    return known !== undefined && known !== 'in-progress' && known.isDerived;
  }

  isConstant(fn: ts.Node): boolean {
    return this.constants.has(fn);
  }

  runsOnce(loop: ts.Node): boolean {
    const condition = conditionOf(loop);
    // Looking at the condition looks at its variables.
    if (condition !== undefined) this.valueOf(condition);
    return this.#flagLoops.has(loop);
  }

  decided(condition: ts.Expression): boolean | undefined {
    const known = this.valueOf(condition);
    return known?.isDerived === true && known.value !== 'taken' ? Boolean(known.value) : undefined;
  }

  valueOf(expression: ts.Expression): Known | undefined {
    const known = this.#value(expression);
    return known === 'in-progress' ? undefined : known;
  }

  #value(expression: ts.Expression): Known | Bottom | undefined {
    if (
      ts.isParenthesizedExpression(expression) ||
      ts.isAsExpression(expression) ||
      ts.isNonNullExpression(expression) ||
      ts.isSatisfiesExpression(expression)
    )
      return this.#value(expression.expression);
    if (ts.isCallExpression(expression)) return this.#call(expression);
    if (ts.isPrefixUnaryExpression(expression)) return this.#unary(expression);
    if (ts.isBinaryExpression(expression)) return this.#binary(expression);
    if (ts.isConditionalExpression(expression)) return this.#conditional(expression);
    if (ts.isIdentifier(expression)) {
      const declaration = this.#index.declarationOf(expression);
      const known = declaration && (this.#variable(declaration) ?? this.#justTaken(expression, declaration));
      if (known !== undefined) return known;
    }
    return this.#literal(expression);
  }

  #literal(expression: ts.Expression): Known | undefined {
    if (expression.kind === ts.SyntaxKind.TrueKeyword) return { value: true, isDerived: false };
    if (expression.kind === ts.SyntaxKind.FalseKeyword) return { value: false, isDerived: false };
    if (ts.isNumericLiteral(expression)) return { value: Number(expression.text), isDerived: false };
    const isName = ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression);
    if (!isName) return undefined;
    if (ts.isIdentifier(expression)) {
      if (expression.text === 'undefined') return { value: undefined, isDerived: false };
      const declaration = this.#index.declarationOf(expression);
      const list = declaration && variableList(declaration);
      if (list === undefined || (list.flags & ts.NodeFlags.Const) === 0) return undefined;
    }
    const type = this.#session.checker().getTypeAtLocation(expression);
    return type.isNumberLiteral() ? { value: type.value, isDerived: false } : undefined;
  }

  #call(call: ts.CallExpression): Known | undefined {
    switch (this.#path.memberCalled(call)) {
      case 'reserveItem':
      case 'pushTempAlloc':
        return { value: true, isDerived: true };
      case 'transmit':
        return { value: this.#path.known()[0]?.complete ?? 0, isDerived: true };
      case 'sendmsg':
        return { value: 'taken', isDerived: true, calls: [call] };
      case undefined: {
        const fn = this.#index.callee(call);
        return fn && this.constants.get(fn);
      }
      default:
        return undefined;
    }
  }

  #unary({ operator, operand }: ts.PrefixUnaryExpression): Known | Bottom | undefined {
    const known = this.#value(operand);
    if (known === undefined || known === 'in-progress' || known.value === 'taken')
      return known === 'in-progress' ? known : undefined;
    if (operator === ts.SyntaxKind.ExclamationToken) return { ...known, value: !known.value };
    if (operator === ts.SyntaxKind.MinusToken && typeof known.value === 'number')
      return { ...known, value: -known.value };
    return undefined;
  }

  #conditional(node: ts.ConditionalExpression): Known | Bottom | undefined {
    const decided = this.decided(node.condition);
    if (decided === undefined) return undefined;
    const branch = this.#value(decided ? node.whenTrue : node.whenFalse);
    return branch === undefined || branch === 'in-progress' ? branch : { ...branch, isDerived: true };
  }

  #binary(node: ts.BinaryExpression): Known | Bottom | undefined {
    const operator = node.operatorToken.kind;
    if (operator === ts.SyntaxKind.EqualsToken) return this.#value(node.right);
    const left = this.#value(node.left);
    const isAnd = operator === ts.SyntaxKind.AmpersandAmpersandToken;
    const isOr = operator === ts.SyntaxKind.BarBarToken;
    if (isAnd || isOr) {
      const right = this.#value(node.right);
      if (left === 'in-progress' || right === 'in-progress') return left === 'in-progress' ? right : left;
      const decides = (one: Known | undefined): boolean =>
        one?.isDerived === true && one.value !== 'taken' && Boolean(one.value) === isOr;
      if (left !== undefined && decides(left)) return left;
      // Whatever the left side is, the right one makes the same of it.
      if (left === undefined && right !== undefined && decides(right)) return right;
      if (left !== undefined && left.value !== 'taken' && right !== undefined)
        return { ...right, isDerived: left.isDerived || right.isDerived };
      return undefined;
    }
    const right = this.#value(node.right);
    if (left === 'in-progress' || right === 'in-progress') return 'in-progress';
    if (left?.value === 'taken' || right?.value === 'taken') return this.#taken(node, left, right);
    if (left === undefined || right === undefined) return undefined;
    const value = compared(operator, left.value, right.value);
    return value === undefined ? undefined : { value, isDerived: left.isDerived || right.isDerived };
  }

  /** Comparisons of how much was taken: it is all there was, so never less, and never -1. */
  #taken(node: ts.BinaryExpression, left: Known | undefined, right: Known | undefined): Known | undefined {
    const isLeft = left?.value === 'taken';
    const taken = isLeft ? left : right;
    const other = isLeft ? right : left;
    const otherNode = isLeft ? node.right : node.left;
    const operator = isLeft ? node.operatorToken.kind : mirrored(node.operatorToken.kind);
    if (taken === undefined) return undefined;
    const all = (sign: number): Known | undefined => {
      const value = compared(operator, sign, 0);
      return value === undefined ? undefined : { value, isDerived: true };
    };
    if (typeof other?.value === 'number') {
      if (other.value < 0) return all(1);
      // At least nothing was taken, and at least one byte of what has one.
      if (other.value !== 0) return undefined;
      const always = [0, 1].map((sign) => compared(operator, sign, 0));
      if (always[0] === always[1]) return all(0);
      return taken.calls?.every(
        (call) =>
          isTotalOf(this.#session, this.#path, this.#index, call, 'some') ||
          hasBytesLeft(this.#session, this.#path, this.#index, call),
      ) === true
        ? all(1)
        : undefined;
    }
    if (taken.calls?.length !== 1) return undefined;
    const [call] = taken.calls;
    return call !== undefined && isTotalOf(this.#session, this.#path, this.#index, call, otherNode)
      ? all(0)
      : undefined;
  }

  /** What a sendmsg answered, as long as nothing was taken off it: `sent` in `if (sent < 0)`, before `sent -= length`. */
  #justTaken(use: ts.Identifier, declaration: ts.Node): Known | undefined {
    if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
    const made = unparenthesized(declaration.initializer);
    if (!ts.isCallExpression(made) || this.#path.memberCalled(made) !== 'sendmsg') return undefined;
    const statement = declaration.parent.parent;
    const isNear = isInside(use, statement.parent) && !isInside(use, statement);
    const first = Math.min(
      ...this.#index.uses(declaration).flatMap((one) => (isChanged(one) ? [one.pos] : [])),
    );
    return isNear && use.pos < first && Number.isFinite(first)
      ? { value: 'taken', isDerived: true, calls: [made] }
      : undefined;
  }

  /** The one value that a variable ever has in live code. */
  #variable(declaration: ts.Node): Known | Bottom | undefined {
    const first = this.#first.get(declaration);
    if (first !== undefined) return first;
    if (this.#values.has(declaration)) return this.#values.get(declaration);
    if (ts.isParameter(declaration)) {
      this.#values.set(declaration, 'in-progress');
      const given = this.#given(declaration);
      this.#values.set(declaration, given);
      return given;
    }
    if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return undefined;
    if (enclosingFunction(declaration) === undefined || isLoopVariable(declaration)) return undefined;
    this.#values.set(declaration, 'in-progress');
    const known = this.#assigned(declaration);
    this.#values.set(declaration, known);
    return known;
  }

  /** A parameter that every caller gives the result of a transmit: nobody else can call the helper. */
  #given(parameter: ts.ParameterDeclaration): Known | undefined {
    const fn = parameter.parent as ts.SignatureDeclaration;
    const name = nameOf(fn);
    if (name === undefined || (fn as { body?: ts.Node }).body === undefined) return undefined;
    const isPlain =
      ts.isIdentifier(parameter.name) &&
      parameter.initializer === undefined &&
      parameter.dotDotDotToken === undefined &&
      parameter.questionToken === undefined;
    if (!isPlain || !isOnlyOurs(fn, name) || this.#index.passages(name).length > 0) return undefined;
    if (!this.#index.uses(parameter).every((use) => isAsked(use))) return undefined;
    const callers = this.#index.callers(fn);
    if (!this.#saysNoBytes(fn, callers)) return undefined;
    if (callers.length === 0 || this.#index.uses(name).length !== callers.length) return undefined;
    const at = fn.parameters.indexOf(parameter);
    let known: Known | undefined;
    for (const call of callers) {
      const argument = call.arguments?.[at];
      if (argument === undefined || call.arguments?.slice(0, at + 1).some(ts.isSpreadElement) === true)
        return undefined;
      const bare = unparenthesized(argument);
      // Other answers may be decided for some of the callers only.
      if (!ts.isCallExpression(bare) || this.#path.memberCalled(bare) !== 'transmit') return undefined;
      known = this.#call(bare);
    }
    return known;
  }

  /** What the helper makes of the result is a condition, or a code that its callers answer at once: nothing to be sent. */
  #saysNoBytes(fn: ts.SignatureDeclaration, callers: readonly ts.Node[]): boolean {
    const type = this.#session.checker().getSignatureFromDeclaration(fn)?.getReturnType();
    if (type === undefined) return false;
    if ((type.flags & (ts.TypeFlags.Void | ts.TypeFlags.BooleanLike)) !== 0) return true;
    const parts = type.isUnion() ? type.types : [type];
    const isCode = parts.every((part) => (part.flags & ts.TypeFlags.NumberLike) !== 0);
    return isCode && callers.every((call) => ts.isReturnStatement(call.parent));
  }

  #assigned(declaration: ts.VariableDeclaration): Known | undefined {
    const sources: { readonly from: ts.Expression; readonly at: ts.Node; readonly isSum: boolean }[] = [];
    if (declaration.initializer !== undefined)
      sources.push({ from: declaration.initializer, at: declaration, isSum: false });
    for (const use of this.#index.uses(declaration)) {
      const { parent } = use;
      if (ts.isPostfixUnaryExpression(parent)) return undefined;
      if (
        ts.isPrefixUnaryExpression(parent) &&
        parent.operator !== ts.SyntaxKind.ExclamationToken &&
        parent.operator !== ts.SyntaxKind.MinusToken
      )
        return undefined;
      if (!ts.isBinaryExpression(parent) || parent.left !== use) continue;
      const kind = parent.operatorToken.kind;
      if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) continue;
      const isPlain =
        kind === ts.SyntaxKind.EqualsToken || kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken;
      const isSum = kind === ts.SyntaxKind.PlusEqualsToken;
      if (!isPlain && !isSum) return undefined;
      sources.push({ from: parent.right, at: parent, isSum });
    }
    const live = sources.filter(({ at }) => !this.isDead(at));
    const values = live.map(({ from }) => this.#value(from)).filter((one) => one !== 'in-progress');
    if (live.some(({ isSum }) => isSum)) return undefined;
    const [first] = values;
    if (first === undefined) return undefined;
    if (values.some((one) => one === undefined || one.value !== first.value)) {
      const assignments = live.slice(1).map(({ at }) => at);
      return this.#flag(declaration, first, values.slice(1), assignments);
    }
    const isDerived = live.length < sources.length || values.some((one) => one?.isDerived === true);
    const calls = values.flatMap((one) => one?.calls ?? []);
    return calls.length > 0 ? { value: first.value, isDerived, calls } : { value: first.value, isDerived };
  }

  /** A variable that one loop waits for: it has a first value, and another one behind the loop. */
  #flag(
    declaration: ts.VariableDeclaration,
    first: Known,
    later: readonly (Known | undefined)[],
    at: readonly ts.Node[],
  ): Known | undefined {
    const [last] = later;
    if (declaration.initializer === undefined || first.isDerived || last === undefined || !last.isDerived)
      return undefined;
    if (later.some((one) => one?.value !== last.value)) return undefined;
    const loop = loopAround(at[0], declaration);
    const condition = loop && conditionOf(loop);
    if (
      loop === undefined ||
      condition === undefined ||
      at.some((one) => loopAround(one, declaration) !== loop)
    )
      return undefined;
    const isElsewhere = (use: ts.Node): boolean => {
      const isAssigned = at.some((one) => isInside(use, one) && (one as ts.BinaryExpression).left === use);
      return isInside(use, loop) && !isInside(use, condition) && !isAssigned && !this.isDead(use);
    };
    if (this.#index.uses(declaration).some(isElsewhere)) return undefined;
    const isCertain = at.some((one) => isStraightIn(one, (loop as ts.IterationStatement).statement));
    if (!isCertain || completion(this, (loop as ts.IterationStatement).statement).continues) return undefined;
    if (continuesByName(this, loop)) return undefined;
    this.#first.set(declaration, first);
    const entered = this.valueOf(condition);
    this.#first.set(declaration, last);
    const left = this.valueOf(condition);
    this.#first.delete(declaration);
    if (entered?.value !== true && !ts.isDoStatement(loop)) return undefined;
    if (left === undefined || left.value !== false) return undefined;
    this.#flagLoops.add(loop);
    return last;
  }

  /** Branches that are never taken, and what stands behind an exit that is always taken. */
  findDead(): ReadonlySet<ts.Node> {
    const dead = new Set(this.dead);
    const visit = (node: ts.Node): void => {
      if (ts.isIfStatement(node)) {
        const decided = this.decided(node.expression);
        if (decided === false) dead.add(node.thenStatement);
        if (decided === true && node.elseStatement !== undefined) dead.add(node.elseStatement);
      } else if (ts.isConditionalExpression(node)) {
        const decided = this.decided(node.condition);
        if (decided !== undefined) dead.add(decided ? node.whenFalse : node.whenTrue);
      } else if (ts.isWhileStatement(node) || (ts.isForStatement(node) && node.condition !== undefined)) {
        const condition = ts.isWhileStatement(node) ? node.expression : node.condition;
        if (condition !== undefined && this.decided(condition) === false && !this.runsOnce(node))
          dead.add(node.statement);
      } else if (ts.isSwitchStatement(node)) {
        for (const clause of deadClauses(this, node)) dead.add(clause);
      } else if (ts.isBinaryExpression(node)) {
        const kind = node.operatorToken.kind;
        const left =
          kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken
            ? this.decided(node.left)
            : undefined;
        if (left !== undefined && left === (kind === ts.SyntaxKind.BarBarToken)) dead.add(node.right);
      }
      const list = statementsOf(node);
      if (list !== undefined) {
        const at = list.findIndex((statement) => !completion(this, statement).falls);
        const isOurs = at >= 0 && containsDecision(this, list[at] as ts.Statement);
        if (isOurs)
          for (const statement of list.slice(at + 1))
            if (!ts.isFunctionDeclaration(statement)) dead.add(statement);
      }
      ts.forEachChild(node, visit);
    };
    for (const file of this.#index.files) visit(file);
    return dead;
  }

  findConstants(): ReadonlyMap<ts.Node, Known> {
    const constants = new Map<ts.Node, Known>();
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node) && (node as { body?: ts.Node }).body !== undefined) {
        const known = this.#answerOf(node as FunctionNode);
        if (known !== undefined) constants.set(node, known);
      }
      ts.forEachChild(node, visit);
    };
    for (const file of this.#index.files) visit(file);
    return constants;
  }

  #answerOf(fn: FunctionNode): Known | undefined {
    const name = nameOf(fn);
    if (name === undefined || !mayAnswerNothing(this.#session, this.#path, fn)) return undefined;
    const uses = this.#index.uses(name);
    // A name that is passed on may be called by somebody who asks for the answer.
    if (this.#index.passages(name).some((one) => ts.isExportSpecifier(one))) return undefined;
    if (uses.length === 0 || uses.length !== this.#index.callers(fn).length) return undefined;
    if (!uses.every((use) => isLowerable(this.#session, this.#path, this, calledWith(use)))) return undefined;
    const returned = returnsOf(fn).filter((one) => !this.isDead(one));
    if (returned.length === 0) return undefined;
    if (ts.isBlock(fn.body) && completion(this, fn.body).falls) return undefined;
    const values = returned.map((one) =>
      ts.isReturnStatement(one) ? one.expression && this.#value(one.expression) : this.#value(one),
    );
    const [first] = values;
    if (first === undefined || first === 'in-progress') return undefined;
    for (const one of values)
      if (one === undefined || one === 'in-progress' || one.value !== first.value) return undefined;
    const isDerived =
      returned.length < returnsOf(fn).length ||
      values.some((one) => one !== undefined && one !== 'in-progress' && one.isDerived);
    // How many bytes a helper sent is not followed through it.
    return isDerived && first.value !== 'taken' ? { value: first.value, isDerived } : undefined;
  }
}

/** A function of the module, or a private method: who calls it is all here. */
function isOnlyOurs(fn: ts.Node, name: ts.Node): boolean {
  const modifiers = ts.getCombinedModifierFlags(name as ts.Declaration);
  if ((modifiers & (ts.ModifierFlags.Export | ts.ModifierFlags.Default)) !== 0) return false;
  if (ts.isMethodDeclaration(fn) || ts.isPropertyDeclaration(name))
    return (
      ts.isPrivateIdentifier((name as ts.NamedDeclaration).name as ts.Node) ||
      (modifiers & ts.ModifierFlags.Private) !== 0
    );
  return true;
}

/** The value is only tested, here and now: by a branch, or in what the function answers. */
function isAsked(use: ts.Node): boolean {
  if (isChanged(use)) return false;
  let at = use;
  while (
    ts.isParenthesizedExpression(at.parent) ||
    ts.isPrefixUnaryExpression(at.parent) ||
    (ts.isConditionalExpression(at.parent) && at.parent.condition === at) ||
    ts.isBinaryExpression(at.parent)
  )
    at = at.parent;
  const { parent } = at;
  return (
    ts.isReturnStatement(parent) ||
    (ts.isArrowFunction(parent) && parent.body === at) ||
    ((ts.isIfStatement(parent) || ts.isSwitchStatement(parent)) && parent.expression === at)
  );
}

function isChanged(use: ts.Node): boolean {
  const { parent } = use;
  if (ts.isPostfixUnaryExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent))
    return (
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken
    );
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === use &&
    parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}

/** What a loop looks at before or after each round. */
export function conditionOf(loop: ts.Node): ts.Expression | undefined {
  if (ts.isForStatement(loop)) return loop.condition;
  return ts.isWhileStatement(loop) || ts.isDoStatement(loop) ? loop.expression : undefined;
}

/** The outermost loop around a node that the declaration is outside of. */
function loopAround(node: ts.Node | undefined, declaration: ts.Node): ts.Node | undefined {
  let found: ts.Node | undefined;
  for (let at = node; at !== undefined && !ts.isFunctionLike(at); at = at.parent)
    if (ts.isIterationStatement(at, false) && !isInside(declaration, at)) found = at;
  return found;
}

/** The assignment is a statement that every round comes to. */
function isStraightIn(assignment: ts.Node, body: ts.Statement): boolean {
  const statement = assignment.parent;
  return ts.isExpressionStatement(statement) && (statement === body || statement.parent === body);
}

function compared(
  operator: ts.SyntaxKind,
  left: boolean | number | undefined | string,
  right: boolean | number | undefined | string,
): boolean | undefined {
  switch (operator) {
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsToken:
      return left === right;
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken:
      return left !== right;
    default:
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (operator) {
    case ts.SyntaxKind.LessThanToken:
      return left < right;
    case ts.SyntaxKind.LessThanEqualsToken:
      return left <= right;
    case ts.SyntaxKind.GreaterThanToken:
      return left > right;
    case ts.SyntaxKind.GreaterThanEqualsToken:
      return left >= right;
    default:
      return undefined;
  }
}

function mirrored(operator: ts.SyntaxKind): ts.SyntaxKind {
  switch (operator) {
    case ts.SyntaxKind.LessThanToken:
      return ts.SyntaxKind.GreaterThanToken;
    case ts.SyntaxKind.LessThanEqualsToken:
      return ts.SyntaxKind.GreaterThanEqualsToken;
    case ts.SyntaxKind.GreaterThanToken:
      return ts.SyntaxKind.LessThanToken;
    case ts.SyntaxKind.GreaterThanEqualsToken:
      return ts.SyntaxKind.LessThanEqualsToken;
    default:
      return operator;
  }
}

function variableList(declaration: ts.Node): ts.VariableDeclarationList | undefined {
  let at = declaration;
  while (ts.isBindingElement(at)) at = at.parent.parent;
  return ts.isVariableDeclaration(at) && ts.isVariableDeclarationList(at.parent) ? at.parent : undefined;
}

function isLoopVariable(declaration: ts.VariableDeclaration): boolean {
  const { parent } = declaration.parent;
  return ts.isForOfStatement(parent) || ts.isForInStatement(parent) || ts.isCatchClause(declaration.parent);
}

/** The statements of a block, a file or a clause. */
export function statementsOf(node: ts.Node): readonly ts.Statement[] | undefined {
  return ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node) || ts.isModuleBlock(node)
    ? node.statements
    : undefined;
}

/** Something in the statement is decided by the new path, so what it says of reachability is new. */
function containsDecision(folding: Folding, node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isSwitchStatement(node) && folding.valueOf(node.expression)?.isDerived === true) return true;
  const condition = (node as { expression?: ts.Expression }).expression;
  const isBranch = ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node);
  if (isBranch && condition !== undefined && folding.decided(condition) !== undefined) return true;
  return ts.forEachChild(node, (child) => (containsDecision(folding, child) ? true : undefined)) === true;
}

/** The clause that is taken, and what it falls into; undefined where the new path does not decide. */
export function takenClauses(
  folding: Folding,
  node: ts.SwitchStatement,
): readonly ts.CaseOrDefaultClause[] | undefined {
  const known = folding.valueOf(node.expression);
  if (known === undefined || !known.isDerived || known.value === 'taken') return undefined;
  const { clauses } = node.caseBlock;
  let start = -1;
  for (const [at, clause] of clauses.entries()) {
    if (!ts.isCaseClause(clause)) continue;
    const value = folding.valueOf(clause.expression);
    if (value === undefined) return undefined;
    if (value.value === known.value) {
      start = at;
      break;
    }
  }
  if (start < 0) start = clauses.findIndex((clause) => ts.isDefaultClause(clause));
  if (start < 0) return [];
  const taken: ts.CaseOrDefaultClause[] = [];
  for (const clause of clauses.slice(start)) {
    taken.push(clause);
    if (clause.statements.some((statement) => !completion(folding, statement).falls)) break;
  }
  return taken;
}

function deadClauses(folding: Folding, node: ts.SwitchStatement): readonly ts.CaseOrDefaultClause[] {
  const taken = takenClauses(folding, node);
  return taken === undefined ? [] : node.caseBlock.clauses.filter((clause) => !taken.includes(clause));
}

/** The declaration that a function is called by. */
export function nameOf(fn: ts.Node): ts.Node | undefined {
  if (ts.isFunctionDeclaration(fn) || ts.isMethodDeclaration(fn)) return fn;
  const { parent } = fn;
  if (ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) {
    if (ts.isVariableDeclaration(parent) && (parent.parent.flags & ts.NodeFlags.Const) !== 0) return parent;
    if (ts.isPropertyDeclaration(parent)) return parent;
  }
  return undefined;
}

/** The call whose callee is this name. */
export function calledWith(use: ts.Node): ts.CallExpression | undefined {
  let at: ts.Node = use;
  if (ts.isPropertyAccessExpression(at.parent) && at.parent.name === at) at = at.parent;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return ts.isCallExpression(at.parent) && at.parent.expression === at ? at.parent : undefined;
}

/** Returned statements, or the expression that an arrow function is. */
export function returnsOf(fn: FunctionNode): readonly (ts.ReturnStatement | ts.Expression)[] {
  if (!ts.isBlock(fn.body)) return [fn.body];
  const found: ts.ReturnStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn.body, visit);
  return found;
}

/** It answers a boolean or the result of transmit, and nobody outside its files or above its class minds. */
function mayAnswerNothing(session: Session, path: OldPath, fn: FunctionNode): boolean {
  const modifiers = ts.getCombinedModifierFlags(fn as ts.Declaration);
  if ((modifiers & ts.ModifierFlags.Async) !== 0 || fn.asteriskToken !== undefined) return false;
  const checker = session.checker();
  const signature = checker.getSignatureFromDeclaration(fn as ts.SignatureDeclaration);
  const type = signature?.getReturnType();
  if (type === undefined) return false;
  const isBoolean = (type.flags & ts.TypeFlags.BooleanLike) !== 0;
  if (!isBoolean && path.partOf(type.aliasSymbol ?? type.symbol) !== 'result') return false;
  if (!ts.isMethodDeclaration(fn) || ts.isPrivateIdentifier(fn.name)) return true;
  if ((modifiers & ts.ModifierFlags.Private) !== 0) return true;
  return ts.isClassLike(fn.parent) && fn.parent.heritageClauses === undefined;
}

/** The answer of the call is only tested, or thrown away: a statement can take its place. */
function isLowerable(
  session: Session,
  path: OldPath,
  folding: Folding,
  call: ts.CallExpression | undefined,
): boolean {
  if (call === undefined) return false;
  let at: ts.Node = call;
  for (;;) {
    const { parent } = at as { parent: ts.Node };
    const isLogic =
      ts.isParenthesizedExpression(parent) ||
      (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.ExclamationToken) ||
      (ts.isBinaryExpression(parent) && isLogical(parent.operatorToken.kind));
    if (!isLogic) {
      if (ts.isExpressionStatement(parent)) return true;
      if (ts.isIfStatement(parent)) return parent.expression === at;
      if (ts.isWhileStatement(parent)) return folding.decided(parent.expression) !== undefined;
      if (ts.isVariableDeclaration(parent)) return folding.isFolded(parent);
      // `return send() ? SUCCESS : DISCONNECT`
      if (ts.isConditionalExpression(parent))
        return parent.condition === at && ts.isReturnStatement(parent.parent);
      if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === at)) {
        const fn = enclosingFunction(at);
        return fn !== undefined && mayAnswerNothing(session, path, fn as FunctionNode);
      }
      return false;
    }
    at = parent;
  }
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
    kind === ts.SyntaxKind.EqualsToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken
  );
}
