// A loop around sendmsg that goes on after a partial write: with copies nothing is partial, and the loop goes over the parts once.
import { type Document, enclosing, type Node, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';

/** Such a loop. */
export interface PartialWriteLoop {
  readonly loop: Node;
  /** `return -1;`: what is done where sending fails. */
  readonly failure: Node | undefined;
}

const LOOPS = ['while_statement', 'do_statement', 'for_statement'];
const WAITS = /wait|poll|select|sleep|yield|log|print|perror|trace|debug|errno|sendmsg$/i;

/** Reads the loop around a sendmsg of `message`; undefined where it does more than send the rest. */
export function partialWriteLoop(doc: Document, call: Node, message: Node): PartialWriteLoop | undefined {
  const loop = enclosing(call, ...LOOPS);
  const variable = message.type === 'identifier' ? resolveVariable(doc, message) : undefined;
  if (loop === undefined || variable === undefined || loop.startIndex < variable.node.startIndex)
    return undefined;
  const condition = loop.childForFieldName('condition');
  // Until no part is left.
  if (
    condition === null ||
    !new RegExp(`\\b${variable.name}\\s*\\.\\s*msg_iovlen\\b`).test(textOf(doc, condition))
  )
    return undefined;
  const answer = enclosing(call, 'init_declarator', 'assignment_expression', loop.type);
  const name = answer?.childForFieldName(answer.type === 'init_declarator' ? 'declarator' : 'left');
  if (name?.type !== 'identifier') return undefined;
  const isOwn = (root: Node): boolean => {
    const of = resolveVariable(doc, root);
    return of !== undefined && (of.nameNode.id === variable.nameNode.id || isIn(of.node, loop));
  };
  const works = loop.descendantsOfType(['assignment_expression', 'update_expression']).some((node) => {
    const target = node?.childForFieldName(node.type === 'assignment_expression' ? 'left' : 'argument');
    const root = target === null || target === undefined ? undefined : rootOf(target);
    return root === undefined || !isOwn(root);
  });
  const calls = loop
    .descendantsOfType('call_expression')
    .some((one) => one !== null && !WAITS.test(calleeText(doc, one)));
  if (works || calls) return undefined;
  const returns = loop
    .descendantsOfType(['return_statement', 'throw_statement', 'goto_statement'])
    .filter((one) => one !== null);
  const [failure, more] = returns;
  if (more !== undefined) return undefined;
  // What leaves the loop does so because sending failed.
  if (failure !== undefined && !isBehindFailure(doc, failure, textOf(doc, name))) return undefined;
  return { loop, failure };
}

function rootOf(target: Node): Node | undefined {
  if (target.type === 'identifier') return target;
  const inner = target.childForFieldName('argument') ?? parts(target)[0];
  return inner === undefined || inner === null ? undefined : rootOf(inner);
}

function isIn(node: Node, around: Node): boolean {
  return node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
}

function isBehindFailure(doc: Document, node: Node, answer: string): boolean {
  for (
    let at = enclosing(node, 'if_statement');
    at !== undefined;
    at = enclosing(at.parent, 'if_statement')
  ) {
    const condition = at.childForFieldName('condition');
    const alternative = at.childForFieldName('alternative');
    if (alternative !== null && isIn(node, alternative)) continue;
    if (
      condition !== null &&
      new RegExp(`\\b${answer}\\s*(?:<=?\\s*0|==\\s*-\\s*1)`).test(textOf(doc, condition))
    )
      return true;
  }
  return false;
}
