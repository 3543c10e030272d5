// Rewrites statements for the new path: calls become copies or chains, answers that are always the same are not asked for,
// and what only their other values led to goes. Writes its decisions into a text plan.
import { ts } from 'ts-morph';
import { fileStyle, indentationAt } from '../file-style.ts';
import type { Session } from '../session.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import { completion, continuesByName, isEntered } from './completion.ts';
import { type Folding, statementsOf, takenClauses } from './folding.ts';
import { isHarmless } from './harmless.ts';
import type { OldPath, SendMember } from './old-path.ts';
import { isPure } from './pure.ts';
import type { ReferenceIndex } from './reference-index.ts';
import type { Part, TextPlan } from './text-plan.ts';
import { unparenthesized } from './unparenthesized.ts';

/** How an added memory goes on, as text. */
export type AddForm = 'copy' | 'chain' | 'guarded-chain' | { readonly release: string };

/** What lowering needs, and what it tells. */
export interface LoweringInput {
  readonly session: Session;
  readonly path: OldPath;
  readonly index: ReferenceIndex;
  readonly folding: Folding;
  readonly plan: TextPlan;
  readonly formOf: (call: ts.CallExpression) => AddForm;
  /** Statements to add right behind a statement. */
  readonly after: ReadonlyMap<ts.Node, readonly string[]>;
  /** Statements that move in front of another one. */
  readonly hoists: ReadonlyMap<ts.Statement, ts.Statement>;
  /** Copies for a sendmsg, as statements; undefined where its message is not understood. */
  readonly copiesOf: (call: ts.CallExpression) => readonly (readonly Part[])[] | undefined;
  /** Loops that hand one message to the kernel piece by piece, and the one call that stands for all of it. */
  readonly pieceLoops: ReadonlyMap<ts.Node, ts.CallExpression>;
  /** An answer is used in a way that has no counterpart. */
  readonly cannot: (node: ts.Node, why: string) => void;
}

/** A statement as it comes out. */
interface Out {
  readonly parts: readonly Part[];
  readonly leaves?: boolean;
}

/** Lowers every statement of the files. */
export function lowerFiles(input: LoweringInput, files: readonly ts.SourceFile[]): void {
  const lowering = new Lowering(input);
  for (const file of files) lowering.list(file);
}

class Lowering {
  readonly #in: LoweringInput;

  constructor(input: LoweringInput) {
    this.#in = input;
  }

  /** Lowers a list in place. */
  list(container: ts.Node): void {
    for (const statement of statementsOf(container) ?? []) {
      if (this.#in.folding.isDead(statement) || this.#in.hoists.has(statement)) {
        if (endsOnNextLine(statement)) this.#in.plan.replace(statement, [';']);
        else this.#in.plan.remove(statement);
        continue;
      }
      const outs = this.#withReleases(statement, this.#statement(statement));
      if (outs === undefined) continue;
      const kept = this.#isLast(container, statement) ? withoutReturn(outs) : outs;
      if (endsOnNextLine(statement) && !kept.some(({ parts }) => parts.includes(statement))) {
        // The semicolon stands for the line below, which could be read as going on without it.
        const before = kept.length === 0 ? [] : [...joined(statement, kept), lineBreak(statement)];
        this.#in.plan.replace(statement, [...before, ';']);
        continue;
      }
      if (kept.length === 0) this.#in.plan.remove(statement);
      else this.#in.plan.replace(statement, joined(statement, kept));
    }
    if (ts.isBlock(container) && ts.isFunctionLike(container.parent)) this.#closed(container);
  }

  /** A function of which nothing is left ends where it begins: `{}`. */
  #closed(body: ts.Block): void {
    const isEmpty =
      body.statements.length > 0 && body.statements.every((one) => this.#in.plan.isRemoved(one));
    if (isEmpty && !/\/[/*]/.test(body.getText())) this.#in.plan.replace(body, ['{}']);
  }

  /** Nothing live stands behind it in its function. */
  #isLast(container: ts.Node, statement: ts.Statement): boolean {
    const list = statementsOf(container) ?? [];
    const rest = list.slice(list.indexOf(statement) + 1);
    return (
      ts.isBlock(container) &&
      ts.isFunctionLike(container.parent) &&
      rest.every((one) => this.#in.folding.isDead(one))
    );
  }

  /** The statements of a list, to stand somewhere else. */
  #flat(statements: readonly ts.Statement[]): readonly Out[] {
    const outs: Out[] = [];
    for (const statement of statements) {
      if (this.#in.folding.isDead(statement) || this.#in.hoists.has(statement)) continue;
      const leaves = !completion(this.#in.folding, statement).falls;
      const lowered = this.#withReleases(statement, this.#statement(statement));
      outs.push(...(lowered ?? [{ parts: [statement], leaves }]));
      if (leaves) break;
    }
    return outs;
  }

  #withReleases(statement: ts.Statement, outs: readonly Out[] | undefined): readonly Out[] | undefined {
    const more = this.#in.after.get(statement) ?? [];
    const hoisted = [...this.#in.hoists].filter(([, to]) => to === statement).map(([from]) => from.getText());
    if (more.length === 0 && hoisted.length === 0) return outs;
    const added = (texts: readonly string[]): readonly Out[] => texts.map((text) => ({ parts: [text] }));
    return [...added(hoisted), ...(outs ?? [{ parts: [statement] }]), ...added(more)];
  }

  /** What a branch comes to: the statements of a block, or the one statement. */
  #branch(statement: ts.Statement | undefined): readonly Out[] {
    if (statement === undefined || this.#in.folding.isDead(statement)) return [];
    return this.#flat(ts.isBlock(statement) ? statement.statements : [statement]);
  }

  /** What a statement comes to; undefined: itself, with what was decided about its insides. */
  #statement(node: ts.Statement): readonly Out[] | undefined {
    const piece = this.#in.pieceLoops.get(node);
    if (piece !== undefined) return this.#copies(piece);
    if (ts.isExpressionStatement(node)) return this.#sameOr(node, this.#effects(node.expression, node));
    if (ts.isVariableStatement(node)) return this.#variables(node);
    if (ts.isReturnStatement(node)) return this.#returned(node);
    if (ts.isIfStatement(node)) return this.#if(node);
    if (ts.isSwitchStatement(node)) return this.#switch(node);
    if (ts.isIterationStatement(node, false)) return this.#loop(node);
    if (ts.isLabeledStatement(node)) return this.#labelled(node);
    if (ts.isBlock(node)) {
      this.list(node);
      return undefined;
    }
    this.#inside(node);
    return undefined;
  }

  /** What runs once now needs no label, unless something still leaves by it. */
  #labelled(node: ts.LabeledStatement): readonly Out[] | undefined {
    const outs = this.#statement(node.statement);
    for (const { parts } of outs ?? [])
      for (const part of parts)
        if (typeof part !== 'string' && names(part, node.label.text, this.#in.folding))
          this.#in.cannot(node, 'what runs once now is left from its middle');
    return outs;
  }

  #sameOr(node: ts.Statement, outs: readonly Out[]): readonly Out[] | undefined {
    return outs.length === 1 && outs[0]?.parts.length === 1 && outs[0].parts[0] === node ? undefined : outs;
  }

  #variables(node: ts.VariableStatement): readonly Out[] | undefined {
    const { declarations } = node.declarationList;
    const folded = declarations.filter((one) => this.#in.folding.isFolded(one));
    for (const one of declarations) if (!folded.includes(one)) this.#inside(one);
    if (folded.length === 0) return undefined;
    const effects = folded.flatMap((one) =>
      one.initializer === undefined ? [] : this.#effects(one.initializer),
    );
    if (folded.length === declarations.length) return effects;
    if (effects.length > 0)
      this.#in.cannot(
        node,
        'one declaration holds several variables, and one of them waits for the connection',
      );
    for (const one of folded) this.#in.plan.remove(one);
    return undefined;
  }

  #returned(node: ts.ReturnStatement): readonly Out[] | undefined {
    const fn = enclosingFunction(node);
    if (node.expression === undefined) return undefined;
    if (fn !== undefined && this.#in.folding.isConstant(fn)) {
      const effects = this.#effects(node.expression);
      const isLast =
        ts.isBlock(node.parent) && node.parent.parent === fn && node.parent.statements.at(-1) === node;
      return isLast ? effects : [...effects, { parts: ['return;'], leaves: true }];
    }
    const outs = this.#answer(node.expression);
    if (outs !== undefined) return outs;
    this.#inside(node);
    return undefined;
  }

  /** `return x` for an expression that the new path decides in part; undefined where it stays as it is. */
  #answer(expression: ts.Expression): readonly Out[] | undefined {
    const bare = unparenthesized(expression);
    if (ts.isConditionalExpression(bare)) {
      const decided = this.#in.folding.decided(bare.condition);
      if (decided !== undefined) {
        const branch = decided ? bare.whenTrue : bare.whenFalse;
        const rest = this.#answer(branch);
        if (rest === undefined) this.#inside(branch);
        return [
          ...this.#effects(bare.condition),
          ...(rest ?? [{ parts: ['return ', branch, ';'], leaves: true }]),
        ];
      }
    }
    const known = this.#in.folding.valueOf(bare);
    if (known?.isDerived === true && typeof known.value === 'boolean')
      return [...this.#effects(bare), { parts: [`return ${known.value};`], leaves: true }];
    if (ts.isBinaryExpression(bare) && this.#touches(bare)) {
      const { kind } = bare.operatorToken;
      const isAnd = kind === ts.SyntaxKind.AmpersandAmpersandToken;
      const right = this.#in.folding.valueOf(bare.right);
      if (
        (isAnd || kind === ts.SyntaxKind.BarBarToken) &&
        right?.isDerived === true &&
        typeof right.value === 'boolean' &&
        !this.#touches(bare.left)
      ) {
        const effects = this.#effects(bare.right);
        if (effects.length === 0)
          return right.value === isAnd ? [{ parts: ['return ', bare.left, ';'], leaves: true }] : undefined;
        const condition = isAnd
          ? ['if (', ...negated(bare.left), ') return false;']
          : ['if (', bare.left, ') return true;'];
        return [{ parts: condition }, ...effects, { parts: [`return ${right.value};`], leaves: true }];
      }
    }
    return undefined;
  }

  #if(node: ts.IfStatement): readonly Out[] | undefined {
    if (!this.#touches(node.expression)) {
      this.#inside(node.expression);
      return this.#branches(node);
    }
    return this.#lowerIf(
      node,
      node.expression,
      () => ({ outs: this.#branch(node.thenStatement), original: node.thenStatement }),
      () => ({ outs: this.#branch(node.elseStatement), original: node.elseStatement }),
    );
  }

  /** The condition stays; a branch that comes to nothing goes. */
  #branches(node: ts.IfStatement): readonly Out[] | undefined {
    const whenTrue = this.#inPlace(node.thenStatement);
    const whenFalse = node.elseStatement === undefined ? 'empty' : this.#inPlace(node.elseStatement);
    if (whenTrue === 'same' && (whenFalse === 'same' || node.elseStatement === undefined)) return undefined;
    const { expression } = node;
    if (whenTrue === 'empty' && whenFalse === 'empty')
      return isPure(expression) ? [] : [{ parts: [expression, ';'] }];
    if (whenTrue === 'empty' && node.elseStatement !== undefined)
      return [{ parts: ['if (', ...negated(expression), ') ', node.elseStatement] }];
    if (whenFalse === 'empty' && node.elseStatement !== undefined)
      return [{ parts: ['if (', expression, ') ', node.thenStatement] }];
    return undefined;
  }

  /** Lowers a branch or body where it stands. */
  #inPlace(statement: ts.Statement): 'same' | 'empty' {
    if (ts.isBlock(statement)) {
      this.list(statement);
      const isEmpty =
        statement.statements.length > 0 && statement.statements.every((one) => this.#in.plan.isRemoved(one));
      return isEmpty ? 'empty' : 'same';
    }
    const outs = this.#withReleases(statement, this.#statement(statement));
    if (outs === undefined) return 'same';
    if (outs.length === 0) return 'empty';
    const [first] = outs;
    this.#in.plan.replace(
      statement,
      outs.length === 1 && first !== undefined ? first.parts : this.#block(statement.parent, outs),
    );
    return 'same';
  }

  #lowerIf(
    node: ts.Statement,
    condition: ts.Expression,
    whenTrue: () => Branch,
    whenFalse: () => Branch,
  ): readonly Out[] {
    const bare = unparenthesized(condition);
    const known = this.#in.folding.valueOf(bare);
    if (known?.isDerived === true && known.value !== 'taken')
      return [...this.#effects(bare), ...(known.value ? whenTrue : whenFalse)().outs];
    if (
      ts.isPrefixUnaryExpression(bare) &&
      bare.operator === ts.SyntaxKind.ExclamationToken &&
      this.#touches(bare.operand)
    )
      return this.#lowerIf(node, bare.operand, whenFalse, whenTrue);
    if (ts.isBinaryExpression(bare)) {
      const isAnd = bare.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
      const isOr = bare.operatorToken.kind === ts.SyntaxKind.BarBarToken;
      const left = this.#in.folding.valueOf(bare.left);
      if ((isAnd || isOr) && left?.isDerived === true && left.value !== 'taken')
        return [...this.#effects(bare.left), ...this.#lowerIf(node, bare.right, whenTrue, whenFalse)];
      const right = this.#in.folding.valueOf(bare.right);
      const isNeutral =
        right?.isDerived === true && right.value !== 'taken' && Boolean(right.value) === isAnd;
      if (isOr && isNeutral) {
        const effects = this.#effects(bare.right);
        return this.#lowerIf(node, bare.left, whenTrue, () => ({ outs: [...effects, ...whenFalse().outs] }));
      }
      if (isAnd && isNeutral) {
        const effects = this.#effects(bare.right);
        return this.#lowerIf(node, bare.left, () => ({ outs: [...effects, ...whenTrue().outs] }), whenFalse);
      }
      if (isOr && this.#touches(bare.left) && !this.#touches(bare.right)) {
        // (a || sent) || c: what leaves for a leaves for c.
        const yes = whenTrue();
        if (yes.outs.at(-1)?.leaves === true && !this.#hasEffects(bare.left))
          return this.#lowerIf(
            node,
            bare.left,
            () => yes,
            () => ({
              outs: this.#lowerIf(node, bare.right, () => yes, whenFalse),
            }),
          );
      }
    }
    this.#inside(bare);
    return this.#emitIf(node, condition, whenTrue(), whenFalse());
  }

  #emitIf(node: ts.Statement, condition: ts.Expression, whenTrue: Branch, whenFalse: Branch): readonly Out[] {
    const yes = whenTrue.outs;
    const no = whenFalse.outs;
    if (yes.length === 0 && no.length === 0) return isPure(condition) ? [] : [{ parts: [condition, ';'] }];
    if (yes.length === 0) return [{ parts: ['if (', ...negated(condition), ') ', ...this.#block(node, no)] }];
    const head: readonly Part[] = ['if (', condition, ') ', ...this.#body(node, whenTrue)];
    if (no.length === 0) return [{ parts: head }];
    if (yes.at(-1)?.leaves === true) return [{ parts: head }, ...no];
    return [{ parts: [...head, ' else ', ...this.#block(node, no)] }];
  }

  /** The branch where it stands, if nothing but its insides changed; else a block of its statements. */
  #body(node: ts.Statement, { outs, original }: Branch): readonly Part[] {
    const isOwn =
      original !== undefined &&
      outs.length > 0 &&
      outs.every(({ parts }) => parts.length === 1 && typeof parts[0] !== 'string');
    if (isOwn && ts.isBlock(original) && original.statements.length === outs.length) return [original];
    if (isOwn && outs.length === 1 && outs[0]?.parts[0] === original) return [original as ts.Node];
    return this.#block(node, outs);
  }

  #block(near: ts.Node, outs: readonly Out[]): readonly Part[] {
    const [only] = outs;
    const isShort =
      outs.length === 1 &&
      only !== undefined &&
      only.parts.every((part) =>
        typeof part === 'string'
          ? !part.includes('\n')
          : !part.getText().includes('\n') && !ts.isIfStatement(part),
      );
    if (isShort && only !== undefined) return only.parts;
    const source = near.getSourceFile();
    const { eol } = fileStyle(source);
    const indent = indentationAt(source.text, near.getStart(source));
    const unit = indentUnit(source);
    const lines = outs.flatMap(({ parts }): readonly Part[] => [`${eol}${indent}${unit}`, ...parts]);
    return ['{', ...lines, `${eol}${indent}}`];
  }

  #switch(node: ts.SwitchStatement): readonly Out[] | undefined {
    const taken = takenClauses(this.#in.folding, node);
    if (taken === undefined) {
      this.#inside(node.expression);
      for (const clause of node.caseBlock.clauses) this.list(clause);
      return undefined;
    }
    const outs = this.#flat(taken.flatMap((clause) => [...clause.statements]).flatMap(unblocked));
    return [...this.#effects(node.expression), ...this.#withoutBreak(node, outs)];
  }

  /** A `break` at the end says nothing any more; one further inside has nothing to leave. */
  #withoutBreak(node: ts.Node, outs: readonly Out[]): readonly Out[] {
    const last = outs.at(-1)?.parts[0];
    const label = ts.isLabeledStatement(node.parent) ? node.parent.label.text : undefined;
    const jump =
      last !== undefined && typeof last !== 'string' && ts.isBreakStatement(last) ? last : undefined;
    const isOuter = jump?.label !== undefined && jump.label.text !== label;
    const rest = jump !== undefined && !isOuter ? outs.slice(0, -1) : outs;
    // What leaves something further outside does so still.
    for (const { parts } of isOuter ? rest.slice(0, -1) : rest)
      for (const part of parts)
        if (typeof part !== 'string' && leavesLoop(part, this.#in.folding))
          this.#in.cannot(node, 'what runs once now is left from its middle');
    return rest;
  }

  #loop(node: ts.IterationStatement): readonly Out[] | undefined {
    const condition =
      (node as { expression?: ts.Expression; condition?: ts.Expression }).condition ??
      (ts.isForStatement(node) ? undefined : (node as { expression?: ts.Expression }).expression);
    const isCounted = ts.isForOfStatement(node) || ts.isForInStatement(node);
    const decided = isCounted || condition === undefined ? undefined : this.#in.folding.decided(condition);
    const body = completion(this.#in.folding, node.statement);
    const isOnce = ts.isDoStatement(node) || this.#in.folding.runsOnce(node);
    const goesOn = body.continues || continuesByName(this.#in.folding, node);
    if (decided === false && condition !== undefined && !isOnce) {
      const before =
        ts.isForStatement(node) &&
        node.initializer !== undefined &&
        !ts.isVariableDeclarationList(node.initializer)
          ? this.#effects(node.initializer)
          : [];
      return [...before, ...this.#effects(condition)];
    }
    if (decided === false && condition !== undefined) {
      const outs = this.#withoutBreak(node, this.#branch(node.statement));
      return body.falls ? [...outs, ...this.#effects(condition)] : outs;
    }
    const isEndless =
      !isCounted &&
      (condition === undefined || condition.kind === ts.SyntaxKind.TrueKeyword || decided === true);
    const wasEndless = (isEndless || isEntered(node)) && !body.falls && !goesOn;
    if (wasEndless && this.#touches(node.statement) && !ts.isDoStatement(node)) {
      const outs = this.#withoutBreak(node, this.#branch(node.statement));
      if (ts.isForStatement(node) && this.#usesCounter(node))
        this.#in.cannot(node, 'the loop that runs once now has variables of its own');
      return outs;
    }
    for (const child of loopHead(node)) this.#inside(child);
    const rest = this.#inPlace(node.statement);
    if (rest !== 'empty') return undefined;
    if (isCounted ? isPure(node.expression) : countsOnly(node)) return [];
    if (!ts.isBlock(node.statement)) this.#in.plan.replace(node.statement, [';']);
    return undefined;
  }

  /** What stays of the body asks for a variable of the loop's own. */
  #usesCounter({ initializer, statement }: ts.ForStatement): boolean {
    if (initializer === undefined) return false;
    if (!ts.isVariableDeclarationList(initializer)) return !isPure(initializer);
    return initializer.declarations.some((one) =>
      this.#in.index
        .uses(one)
        .some((use) => use.pos >= statement.pos && use.end <= statement.end && !this.#in.folding.isDead(use)),
    );
  }

  #hasEffects(expression: ts.Expression): boolean {
    return this.#effects(expression).length > 0;
  }

  /** What an expression still does when nobody asks for its value; `statement` where it is one of its own. */
  #effects(expression: ts.Expression, statement?: ts.ExpressionStatement): readonly Out[] {
    const bare = unparenthesized(expression);
    const kept = (): readonly Out[] => {
      // Its value is not asked for; those of its parts are.
      if (this.#isVainAssert(bare)) return this.#effects(bare.arguments[0] as ts.Expression);
      if (ts.isCallExpression(bare)) this.#withoutDecided(bare, this.#in.index.callee(bare));
      ts.forEachChild(bare, (child) => this.#inside(child));
      return [{ parts: statement === undefined ? [bare, ';'] : [statement] }];
    };
    if (ts.isCallExpression(bare)) {
      const member = this.#in.path.memberCalled(bare);
      return member === undefined
        ? this.#called(bare, statement, kept)
        : this.#sendCall(bare, member, statement, kept);
    }
    if (!this.#touches(bare)) return isPure(bare) && statement === undefined ? [] : kept();
    if (ts.isPrefixUnaryExpression(bare) || ts.isVoidExpression(bare))
      return this.#effects(
        (bare as ts.PrefixUnaryExpression).operand ?? (bare as unknown as ts.VoidExpression).expression,
      );
    if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare)) return this.#effects(bare.expression);
    if (ts.isConditionalExpression(bare)) {
      const decided = this.#in.folding.decided(bare.condition);
      if (decided !== undefined)
        return [...this.#effects(bare.condition), ...this.#effects(decided ? bare.whenTrue : bare.whenFalse)];
      const [yes, no] = [this.#effects(bare.whenTrue), this.#effects(bare.whenFalse)];
      if (yes.length === 0 && no.length === 0) return this.#effects(bare.condition);
      return kept();
    }
    if (ts.isBinaryExpression(bare)) return this.#binaryEffects(bare, kept);
    return isPure(bare) ? [] : kept();
  }

  /** `assert(reserveItem(item))` of the platform's own assert: it cannot fail any more. */
  #isVainAssert(node: ts.Node): node is ts.CallExpression {
    if (!ts.isCallExpression(node)) return false;
    const [condition, message] = node.arguments;
    const callee = node.expression;
    const isAssert =
      (ts.isIdentifier(callee) && /^(?:assert|ok)$/.test(callee.text)) || callee.getText() === 'assert.ok';
    if (!isAssert || condition === undefined || (message !== undefined && !isPure(message))) return false;
    if (this.#in.folding.decided(condition) !== true) return false;
    return this.#isOfNode(callee) && this.#isAsked(callee);
  }

  /** Something else asserts, too, so that the import is still of use. */
  #isAsked(callee: ts.Expression): boolean {
    const visit = (node: ts.Node): boolean => {
      if (ts.isFunctionLike(node) && this.#in.folding.isDead(node)) return false;
      const isOther =
        ts.isCallExpression(node) &&
        node.expression.getText() === callee.getText() &&
        node.arguments[0] !== undefined &&
        !this.#touches(node.arguments[0]) &&
        !this.#in.folding.isDead(node);
      return isOther || ts.forEachChild(node, (child) => (visit(child) ? true : undefined)) === true;
    };
    return visit(callee.getSourceFile());
  }

  #isOfNode(callee: ts.Expression): boolean {
    const name = ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
    return callee
      .getSourceFile()
      .statements.some(
        (one) =>
          ts.isImportDeclaration(one) &&
          /^['"](?:node:)?assert(?:\/strict)?['"]$/.test(one.moduleSpecifier.getText()) &&
          new RegExp(`\\b${name.getText()}\\b`).test(one.importClause?.getText() ?? ''),
      );
  }

  /** A parameter that is decided goes, and what was given for it. */
  #withoutDecided(call: ts.CallExpression, fn: ts.Node | undefined): void {
    const { parameters = [] } = (fn ?? {}) as { parameters?: readonly ts.ParameterDeclaration[] };
    for (const [at, parameter] of parameters.entries()) {
      const argument = call.arguments[at];
      if (argument === undefined || !this.#in.folding.isFolded(parameter)) continue;
      this.#in.plan.remove(parameter);
      this.#in.plan.remove(argument);
    }
  }

  #called(
    call: ts.CallExpression,
    statement: ts.ExpressionStatement | undefined,
    kept: () => readonly Out[],
  ): readonly Out[] {
    const fn = this.#in.index.callee(call);
    if (statement === undefined && !this.#touches(call) && this.#onlyReads(call, fn)) return [];
    // A helper that comes to nothing is not called any more, unless its arguments do something.
    if (fn !== undefined && this.#comesToNothing(fn))
      return call.arguments.flatMap((argument) => this.#effects(argument));
    return kept();
  }

  /** Its answer is not wanted any more, and it does nothing else than to work it out. */
  #onlyReads(call: ts.CallExpression, fn: ts.Node | undefined): boolean {
    if (isHarmless(call)) return true;
    const { body } = (fn ?? {}) as { body?: ts.Node };
    if (body === undefined || !call.arguments.every(isHarmless)) return false;
    return ts.isBlock(body)
      ? body.statements.every((one) => worksOut(this.#in.index, one, body))
      : isHarmless(body);
  }

  /** A function that only asked the old path: nothing is left of it, and its answer is not wanted. */
  #comesToNothing(fn: ts.Node): boolean {
    const { body, parameters = [] } = fn as {
      body?: ts.Node;
      parameters?: readonly ts.ParameterDeclaration[];
    };
    if (body === undefined || this.#hasRelease(body)) return false;
    const isTold = parameters.some((one) => this.#in.folding.isFolded(one));
    if (!isTold && !speaks(this.#in.path, body)) return false;
    if (!this.#in.folding.isConstant(fn) && !isVoidFunction(this.#in.session.checker(), fn)) return false;
    return this.#isNothing(body);
  }

  #isNothing(node: ts.Node): boolean {
    const { folding, path } = this.#in;
    const all = (...nodes: readonly (ts.Node | undefined)[]): boolean =>
      nodes.every((one) => one === undefined || this.#isNothing(one));
    if (folding.isDead(node) || ts.isEmptyStatement(node)) return true;
    if (ts.isBlock(node)) return all(...node.statements);
    if (ts.isReturnStatement(node)) return all(node.expression);
    if (ts.isExpressionStatement(node) || ts.isParenthesizedExpression(node)) return all(node.expression);
    if (ts.isIfStatement(node)) return all(node.expression, node.thenStatement, node.elseStatement);
    if (ts.isWhileStatement(node) || ts.isDoStatement(node))
      return folding.decided(node.expression) !== undefined && all(node.expression, node.statement);
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.every((one) => folding.isFolded(one) && all(one.initializer));
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      const isAssignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
      const target = ts.isIdentifier(node.left) ? this.#in.index.declarationOf(node.left) : undefined;
      if (isAssignment) return target !== undefined && folding.isFolded(target) && all(node.right);
      return all(node.left, node.right);
    }
    if (ts.isPrefixUnaryExpression(node)) return all(node.operand);
    if (ts.isCallExpression(node)) {
      const member = path.memberCalled(node);
      if (member !== undefined)
        return member !== 'addIov' && member !== 'sendmsg' && node.arguments.every(isPure);
      const fn = this.#in.index.callee(node);
      return fn !== undefined && fn.body !== node && node.arguments.every(isPure) && this.#comesToNothing(fn);
    }
    return isPure(node);
  }

  #hasRelease(body: ts.Node): boolean {
    return [...this.#in.after.keys()].some(
      (node) => node.pos >= body.pos && node.end <= body.end && node.getSourceFile() === body.getSourceFile(),
    );
  }

  #sendCall(
    call: ts.CallExpression,
    member: SendMember,
    statement: ts.ExpressionStatement | undefined,
    kept: () => readonly Out[],
  ): readonly Out[] {
    if (member === 'addIov') {
      const form = this.#in.formOf(call);
      this.#add(call, form);
      const [memory] = call.arguments;
      const own: readonly Part[] = statement === undefined ? [call, ';'] : [statement];
      if (form === 'guarded-chain' && memory !== undefined)
        return [{ parts: [`if (${memory.getText()}.length > 0) `, ...own] }];
      return [{ parts: own }];
    }
    if (member === 'sendmsg') return this.#copies(call) ?? kept();
    return call.arguments
      .filter((argument) => !isPure(argument))
      .flatMap((argument) => this.#effects(argument));
  }

  #copies(call: ts.CallExpression): readonly Out[] {
    const copies = this.#in.copiesOf(call);
    if (copies === undefined) {
      this.#in.cannot(call, 'what the message is made of is not known here');
      return [{ parts: [call, ';'] }];
    }
    return copies.map((parts) => ({ parts }));
  }

  #add(call: ts.CallExpression, form: AddForm): void {
    const { plan } = this.#in;
    const callee = unparenthesized(call.expression);
    if (!ts.isPropertyAccessExpression(callee)) return;
    const [memory] = call.arguments;
    if (memory !== undefined) this.#inside(memory);
    plan.replace(callee.name, [form === 'copy' ? 'copyToOutputStream' : 'chainDataToOutputStream']);
    this.#inside(callee.expression);
    if (memory === undefined || form === 'copy') return;
    const release = typeof form === 'string' ? '{}' : form.release;
    const between = call.getSourceFile().text.slice(call.expression.end, memory.getStart());
    plan.replace(call, [call.expression, between, memory, `, () => ${release})`]);
  }

  #binaryEffects(node: ts.BinaryExpression, kept: () => readonly Out[]): readonly Out[] {
    const kind = node.operatorToken.kind;
    const isAnd = kind === ts.SyntaxKind.AmpersandAmpersandToken;
    if (isAnd || kind === ts.SyntaxKind.BarBarToken) {
      const left = this.#in.folding.valueOf(node.left);
      if (left?.isDerived === true && left.value !== 'taken')
        return Boolean(left.value) === isAnd
          ? [...this.#effects(node.left), ...this.#effects(node.right)]
          : this.#effects(node.left);
      const right = this.#effects(node.right);
      if (right.length === 0) return this.#effects(node.left);
      this.#inside(node.left);
      const condition: readonly Part[] = isAnd
        ? ['if (', node.left, ') ']
        : ['if (', ...negated(node.left), ') '];
      return [{ parts: [...condition, ...this.#block(node, right)] }];
    }
    const isAssignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    if (isAssignment) {
      const target = ts.isIdentifier(node.left) ? this.#in.index.declarationOf(node.left) : undefined;
      return target !== undefined && this.#in.folding.isFolded(target) ? this.#effects(node.right) : kept();
    }
    return [...this.#effects(node.left), ...this.#effects(node.right)];
  }

  /** Something in it speaks to the old path, or is decided by it. */
  #touches(node: ts.Node): boolean {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isCallExpression(node)) {
      if (this.#in.path.memberCalled(node) !== undefined) return true;
      const fn = this.#in.index.callee(node);
      if (fn !== undefined && this.#in.folding.isConstant(fn)) return true;
    }
    if (ts.isIdentifier(node)) {
      const declaration = this.#in.index.declarationOf(node);
      if (declaration !== undefined && this.#in.folding.isFolded(declaration)) return true;
    }
    return ts.forEachChild(node, (child) => (this.#touches(child) ? true : undefined)) === true;
  }

  /** Rewrites what stands in the place of a value. */
  #inside(node: ts.Node): void {
    const { plan } = this.#in;
    if (ts.isBlock(node) || ts.isSourceFile(node)) {
      this.list(node);
      return;
    }
    if (ts.isExpression(node) && ts.isCallExpression(node) && this.#in.path.memberCalled(node) === 'addIov') {
      const form = this.#in.formOf(node);
      this.#add(node, form === 'guarded-chain' ? 'copy' : form);
      return;
    }
    if (ts.isCallExpression(node)) this.#withoutDecided(node, this.#in.index.callee(node));
    if (plan.isRemoved(node)) return;
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body) && this.#touches(node.body)) {
      this.#arrow(node, node.body);
      return;
    }
    if (ts.isExpression(node) && this.#isAnswer(node)) {
      const known = this.#in.folding.valueOf(node);
      if (known?.isDerived === true && this.#effects(node).length === 0 && typeof known.value === 'boolean') {
        plan.replace(node, [String(known.value)]);
        return;
      }
      this.#in.cannot(node, 'the answer goes on to something else');
    }
    if (ts.isConditionalExpression(node)) {
      const decided = this.#in.folding.decided(node.condition);
      if (decided !== undefined && this.#effects(node.condition).length === 0) {
        const branch = decided ? node.whenTrue : node.whenFalse;
        this.#inside(branch);
        plan.replace(node, [branch]);
        return;
      }
    }
    if (ts.isBinaryExpression(node)) {
      const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
      const isOr = node.operatorToken.kind === ts.SyntaxKind.BarBarToken;
      for (const [side, other] of [
        [node.left, node.right],
        [node.right, node.left],
      ] as const) {
        const known = isAnd || isOr ? this.#in.folding.valueOf(side) : undefined;
        if (
          known?.isDerived === true &&
          known.value !== 'taken' &&
          Boolean(known.value) === isAnd &&
          this.#effects(side).length === 0
        ) {
          this.#inside(other);
          plan.replace(node, [other]);
          return;
        }
      }
    }
    ts.forEachChild(node, (child) => this.#inside(child));
  }

  /** A call of the old path, or a variable that it decides, whose value is wanted here. */
  #isAnswer(node: ts.Expression): boolean {
    if (ts.isCallExpression(node)) {
      const member = this.#in.path.memberCalled(node);
      if (member !== undefined) return member !== 'addIov' && member !== 'addMsgHdr';
      const fn = this.#in.index.callee(node);
      return fn !== undefined && this.#in.folding.isConstant(fn) && !ts.isExpressionStatement(node.parent);
    }
    if (!ts.isIdentifier(node) || (node.parent as { name?: ts.Node }).name === node) return false;
    const declaration = this.#in.index.declarationOf(node);
    return declaration !== undefined && declaration !== node.parent && this.#in.folding.isFolded(declaration);
  }

  #arrow(node: ts.ArrowFunction, body: ts.Expression): void {
    const isVoid = this.#in.folding.isConstant(node) || isVoidType(this.#in.session.checker(), body);
    if (!isVoid) {
      const answer = this.#answer(body);
      if (answer === undefined) {
        ts.forEachChild(node, (child) => this.#inside(child));
        return;
      }
      this.#in.plan.replace(
        body,
        this.#block(node, [...answer, ...answer.slice(0, 0)]).length === 1
          ? ['{ ', ...answer.flatMap(({ parts }) => parts), ' }']
          : this.#block(node, answer),
      );
      return;
    }
    const effects = this.#effects(body);
    const [only] = effects;
    if (effects.length === 0) this.#in.plan.replace(body, ['{}']);
    else if (effects.length === 1 && only?.parts.length === 2 && only.parts[1] === ';')
      this.#in.plan.replace(body, [only.parts[0] as Part]);
    else if (effects.length === 1 && only !== undefined)
      this.#in.plan.replace(body, ['{ ', ...only.parts, ' }']);
    else this.#in.plan.replace(body, this.#block(node, effects));
  }
}

interface Branch {
  readonly outs: readonly Out[];
  /** The statement that it was, to stay where it stands. */
  readonly original?: ts.Statement | undefined;
}

/** At the end of a function nothing has to be returned to say nothing. */
function withoutReturn(outs: readonly Out[]): readonly Out[] {
  const last = outs.at(-1);
  return last?.parts.length === 1 && last.parts[0] === 'return;' ? outs.slice(0, -1) : outs;
}

function joined(statement: ts.Statement, outs: readonly Out[]): readonly Part[] {
  const source = statement.getSourceFile();
  const { eol } = fileStyle(source);
  const indent = indentationAt(source.text, statement.getStart(source));
  return outs.flatMap(({ parts }, at) => (at === 0 ? parts : [`${eol}${indent}`, ...parts]));
}

/** A statement that changes nothing but locals of its function: `tons += length;`. */
function worksOut(index: ReferenceIndex, node: ts.Statement, body: ts.Block): boolean {
  const inside = (one: ts.Statement): boolean => worksOut(index, one, body);
  if (ts.isBlock(node)) return node.statements.every(inside);
  if (ts.isReturnStatement(node)) return node.expression === undefined || isHarmless(node.expression);
  if (ts.isForOfStatement(node)) return isHarmless(node.expression) && inside(node.statement);
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.every(
      ({ initializer }) => initializer === undefined || isHarmless(initializer),
    );
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return false;
  const { left, operatorToken, right } = node.expression;
  const made = ts.isIdentifier(left) ? index.declarationOf(left) : undefined;
  return (
    (operatorToken.kind === ts.SyntaxKind.PlusEqualsToken ||
      operatorToken.kind === ts.SyntaxKind.EqualsToken) &&
    made !== undefined &&
    ts.isVariableDeclaration(made) &&
    made.pos >= body.pos &&
    made.end <= body.end &&
    isHarmless(right)
  );
}

/** It asks the old path for something. */
function speaks(path: OldPath, node: ts.Node): boolean {
  if (path.memberCalled(node) !== undefined) return true;
  return ts.forEachChild(node, (child) => (speaks(path, child) ? true : undefined)) === true;
}

function isVoidFunction(checker: ts.TypeChecker, fn: ts.Node): boolean {
  const type = checker.getSignatureFromDeclaration(fn as ts.SignatureDeclaration)?.getReturnType();
  return type !== undefined && (type.flags & ts.TypeFlags.Void) !== 0;
}

/** `for (let at = 0; at < n; at++)` does nothing but count. */
function countsOnly(node: ts.IterationStatement): boolean {
  if (!ts.isForStatement(node) || node.condition === undefined || node.incrementor === undefined)
    return false;
  const { condition, incrementor, initializer } = node;
  if (initializer === undefined || !ts.isVariableDeclarationList(initializer) || !isPure(condition))
    return false;
  const names = new Set(initializer.declarations.map(({ name }) => name.getText()));
  const isStep = ts.isPostfixUnaryExpression(incrementor) || ts.isPrefixUnaryExpression(incrementor);
  return (
    isStep &&
    names.has(incrementor.operand.getText()) &&
    initializer.declarations.every((one) => one.initializer === undefined || isPure(one.initializer))
  );
}

/** In a file without semicolons: the one that ends it stands in front of the next line, `;[1, 2].forEach(…)`. */
function endsOnNextLine(statement: ts.Statement): boolean {
  return /\n[ \t]*;$/.test(statement.getText());
}

function lineBreak(statement: ts.Statement): string {
  const source = statement.getSourceFile();
  return `${fileStyle(source).eol}${indentationAt(source.text, statement.getStart(source))}`;
}

function unblocked(statement: ts.Statement): readonly ts.Statement[] {
  return ts.isBlock(statement) ? statement.statements : [statement];
}

function isVoidType(checker: ts.TypeChecker, node: ts.Node): boolean {
  return (checker.getTypeAtLocation(node).flags & ts.TypeFlags.Void) !== 0;
}

/** A `break` or `continue` of the loop or switch around the node. */
function leavesLoop(node: ts.Node, folding: Folding): boolean {
  if (ts.isFunctionLike(node) || folding.isDead(node)) return false;
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) return true;
  if (ts.isIterationStatement(node, false)) return false;
  return ts.forEachChild(node, (child) => (leavesLoop(child, folding) ? true : undefined)) === true;
}

/** A live jump to the label. */
function names(node: ts.Node, label: string, folding: Folding): boolean {
  if (folding.isDead(node)) return false;
  if (ts.isBreakOrContinueStatement(node)) return node.label?.text === label;
  return ts.forEachChild(node, (child) => (names(child, label, folding) ? true : undefined)) === true;
}

function loopHead(node: ts.IterationStatement): readonly ts.Node[] {
  if (ts.isForStatement(node))
    return [node.initializer, node.condition, node.incrementor].filter((one) => one !== undefined);
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) return [node.initializer, node.expression];
  return [(node as ts.WhileStatement).expression];
}

/** The opposite of a condition: `!==` for `===`, without a `!` that is there already. */
function negated(expression: ts.Expression): readonly Part[] {
  const bare = unparenthesized(expression);
  if (ts.isPrefixUnaryExpression(bare) && bare.operator === ts.SyntaxKind.ExclamationToken)
    return [unparenthesized(bare.operand)];
  if (ts.isBinaryExpression(bare)) {
    const { kind } = bare.operatorToken;
    if (kind === ts.SyntaxKind.EqualsEqualsEqualsToken) return [bare.left, ' !== ', bare.right];
    if (kind === ts.SyntaxKind.ExclamationEqualsEqualsToken) return [bare.left, ' === ', bare.right];
    if (kind === ts.SyntaxKind.EqualsEqualsToken) return [bare.left, ' != ', bare.right];
    if (kind === ts.SyntaxKind.ExclamationEqualsToken) return [bare.left, ' == ', bare.right];
  }
  return ['!', ...wrapped(expression)];
}

/** In parentheses where `!` would bind to a part of it only. */
function wrapped(expression: ts.Expression): readonly Part[] {
  const isTight =
    ts.isIdentifier(expression) ||
    ts.isPropertyAccessExpression(expression) ||
    ts.isCallExpression(expression) ||
    ts.isParenthesizedExpression(expression) ||
    ts.isElementAccessExpression(expression);
  return isTight ? [expression] : ['(', expression, ')'];
}

/** One step of indentation, as the file has it. */
export function indentUnit(source: ts.SourceFile): string {
  const found = /\n(\t| {2,8})\S/.exec(source.text);
  return found?.[1] ?? '  ';
}
