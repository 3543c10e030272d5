// Whether code can fall through, leave a loop, or go round again, once what is decided by the new path is left out.
import { ts } from 'ts-morph';
import type { Folding } from './folding.ts';

/** How a statement can end. */
export interface Completion {
  /** What follows can run. */
  readonly falls: boolean;
  /** A `break` that leaves the loop or switch around it. */
  readonly breaks: boolean;
  /** A `continue` of the loop around it. */
  readonly continues: boolean;
  /** Labels of what it leaves, or goes on with, further outside. */
  readonly labels: readonly string[];
  readonly returns: boolean;
}

const FALLS: Completion = { falls: true, breaks: false, continues: false, labels: [], returns: false };
const NEVER: Completion = { falls: false, breaks: false, continues: false, labels: [], returns: false };

/** How a statement can end in live code. A label is left by whatever names it, a loop by `continue`, too. */
export function completion(folding: Pick<Folding, 'decided' | 'isDead'>, node: ts.Node): Completion {
  if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return { ...NEVER, returns: true };
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) return ofJump(node);
  if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) return ofList(folding, node.statements);
  if (ts.isLabeledStatement(node)) return ofLabel(completion(folding, node.statement), node);
  if (ts.isIfStatement(node)) return ofIf(folding, node);
  if (ts.isTryStatement(node)) return ofTry(folding, node);
  if (ts.isSwitchStatement(node)) return ofSwitch(folding, node);
  if (ts.isIterationStatement(node, false)) return ofLoop(folding, node);
  return FALLS;
}

function ofJump(node: ts.BreakStatement | ts.ContinueStatement): Completion {
  // It leaves what is around it, as a return does.
  if (node.label !== undefined) return { ...NEVER, labels: [node.label.text], returns: true };
  return ts.isBreakStatement(node) ? { ...NEVER, breaks: true } : { ...NEVER, continues: true };
}

function ofLabel(inner: Completion, { label }: ts.LabeledStatement): Completion {
  const isNamed = inner.labels.includes(label.text);
  return {
    ...inner,
    falls: inner.falls || isNamed,
    labels: inner.labels.filter((one) => one !== label.text),
  };
}

function either(a: Completion, b: Completion): Completion {
  return {
    falls: a.falls || b.falls,
    breaks: a.breaks || b.breaks,
    continues: a.continues || b.continues,
    labels: [...new Set([...a.labels, ...b.labels])],
    returns: a.returns || b.returns,
  };
}

function ofList(
  folding: Pick<Folding, 'decided' | 'isDead'>,
  statements: readonly ts.Statement[],
): Completion {
  let sum: Completion = NEVER;
  for (const statement of statements) {
    const one = completion(folding, statement);
    sum = { ...either(sum, one), falls: one.falls };
    if (!one.falls) return sum;
  }
  return { ...sum, falls: true };
}

function ofIf(folding: Pick<Folding, 'decided' | 'isDead'>, node: ts.IfStatement): Completion {
  const decided = folding.decided(node.expression);
  const whenTrue = completion(folding, node.thenStatement);
  const whenFalse = node.elseStatement === undefined ? FALLS : completion(folding, node.elseStatement);
  if (decided !== undefined) return decided ? whenTrue : whenFalse;
  return either(whenTrue, whenFalse);
}

function ofTry(folding: Pick<Folding, 'decided' | 'isDead'>, node: ts.TryStatement): Completion {
  const tried = completion(folding, node.tryBlock);
  const caught = node.catchClause === undefined ? NEVER : completion(folding, node.catchClause.block);
  const last = node.finallyBlock === undefined ? FALLS : completion(folding, node.finallyBlock);
  const sum = either(tried, caught);
  return last.falls ? { ...either(sum, { ...last, falls: false }), falls: sum.falls } : last;
}

function ofSwitch(folding: Pick<Folding, 'decided' | 'isDead'>, node: ts.SwitchStatement): Completion {
  const clauses = node.caseBlock.clauses.filter((clause) => !folding.isDead(clause));
  const ways = clauses.map((clause) => completion(folding, clause));
  const sum = ways.reduce(either, NEVER);
  const hasDefault = node.caseBlock.clauses.some((clause) => ts.isDefaultClause(clause));
  const isDecided = clauses.length < node.caseBlock.clauses.length;
  const falls = sum.breaks || ways.at(-1)?.falls !== false || (!hasDefault && !isDecided);
  return { falls, breaks: false, continues: sum.continues, labels: sum.labels, returns: sum.returns };
}

/** A counting loop whose first round is certain: `for (let round = 0; round < 3; round++)`. */
export function isEntered(node: ts.Node): boolean {
  if (!ts.isForStatement(node) || node.initializer === undefined || node.condition === undefined)
    return false;
  const { condition, initializer } = node;
  const [counter] = ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
  if (counter?.initializer === undefined || !ts.isBinaryExpression(condition)) return false;
  const isUp =
    condition.operatorToken.kind === ts.SyntaxKind.LessThanToken ||
    condition.operatorToken.kind === ts.SyntaxKind.LessThanEqualsToken;
  const [from, to] = [counter.initializer, condition.right];
  const isCounter = condition.left.getText() === counter.name.getText();
  return (
    isUp &&
    isCounter &&
    ts.isNumericLiteral(from) &&
    ts.isNumericLiteral(to) &&
    Number(from.text) < Number(to.text)
  );
}

function ofLoop(folding: Pick<Folding, 'decided' | 'isDead'>, node: ts.IterationStatement): Completion {
  const body = completion(folding, node.statement);
  const isEndless =
    (ts.isWhileStatement(node) && node.expression.kind === ts.SyntaxKind.TrueKeyword) ||
    (ts.isForStatement(node) && node.condition === undefined);
  const isOnce = ts.isDoStatement(node) || isEntered(node);
  const falls = isEndless ? body.breaks : isOnce ? body.falls || body.breaks || body.continues : true;
  return { falls, breaks: false, continues: false, labels: body.labels, returns: body.returns };
}

/** A `continue` in live code that names the loop's own label. */
export function continuesByName(folding: Pick<Folding, 'isDead'>, loop: ts.Node): boolean {
  const label = ts.isLabeledStatement(loop.parent) ? loop.parent.label.text : undefined;
  const visit = (node: ts.Node): boolean =>
    !folding.isDead(node) &&
    ((ts.isContinueStatement(node) && node.label?.text === label) ||
      ts.forEachChild(node, (child) => (visit(child) ? true : undefined)) === true);
  return label !== undefined && visit(loop);
}
