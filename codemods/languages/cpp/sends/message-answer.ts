// What a function does with the answer of sendmsg: nothing, a look at whether it failed, or more.
import { type Document, enclosing, type Node, occurrences, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import { order } from './flow-order.ts';
import { calleeText } from './function-index.ts';
import { statementOf } from './site-draft.ts';

/** A comparison that asks whether sendmsg failed. */
export interface FailureTest {
  readonly node: Node;
  /** The side that is the answer. */
  readonly answer: Node;
  readonly succeeded: boolean;
}

/** How the answer of sendmsg is used. */
export type Answer =
  | { readonly how: 'unused' }
  /** Comparisons that ask whether it failed, and what each becomes. */
  | {
      readonly how: 'checked';
      readonly tests: readonly FailureTest[];
    }
  | {
      readonly how: 'visible';
      readonly at: Node;
      readonly statement: Node;
      /** What `at` asks for, if it is not how much was sent. */
      readonly asks?: string;
    };

/** What a function does with the answer of sendmsg, and with the errno of it. */
export function answerOf(doc: Document, fn: Node, call: Node): Answer {
  const answer = usedAs(doc, fn, call);
  const asked = answer.how === 'visible' ? undefined : errnoAsked(doc, fn, call, answer);
  if (asked === undefined) return answer;
  const statement = statementOf(call);
  return { how: 'visible', at: asked, statement, asks: 'asks why the kernel took nothing' };
}

function usedAs(doc: Document, fn: Node, call: Node): Answer {
  let at = call;
  while (
    at.parent?.type === 'parenthesized_expression' ||
    (at.parent?.type === 'cast_expression' && /^\(\s*void\s*\)/.test(textOf(doc, at.parent)))
  )
    at = at.parent;
  const parent = at.parent;
  if (parent?.type === 'expression_statement') return { how: 'unused' };
  const statement =
    enclosing(
      call,
      'declaration',
      'expression_statement',
      'return_statement',
      'if_statement',
      'while_statement',
    ) ?? call;
  const test = failureTest(doc, at);
  if (test !== undefined && isAgain(doc, test.node)) return { how: 'visible', at: call, statement };
  if (test !== undefined) return { how: 'checked', tests: [test] };
  const left =
    parent?.type === 'init_declarator'
      ? parent.childForFieldName('declarator')
      : parent?.type === 'assignment_expression' && parent.parent?.type === 'expression_statement'
        ? parent.childForFieldName('left')
        : null;
  if (left?.type !== 'identifier') return { how: 'visible', at: call, statement };
  const variable = resolveVariable(doc, left);
  if (variable === undefined) return { how: 'visible', at: call, statement };
  const tests: FailureTest[] = [];
  for (const use of occurrences(doc, variable.name, fn.startIndex, fn.endIndex)) {
    if (
      use.id === variable.nameNode.id ||
      use.id === left.id ||
      resolveVariable(doc, use)?.nameNode.id !== variable.nameNode.id
    )
      continue;
    const one = failureTest(doc, use);
    if (one === undefined || isAgain(doc, one.node))
      return { how: 'visible', at: use.parent ?? use, statement };
    tests.push(one);
  }
  return { how: 'checked', tests };
}

const REPORTS =
  /(?:^|[^a-z])(?:v?f?printf|perror|strerror|log|syslog|print|trace|debug|assert|free)(?:$|[^a-z])/i;

// `errno == EPIPE`, `return -errno;`: no copy sets it. To print it is no question.
function errnoAsked(doc: Document, fn: Node, call: Node, answer: Answer): Node | undefined {
  const branches = (answer.how === 'checked' ? answer.tests : []).flatMap(
    ({ node }) => enclosing(node, 'if_statement', 'compound_statement') ?? [],
  );
  const calls = fn
    .descendantsOfType('call_expression')
    .filter((one) => one !== null && one.startIndex >= call.endIndex && !REPORTS.test(calleeText(doc, one)));
  return occurrences(doc, 'errno', call.endIndex, fn.endIndex).find((use) => {
    const around = enclosing(use, 'argument_list', 'initializer_list', 'compound_statement');
    if (around !== undefined && around.type !== 'compound_statement') return false;
    const parent = use.parent;
    if (parent?.type === 'assignment_expression' && parent.childForFieldName('left')?.id === use.id)
      return false;
    const isInBranch = branches.some(
      (branch) => branch.type === 'if_statement' && use.endIndex <= branch.endIndex,
    );
    // What is called in between sets it as well.
    const isOurs = !calls.some((one) => one !== null && one.endIndex <= use.startIndex);
    return (isInBranch || isOurs) && order(call, use) !== undefined;
  });
}

// It tries again, now or later, as errno says, which a copy does not set.
function isAgain(doc: Document, test: Node): boolean {
  const branch = enclosing(test, 'if_statement', 'compound_statement');
  if (branch?.type === 'if_statement' && /\b(?:EAGAIN|EWOULDBLOCK|EINTR)\b/.test(textOf(doc, branch)))
    return true;
  for (let at: Node | null = test; at !== null; at = at.parent) {
    const loop: Node | null = at.parent;
    if (loop !== null && /^(?:while|do|for)_statement$/.test(loop.type))
      return loop.childForFieldName('condition')?.id === at.id;
    if (loop === null || /_statement$/.test(loop.type)) return false;
  }
  return false;
}

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

// `< 0`, `== -1`: it failed. `>= 0`, `!= -1`, `> -1`: it did not. `-1 == ...` says the same.
function failureTest(doc: Document, node: Node): FailureTest | undefined {
  const parent = node.parent;
  if (parent?.type !== 'binary_expression') return undefined;
  const [left, right] = [parent.childForFieldName('left'), parent.childForFieldName('right')];
  const isMirrored = right?.id === node.id;
  const other = isMirrored ? left : right;
  const operator = parent.childForFieldName('operator');
  if (other === null || operator === null) return undefined;
  const symbol = textOf(doc, operator);
  const text = `${isMirrored ? (MIRRORED[symbol] ?? symbol) : symbol}${textOf(doc, other)}`.replace(
    /\s/g,
    '',
  );
  if (/^(?:<0|==-1|==SOCKET_ERROR|<=-1)$/.test(text)) return { node: parent, answer: node, succeeded: false };
  return /^(?:>=0|!=-1|>-1)$/.test(text) ? { node: parent, answer: node, succeeded: true } : undefined;
}
