// Walks an engine's code along every path and says what is queued where: what a message header, an answer of the core or
// the end of a slot would find. A small interpreter over two states, nothing or something queued, and known constants.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { isInBounds } from './in-bounds.ts';
import type { FunctionNode } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

type Constant = boolean | number | undefined | 'unknown';

/** What is true at one point of one path. */
interface State {
  /** The add that queued something nobody sent yet. */
  readonly queued: ts.CallExpression | undefined;
  readonly known: ReadonlyMap<ts.Node, Constant>;
}

/** A way out of a function. */
export interface Ending {
  readonly queued: ts.CallExpression | undefined;
  readonly value: Constant;
  /** The statement or expression that answers. */
  readonly at: ts.Node;
}

/** Told what happens to something queued. */
export interface QueueWatcher {
  discarded(by: ts.CallExpression, queued: ts.CallExpression): void;
  overtaken(by: ts.CallExpression, queued: ts.CallExpression): void;
  /** The core's own response begins with a new message header. */
  answered(by: ts.CallExpression, queued: ts.CallExpression): void;
}

interface Flow {
  readonly next: readonly State[];
  readonly breaks: readonly State[];
  readonly continues: readonly State[];
}

const MOST_STATES = 24;
const NOTHING: ReadonlyMap<ts.Node, Constant> = new Map();

/** Runs functions of one engine. */
export class QueueStates {
  readonly #look: Look;
  readonly #watcher: QueueWatcher;
  readonly #known = new Map<string, readonly Ending[]>();
  readonly #ids = new Map<ts.Node, number>();
  #endings: Ending[] = [];
  /** Where a try block may be left from; undefined outside of one. */
  #thrown: State[] | undefined;

  constructor(look: Look, watcher: QueueWatcher) {
    this.#look = look;
    this.#watcher = watcher;
  }

  /** Every way out of a function that is entered with something queued, or nothing. */
  run(fn: FunctionNode, queued: ts.CallExpression | undefined): readonly Ending[] {
    const key = `${this.#id(fn)}:${queued === undefined ? '' : this.#id(queued)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // What calls itself is left as it was entered, or with something queued.
    this.#known.set(key, [{ queued, value: 'unknown', at: fn }]);
    const outer = this.#endings;
    this.#endings = [];
    const start: State = { queued, known: NOTHING };
    if (ts.isBlock(fn.body)) {
      for (const state of this.#list(fn.body.statements, [start]).next)
        this.#endings.push({ queued: state.queued, value: undefined, at: fn.body });
    } else {
      for (const [state, value] of this.#value(fn.body, start))
        this.#endings.push({ queued: state.queued, value, at: fn.body });
    }
    const endings = distinct(this.#endings, (one) => `${one.queued?.pos}:${String(one.value)}:${one.at.pos}`);
    this.#endings = outer;
    this.#known.set(key, endings);
    return endings;
  }

  #id(node: ts.Node): number {
    const id = this.#ids.get(node) ?? this.#ids.size;
    this.#ids.set(node, id);
    return id;
  }

  #list(statements: readonly ts.Statement[], from: readonly State[]): Flow {
    let next = from;
    const breaks: State[] = [];
    const continues: State[] = [];
    for (const statement of statements) {
      if (next.length === 0) break;
      const flow = this.#statement(statement, next);
      breaks.push(...flow.breaks);
      continues.push(...flow.continues);
      next = flow.next;
    }
    return { next, breaks, continues };
  }

  #statement(node: ts.Statement, from: readonly State[]): Flow {
    const plain = (next: readonly State[]): Flow => ({ next: fewer(next), breaks: [], continues: [] });
    if (this.#look.folding.isDead(node)) return plain(from);
    if (ts.isBlock(node)) return this.#list(node.statements, from);
    if (ts.isReturnStatement(node)) {
      for (const state of from)
        for (const [after, value] of node.expression === undefined
          ? [[state, undefined] as const]
          : this.#value(node.expression, state))
          this.#endings.push({ queued: after.queued, value, at: node });
      return plain([]);
    }
    if (ts.isThrowStatement(node)) {
      this.#thrown?.push(...from);
      return plain([]);
    }
    if (ts.isBreakStatement(node)) return { next: [], breaks: from, continues: [] };
    if (ts.isContinueStatement(node)) return { next: [], breaks: [], continues: from };
    if (ts.isIfStatement(node)) return this.#if(node, from);
    if (ts.isIterationStatement(node, false)) return this.#loop(node, from);
    if (ts.isSwitchStatement(node)) return this.#switch(node, from);
    if (ts.isTryStatement(node)) return this.#try(node, from);
    if (ts.isLabeledStatement(node)) {
      const flow = this.#statement(node.statement, from);
      return plain([...flow.next, ...flow.breaks, ...flow.continues]);
    }
    if (ts.isVariableStatement(node))
      return plain(
        node.declarationList.declarations.reduce((states, one) => this.#declare(one, states), from),
      );
    if (ts.isExpressionStatement(node))
      return plain(from.flatMap((state) => this.#value(node.expression, state).map(([after]) => after)));
    return plain(from);
  }

  #declare(node: ts.VariableDeclaration, from: readonly State[]): readonly State[] {
    const { initializer } = node;
    if (initializer === undefined) return from;
    return from.flatMap((state) =>
      this.#value(initializer, state).map(([after, value]) => remembered(after, node, value)),
    );
  }

  #if(node: ts.IfStatement, from: readonly State[]): Flow {
    const flows = from.flatMap((state) =>
      this.#value(node.expression, state).flatMap(([after, value]): Flow[] => {
        const ways: Flow[] = [];
        if (value === 'unknown' || value) ways.push(this.#statement(node.thenStatement, [after]));
        if (value === 'unknown' || !value)
          ways.push(
            node.elseStatement === undefined
              ? { next: [after], breaks: [], continues: [] }
              : this.#statement(node.elseStatement, [after]),
          );
        return ways;
      }),
    );
    return joined(flows);
  }

  #loop(node: ts.IterationStatement, from: readonly State[]): Flow {
    const assigned = assignedIn(this.#look, node);
    let entry = from;
    if (ts.isForStatement(node) && node.initializer !== undefined) {
      const { initializer } = node;
      entry = ts.isVariableDeclarationList(initializer)
        ? initializer.declarations.reduce((states, one) => this.#declare(one, states), entry)
        : entry.flatMap((state) => this.#value(initializer, state).map(([after]) => after));
    }
    const isOnce = this.#look.folding.runsOnce(node);
    const condition = ts.isForStatement(node)
      ? node.condition
      : (node as { expression?: ts.Expression }).expression;
    const isCounted = ts.isForOfStatement(node) || ts.isForInStatement(node);
    const isEndless = !isCounted && (condition === undefined || condition.kind === ts.SyntaxKind.TrueKeyword);
    const left: State[] = [];
    let states: readonly State[] = entry.map((state) => without(state, assigned));
    if (isCounted)
      states = states.flatMap((state) =>
        this.#value((node as ts.ForOfStatement).expression, state).map(([after]) => after),
      );
    const isAfter = ts.isDoStatement(node) || isOnce;
    for (let round = 0; round < 3 && states.length > 0; round += 1) {
      let inside = states;
      if (isCounted) left.push(...states);
      else if (!isEndless && condition !== undefined && !(isAfter && round === 0)) {
        const tested = states.flatMap((state) => this.#value(condition, state));
        left.push(...tested.flatMap(([after, value]) => (value === 'unknown' || !value ? [after] : [])));
        inside = tested.flatMap(([after, value]) => (value === 'unknown' || value ? [after] : []));
      }
      const flow = this.#statement(node.statement, fewer(inside));
      left.push(...flow.breaks);
      states = fewer([...flow.next, ...flow.continues]);
      if (ts.isForStatement(node) && node.incrementor !== undefined) {
        const { incrementor } = node;
        states = states.flatMap((state) => this.#value(incrementor, state).map(([after]) => after));
      }
      states = fewer(states.map((state) => without(state, assigned)));
      if (isOnce) {
        left.push(...states);
        break;
      }
      if (round === 2 && !isEndless) left.push(...states);
    }
    return { next: fewer(left), breaks: [], continues: [] };
  }

  #switch(node: ts.SwitchStatement, from: readonly State[]): Flow {
    const start = from.flatMap((state) => this.#value(node.expression, state).map(([after]) => after));
    const clauses = node.caseBlock.clauses.filter((clause) => !this.#look.folding.isDead(clause));
    let falling: readonly State[] = [];
    const flows: Flow[] = [];
    for (const clause of clauses) {
      const flow = this.#list(clause.statements, fewer([...start, ...falling]));
      falling = flow.next;
      flows.push({ ...flow, next: [] });
    }
    const all = joined(flows);
    const isWhole =
      clauses.length < node.caseBlock.clauses.length || clauses.some((clause) => ts.isDefaultClause(clause));
    return {
      next: fewer([...all.breaks, ...falling, ...(isWhole ? [] : start)]),
      breaks: [],
      continues: all.continues,
    };
  }

  #try(node: ts.TryStatement, from: readonly State[]): Flow {
    const outer = this.#thrown;
    this.#thrown = [];
    const tried = this.#statement(node.tryBlock, from);
    const thrown = fewer(this.#thrown);
    this.#thrown = outer;
    outer?.push(...thrown);
    const caught =
      node.catchClause === undefined
        ? undefined
        : this.#statement(node.catchClause.block, fewer([...from, ...tried.next, ...thrown]));
    const both = joined(caught === undefined ? [tried] : [tried, caught]);
    if (node.finallyBlock === undefined) return both;
    const last = this.#statement(node.finallyBlock, both.next);
    return {
      next: last.next,
      breaks: [...both.breaks, ...last.breaks],
      continues: [...both.continues, ...last.continues],
    };
  }

  /** What an expression does, and its value where that is a constant. */
  #value(expression: ts.Expression, state: State): readonly (readonly [State, Constant])[] {
    const bare = unparenthesized(expression);
    if (this.#look.folding.isDead(bare)) return [[state, 'unknown']];
    if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare) || ts.isSatisfiesExpression(bare))
      return this.#value(bare.expression, state);
    if (ts.isCallExpression(bare)) return this.#call(bare, state);
    if (ts.isBinaryExpression(bare)) return this.#binary(bare, state);
    if (ts.isConditionalExpression(bare))
      return pairs(
        this.#value(bare.condition, state).flatMap(([after, value]) => [
          ...(value === 'unknown' || value ? this.#value(bare.whenTrue, after) : []),
          ...(value === 'unknown' || !value ? this.#value(bare.whenFalse, after) : []),
        ]),
      );
    if (ts.isPrefixUnaryExpression(bare) && bare.operator === ts.SyntaxKind.ExclamationToken)
      return this.#value(bare.operand, state).map(
        ([after, value]) => [after, value === 'unknown' ? value : !value] as const,
      );
    if (ts.isIdentifier(bare)) {
      const declaration = this.#look.index.declarationOf(bare);
      if (declaration !== undefined && state.known.has(declaration))
        return [[state, state.known.get(declaration)]];
    }
    return this.#parts(bare, state).map((after) => [after, this.#constant(bare)] as const);
  }

  /** Everything in an expression that is evaluated with it. */
  #parts(node: ts.Node, state: State): readonly State[] {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return [state];
    let states: readonly State[] = [state];
    ts.forEachChild(node, (child) => {
      states = fewer(
        states.flatMap((one) =>
          ts.isExpression(child) ? this.#value(child, one).map(([after]) => after) : this.#parts(child, one),
        ),
      );
    });
    return states;
  }

  #constant(node: ts.Expression): Constant {
    const folded = this.#look.folding.valueOf(node);
    if (folded !== undefined && folded.value !== 'taken') return folded.value;
    const type = this.#look.session.checker().getTypeAtLocation(node);
    if (type.isNumberLiteral()) return type.value;
    return 'unknown';
  }

  #binary(node: ts.BinaryExpression, state: State): readonly (readonly [State, Constant])[] {
    const { kind } = node.operatorToken;
    const isAnd = kind === ts.SyntaxKind.AmpersandAmpersandToken;
    const isOr = kind === ts.SyntaxKind.BarBarToken;
    if (isAnd || isOr || kind === ts.SyntaxKind.QuestionQuestionToken)
      return pairs(
        this.#value(node.left, state).flatMap(([after, value]) => {
          const stops = value === 'unknown' || (isAnd ? !value : isOr ? Boolean(value) : value !== undefined);
          const goes = value === 'unknown' || (isAnd ? Boolean(value) : isOr ? !value : value === undefined);
          const settled: Constant =
            value === 'unknown' && isAnd ? false : value === 'unknown' && isOr ? true : value;
          return [
            ...(stops ? [[after, settled] as const] : []),
            ...(goes ? this.#value(node.right, after) : []),
          ];
        }),
      );
    if (kind === ts.SyntaxKind.EqualsToken) {
      const target = ts.isIdentifier(node.left) ? this.#look.index.declarationOf(node.left) : undefined;
      const from = target === undefined ? this.#parts(node.left, state) : [state];
      return from.flatMap((one) =>
        this.#value(node.right, one).map(
          ([after, value]) =>
            [target === undefined ? after : remembered(after, target, value), value] as const,
        ),
      );
    }
    const isEqual =
      kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.EqualsEqualsToken;
    const isUnequal =
      kind === ts.SyntaxKind.ExclamationEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken;
    const isNever =
      (isEqual || isUnequal) && node.right.getText() === 'undefined' && isInBounds(this.#look, node.left);
    return pairs(
      this.#value(node.left, state).flatMap(([after, left]) =>
        this.#value(node.right, after).map(([last, right]) => {
          if (isNever) return [last, isUnequal] as const;
          const folded = this.#look.folding.decided(node);
          if (folded !== undefined) return [last, folded] as const;
          if (left === 'unknown' || right === 'unknown' || !(isEqual || isUnequal))
            return [last, 'unknown'] as const;
          return [last, (left === right) === isEqual] as const;
        }),
      ),
    );
  }

  #call(call: ts.CallExpression, state: State): readonly (readonly [State, Constant])[] {
    const callee = unparenthesized(call.expression);
    let states: readonly State[] = ts.isPropertyAccessExpression(callee)
      ? this.#value(callee.expression, state).map(([after]) => after)
      : [state];
    for (const argument of call.arguments)
      if (!ts.isFunctionLike(argument))
        states = fewer(states.flatMap((one) => this.#value(argument, one).map(([after]) => after)));
    this.#thrown?.push(...states);
    const member = this.#look.path.memberCalled(call);
    if (member !== undefined) return states.map((one) => this.#send(call, member, one));
    const fn = this.#look.index.callee(call);
    if (fn !== undefined) {
      const after = pairs(
        states.flatMap((one) =>
          this.run(fn, one.queued).map(({ queued, value }) => [{ ...one, queued }, value] as const),
        ),
      );
      return pairs(
        after.flatMap(([one, value]) => this.#callbacks(call, [one]).map((two) => [two, value] as const)),
      );
    }
    if (isCoreResponse(this.#look, call))
      for (const one of states) if (one.queued !== undefined) this.#watcher.answered(call, one.queued);
    return this.#callbacks(call, states).map((one) => [one, this.#constant(call)] as const);
  }

  /** Functions that are handed over run any number of times. */
  #callbacks(call: ts.CallExpression, from: readonly State[]): readonly State[] {
    let states = from;
    for (const argument of call.arguments) {
      const value = unparenthesized(argument);
      const name = ts.isIdentifier(value) ? this.#look.index.declarationOf(value) : undefined;
      const given = name !== undefined && ts.isVariableDeclaration(name) ? name.initializer : (name ?? value);
      if (
        given === undefined ||
        !ts.isFunctionLike(given) ||
        (given as { body?: ts.Node }).body === undefined
      )
        continue;
      for (let round = 0; round < 2; round += 1)
        states = fewer([
          ...states,
          ...states.flatMap((one) =>
            this.run(given as FunctionNode, one.queued).map(({ queued }) => ({ ...one, queued })),
          ),
        ]);
    }
    return states;
  }

  #send(call: ts.CallExpression, member: string, state: State): readonly [State, Constant] {
    switch (member) {
      case 'addIov':
        return [{ ...state, queued: state.queued ?? call }, undefined];
      case 'addMsgHdr': {
        const resets = call.arguments[0]?.kind !== ts.SyntaxKind.FalseKeyword;
        if (resets && state.queued !== undefined) this.#watcher.discarded(call, state.queued);
        return [resets ? { ...state, queued: undefined } : state, undefined];
      }
      case 'sendmsg':
        if (state.queued !== undefined) this.#watcher.overtaken(call, state.queued);
        return [state, 'unknown'];
      case 'transmit':
        return [{ ...state, queued: undefined }, this.#constant(call)];
      default:
        return [state, true];
    }
  }
}

/** A call of what the core hands to a slot to respond with: it answers whether the response could be queued. */
function isCoreResponse({ session, index }: Look, call: ts.CallExpression): boolean {
  const declaration = session.checker().getResolvedSignature(call)?.declaration;
  if (declaration === undefined || index.files.includes(declaration.getSourceFile())) return false;
  const alias = declaration.parent;
  return (
    alias !== undefined &&
    ts.isTypeAliasDeclaration(alias) &&
    /response/i.test(alias.name.text) &&
    declaration.parameters.length >= 5
  );
}

/** Variables that a loop assigns. */
function assignedIn(look: Look, loop: ts.Node): ReadonlySet<ts.Node> {
  const found = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    const isStep =
      ts.isPostfixUnaryExpression(node) ||
      (ts.isPrefixUnaryExpression(node) && node.operator !== ts.SyntaxKind.ExclamationToken);
    const target = isStep
      ? (node as ts.PostfixUnaryExpression).operand
      : ts.isBinaryExpression(node) &&
          node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
          node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
        ? node.left
        : undefined;
    const declaration =
      target !== undefined && ts.isIdentifier(target) ? look.index.declarationOf(target) : undefined;
    if (declaration !== undefined) found.add(declaration);
    ts.forEachChild(node, visit);
  };
  visit(loop);
  return found;
}

function remembered(state: State, declaration: ts.Node, value: Constant): State {
  const known = new Map(state.known);
  if (value === 'unknown') known.delete(declaration);
  else known.set(declaration, value);
  return { ...state, known };
}

function without(state: State, declarations: ReadonlySet<ts.Node>): State {
  if (![...declarations].some((one) => state.known.has(one))) return state;
  return { ...state, known: new Map([...state.known].filter(([one]) => !declarations.has(one))) };
}

function joined(flows: readonly Flow[]): Flow {
  return {
    next: fewer(flows.flatMap((flow) => flow.next)),
    breaks: fewer(flows.flatMap((flow) => flow.breaks)),
    continues: fewer(flows.flatMap((flow) => flow.continues)),
  };
}

/** The same states once; with too many of them, what is known of variables is forgotten. */
function fewer(states: readonly State[]): readonly State[] {
  const key = ({ queued, known }: State): string =>
    `${queued?.pos}|${[...known]
      .map(([one, value]) => `${one.pos}=${String(value)}`)
      .sort()
      .join()}`;
  const once = distinct(states, key);
  return once.length <= MOST_STATES
    ? once
    : distinct(
        once.map(({ queued }) => ({ queued, known: NOTHING })),
        key,
      );
}

function pairs(all: readonly (readonly [State, Constant])[]): readonly (readonly [State, Constant])[] {
  return all.length <= MOST_STATES
    ? all
    : distinct(all, ([state, value]) => `${state.queued?.pos}|${String(value)}|${[...state.known].length}`);
}

function distinct<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const own = key(one);
    if (seen.has(own)) return false;
    seen.add(own);
    return true;
  });
}
