// What stands around a sendmsg whose parts go to an output stream: copyToOutputStream answers nothing and throws by itself, so
// what only reports a failure goes, and what asks for success hears of it.
import { enclosing, type Node } from '../document.ts';
import type { Answer, FailureTest } from './message-answer.ts';

/** Where the loop over the parts goes. */
export type StreamShape =
  /** It takes the place of a statement; further statements that only report a failure go. */
  | { readonly how: 'instead'; readonly statement: Node; readonly gone: readonly Node[] }
  /** It stands before a statement, in which a test of the answer becomes a constant. */
  | { readonly how: 'before'; readonly statement: Node; readonly test: FailureTest };

/** The shape around a call; undefined where its answer is needed. */
export function streamShape(call: Node, answer: Answer): StreamShape | undefined {
  if (answer.how === 'visible') return undefined;
  const [first, more] = answer.how === 'checked' ? answer.tests : [];
  if (answer.how === 'unused') {
    const statement = enclosing(call, 'expression_statement');
    return statement === undefined ? undefined : { how: 'instead', statement, gone: [] };
  }
  const isDirect = first !== undefined && isIn(call, first.node);
  if (isDirect && more === undefined) {
    const branch = failingBranch(first);
    if (branch !== undefined) return { how: 'instead', statement: branch, gone: [] };
    const statement = statementOfValue(first.node);
    return statement === undefined ? undefined : { how: 'before', statement, test: first };
  }
  const branches = answer.tests.map(failingBranch).filter((branch) => branch !== undefined);
  if (branches.length !== answer.tests.length) return undefined;
  const [branch] = branches;
  // `if (auto sent = sendmsg(...); sent < 0) throw ...;`
  if (branch !== undefined && isIn(call, branch))
    return branches.length === 1 ? { how: 'instead', statement: branch, gone: [] } : undefined;
  const statement = enclosing(call, 'declaration');
  const [declarator, another] = statement?.childrenForFieldName('declarator') ?? [];
  if (statement?.parent?.type !== 'compound_statement' || another !== undefined) return undefined;
  return declarator?.childForFieldName('value')?.id === call.id
    ? { how: 'instead', statement, gone: branches }
    : undefined;
}

// `if (sendmsg(...) == -1) throw ...;`: the if goes with its branch.
function failingBranch({ node, succeeded }: FailureTest): Node | undefined {
  if (succeeded) return undefined;
  let at = node;
  while (at.parent !== null && /^(?:parenthesized_expression|condition_clause)$/.test(at.parent.type))
    at = at.parent;
  const branch = at.parent;
  if (branch?.type !== 'if_statement' || branch.childForFieldName('alternative') !== null) return undefined;
  return branch.childForFieldName('condition')?.id === at.id ? branch : undefined;
}

// `bool ok = sendmsg(...) >= 0;`, `return sendmsg(...) >= 0;`: nothing of the statement happens before the call.
function statementOfValue(test: Node): Node | undefined {
  for (let at: Node = test; at.parent !== null; at = at.parent) {
    const { parent }: Node = at;
    if (parent === null) return undefined;
    if (/^(?:declaration|return_statement|expression_statement)$/.test(parent.type)) {
      const isOnly = parent.childrenForFieldName('declarator').length <= 1;
      return isOnly && parent.parent?.type === 'compound_statement' ? parent : undefined;
    }
    if (parent.type === 'assignment_expression' && parent.childForFieldName('left')?.type !== 'identifier')
      return undefined;
    if (
      !/^(?:init_declarator|parenthesized_expression|unary_expression|assignment_expression)$/.test(
        parent.type,
      )
    )
      return undefined;
  }
  return undefined;
}

function isIn(node: Node, around: Node): boolean {
  return node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
}
