// The parts of the function that sends: the test whether anything is left, and what it does after a partial write.
import { type Document, type Node, textOf } from '../document.ts';
import type { Loop } from './loop.ts';
import { bare, every, fieldUse, operatorOf, standsInBlock } from './tree-walk.ts';

/** A comparison of the current message with the messages in use. `holds`: it is true while something is left to send. */
export interface LoopTest {
  readonly node: Node;
  readonly holds: boolean;
}

/** The comparison that decides about the call of sendmsg; undefined where there is none. */
export function loopTest({ shape }: Loop): LoopTest | undefined {
  const { fn, call } = shape.transmit;
  const { doc, body } = fn;
  for (const node of body === undefined ? [] : every(body, 'binary_expression')) {
    const holds = leftToSend(doc, node, shape.fields.current, shape.fields.used);
    const around = branchOf(node);
    if (holds === undefined || around === undefined) continue;
    const decides = holds
      ? contains(around.childForFieldName('consequence') ?? around.childForFieldName('body'), call)
      : node.startIndex < call.startIndex && leaves(around.childForFieldName('consequence'));
    if (decides && !/\bmsg_iovlen\b/.test(textOf(doc, conditionOf(around) ?? node))) return { node, holds };
  }
  return undefined;
}

function leftToSend(doc: Document, test: Node, current: string, used: string): boolean | undefined {
  const left = fieldUse(doc, test.childForFieldName('left'))?.name;
  const right = fieldUse(doc, test.childForFieldName('right'))?.name;
  const operator = operatorOf(doc, test);
  if (left === current && right === used) return HOLDS[operator];
  if (left === used && right === current) return HOLDS[MIRRORED[operator] ?? ''];
  return undefined;
}

const HOLDS: Readonly<Record<string, boolean>> = { '<': true, '!=': true, '>=': false, '==': false };
const MIRRORED: Readonly<Record<string, string>> = { '>': '<', '<=': '>=', '!=': '!=', '==': '==' };

function branchOf(node: Node): Node | undefined {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (/^(?:if|while|for)_statement$/.test(at.type)) return at;
    if (/_statement$/.test(at.type)) return undefined;
  }
  return undefined;
}

function conditionOf(statement: Node): Node | null {
  return statement.childForFieldName('condition');
}

function contains(outer: Node | null, inner: Node): boolean {
  return outer !== null && outer.startIndex <= inner.startIndex && outer.endIndex >= inner.endIndex;
}

function leaves(body: Node | null): boolean {
  return body !== null && every(body, 'return_statement', 'break_statement').length > 0;
}

/** Runs of statements behind the call that adjust the message after a partial write; each stands in one block. */
export function partialWrite({ shape }: Loop): readonly (readonly Node[])[] {
  const { fn, call } = shape.transmit;
  const { doc, body } = fn;
  const about = new Set<number>();
  const found: Node[] = [];
  const visit = (node: Node): void => {
    for (const child of node.namedChildren) {
      if (child === null || child.endIndex <= call.endIndex) continue;
      const isOne = standsInBlock(child) && child.startIndex > call.endIndex && adjusts(doc, child);
      if (isOne && !about.has(child.id)) {
        about.add(child.id);
        found.push(child);
      } else visit(child);
    }
  };
  if (body !== null && body !== undefined) visit(body);
  return inRuns(found);
}

// It changes a vector or its message, and neither returns nor sends.
function adjusts(doc: Document, statement: Node): boolean {
  const changes = [
    ...every(statement, 'assignment_expression').map((each) => each.childForFieldName('left')),
    ...every(statement, 'update_expression').map((each) => each.childForFieldName('argument')),
  ].some(
    (target) =>
      target !== null && /\b(?:msg_iov|msg_iovlen|iov_base|iov_len)\b/.test(textOf(doc, bare(target))),
  );
  const reads =
    /^(?:if|while|for)_statement$/.test(statement.type) && every(statement, 'return_statement').length === 0;
  return changes && (reads || statement.type === 'expression_statement');
}

function inRuns(statements: readonly Node[]): readonly (readonly Node[])[] {
  const runs: Node[][] = [];
  for (const statement of statements) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run.at(-1), statement)) run.push(statement);
    else runs.push([statement]);
  }
  return runs;
}

function follows(before: Node | undefined, statement: Node): boolean {
  for (let at = statement.previousNamedSibling; at !== null; at = at.previousNamedSibling)
    if (at.type !== 'comment') return at.id === before?.id;
  return false;
}
