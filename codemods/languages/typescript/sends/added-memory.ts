// What memory is added where, and whether it can belong to somebody: memory that was just made belongs to nobody else.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { partsOfMessage } from './message-length.ts';
import { unparenthesized } from './unparenthesized.ts';

/** Memory that a statement sends, directly or through a function of the engine; undefined where it is not written there. */
export interface Added {
  readonly call: ts.CallExpression;
  readonly memory: ts.Expression | undefined;
}

type Input = Pick<Look, 'session' | 'path' | 'index' | 'folding'>;

/** Live adds in a node, and calls of functions that add. */
export function addsIn(input: Input, node: ts.Node): readonly Added[] {
  const found: Added[] = [];
  const visit = (at: ts.Node): void => {
    if (input.folding.isDead(at)) return;
    if (ts.isCallExpression(at)) {
      const member = input.path.memberCalled(at);
      if (member === 'addIov') found.push({ call: at, memory: at.arguments[0] });
      else if (member === 'sendmsg') found.push(...ofMessage(input, at));
      else if (member === undefined) {
        const fn = input.index.callee(at);
        if (fn !== undefined && adds(input, fn, new Set()))
          for (const argument of at.arguments) found.push({ call: at, memory: argument });
      }
    }
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}

function ofMessage(input: Input, call: ts.CallExpression): readonly Added[] {
  const parts = partsOfMessage(input.path, input.index, call);
  const bare = parts && unparenthesized(parts);
  if (bare === undefined || !ts.isArrayLiteralExpression(bare)) return [{ call, memory: undefined }];
  return bare.elements.map((element) => {
    const [base] = ts.isObjectLiteralExpression(element) ? element.properties : [];
    const memory = base !== undefined && ts.isPropertyAssignment(base) ? base.initializer : undefined;
    return { call, memory };
  });
}

/** The function, or one that it calls, adds something. */
export function adds(input: Input, fn: ts.Node, seen: Set<ts.Node>): boolean {
  if (seen.has(fn)) return false;
  seen.add(fn);
  const visit = (node: ts.Node): boolean => {
    if (input.folding.isDead(node)) return false;
    if (ts.isCallExpression(node)) {
      const member = input.path.memberCalled(node);
      if (member === 'addIov' || member === 'sendmsg') return true;
      const callee = input.index.callee(node);
      if (callee !== undefined && adds(input, callee, seen)) return true;
    }
    return ts.forEachChild(node, (child) => (visit(child) ? true : undefined)) === true;
  };
  return visit((fn as { body?: ts.Node }).body ?? fn);
}

/** The memory was made for this use, or is a constant of the module: it belongs to no item. Not memory at all counts, too. */
export function isNobodys(input: Input, memory: ts.Expression, depth: number = 0): boolean {
  const bare = unparenthesized(memory);
  if (depth > 6) return false;
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare))
    return isNobodys(input, bare.expression, depth + 1);
  if (!mayHoldMemory(input, bare)) return true;
  if (ts.isConditionalExpression(bare))
    return isNobodys(input, bare.whenTrue, depth + 1) && isNobodys(input, bare.whenFalse, depth + 1);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return isNobodys(input, bare.left, depth + 1) && isNobodys(input, bare.right, depth + 1);
  if (ts.isIdentifier(bare)) {
    const declaration = input.index.declarationOf(bare);
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
    if (ts.isSourceFile(declaration.parent.parent.parent)) return true;
    const isConst = (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
    return (
      isConst && declaration.initializer !== undefined && isNobodys(input, declaration.initializer, depth + 1)
    );
  }
  if (ts.isElementAccessExpression(bare)) return isListOfNobodys(input, bare.expression, depth + 1);
  if (ts.isNewExpression(bare)) {
    const [first] = bare.arguments ?? [];
    return first === undefined || !/\.buffer$/.test(first.getText());
  }
  if (!ts.isCallExpression(bare)) return false;
  const callee = bare.expression;
  if (ts.isPropertyAccessExpression(callee)) {
    const name = callee.name.text;
    if (name === 'subarray') return isNobodys(input, callee.expression, depth + 1);
    if (/^(?:slice|encode|map|filter|toReversed|toSorted|with)$/.test(name)) return true;
    if (
      /^(?:Uint8Array|Buffer)$/.test(callee.expression.getText()) &&
      /^(?:from|of|concat|alloc\w*)$/.test(name)
    )
      return !/\.buffer$/.test(bare.arguments[0]?.getText() ?? '');
  }
  const fn = input.index.callee(bare);
  return fn !== undefined && answersNobodys(input, fn, depth + 1);
}

/** A connection, a number or a text is no memory; an array or an object may hold some. */
function mayHoldMemory({ session, path }: Input, expression: ts.Expression): boolean {
  const type = session.checker().getTypeAtLocation(expression);
  if (
    (type.flags &
      (ts.TypeFlags.NumberLike |
        ts.TypeFlags.StringLike |
        ts.TypeFlags.BooleanLike |
        ts.TypeFlags.BigIntLike)) !==
    0
  )
    return false;
  return type.getCallSignatures().length === 0 && !path.isConnection(type);
}

function isListOfNobodys(input: Input, list: ts.Expression, depth: number): boolean {
  const bare = unparenthesized(list);
  const declaration = ts.isIdentifier(bare) ? input.index.declarationOf(bare) : undefined;
  const made =
    declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : bare;
  if (made === undefined || !ts.isCallExpression(made) || !ts.isPropertyAccessExpression(made.expression))
    return false;
  if (made.expression.name.text !== 'map') return false;
  const [step] = made.arguments;
  if (step === undefined) return false;
  if (ts.isArrowFunction(step)) return answersNobodys(input, step, depth);
  const fn = ts.isIdentifier(step) ? input.index.declarationOf(step) : undefined;
  const value = fn !== undefined && ts.isVariableDeclaration(fn) ? fn.initializer : fn;
  return value !== undefined && answersNobodys(input, value, depth);
}

function answersNobodys(input: Input, fn: ts.Node, depth: number): boolean {
  const { body } = fn as { body?: ts.Node };
  if (body === undefined || depth > 6) return false;
  if (!ts.isBlock(body)) return isNobodys(input, body as ts.Expression, depth);
  const answers: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) answers.push(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return answers.length > 0 && answers.every((answer) => isNobodys(input, answer, depth));
}
