// Where a loop forgets what is queued: the counters set to zero. The evbuffer is drained there.
import type { Document, Node } from '../document.ts';
import { assignedValue, isNothing, type LoopFieldUse } from './field-uses.ts';
import { branch, insertAfter } from './layout.ts';
import { drain, type Loop, type LoopSite, memberOf, siteAt } from './loop.ts';
import { bare, every, fieldUse } from './tree-walk.ts';

/** The last statement of each run of `c->current = 0; c->used = 0; ...` that sets the count of messages to zero. */
export function resetRuns(loop: Loop, uses: readonly LoopFieldUse[]): readonly LoopFieldUse[] {
  const { used } = loop.shape.fields;
  return uses.filter((use) => use.field === used && isZeroed(use));
}

/** True for `c->used = 0`, alone or in a chain. */
export function isZeroed({ doc, node }: LoopFieldUse): boolean {
  const assignment = node.parent;
  const value =
    assignment?.type === 'assignment_expression' && assignment.childForFieldName('left')?.id === node.id
      ? assignedValue(doc, assignment)
      : undefined;
  return value !== undefined && isNothing(doc, value);
}

/** Drains the evbuffer behind every reset; the counters stay for the datagrams. */
export function drainsBeside(loop: Loop, uses: readonly LoopFieldUse[]): readonly LoopSite[] {
  return resetRuns(loop, uses).map((use) => {
    const { doc, object } = use;
    const line = drain(object, loop.output);
    const out = memberOf(object, loop.output);
    const last = lastOfRun(loop, doc, use.statement);
    const body = use.fn?.body ?? last;
    const lines = isBeforeMaking(loop, use, uses) ? branch(doc, body, `${out} != NULL`, [line]) : [line];
    return siteAt(
      doc,
      use.node,
      'machinery',
      `${use.object}->${use.field} = 0`,
      insertAfter(doc, last, lines),
    );
  });
}

/** The last of the assignments to the loop's counters that follow one another. */
export function lastOfRun(loop: Loop, doc: Document, statement: Node): Node {
  let last = statement;
  for (;;) {
    const next = nextStatement(last);
    if (next === undefined || !setsCounter(loop, doc, next)) return last;
    last = next;
  }
}

function nextStatement(statement: Node): Node | undefined {
  for (let at = statement.nextNamedSibling; at !== null; at = at.nextNamedSibling)
    if (at.type !== 'comment') return at;
  return undefined;
}

/** The statement only gives a value without a call to fields of the loop. */
export function setsCounter(loop: Loop, doc: Document, statement: Node): boolean {
  if (statement.type !== 'expression_statement') return false;
  const expression = statement.namedChildren[0];
  if (expression?.type !== 'assignment_expression') return false;
  const { fields } = loop.shape;
  const counters = [fields.current, fields.used, fields.vectorsUsed, fields.bytes];
  const targets = every(expression, 'assignment_expression').map(
    (each) => fieldUse(doc, each.childForFieldName('left'))?.name,
  );
  const value = assignedValue(doc, expression);
  return (
    targets.every((name) => name !== undefined && counters.includes(name)) &&
    value !== undefined &&
    bare(value).type === 'number_literal'
  );
}

// The first thing that a fresh connection does may be to set its counters: no buffer is there yet.
function isBeforeMaking(loop: Loop, use: LoopFieldUse, uses: readonly LoopFieldUse[]): boolean {
  return uses.some(
    (other) =>
      other.kind === 'allocate' &&
      other.field === loop.shape.fields.messages &&
      other.doc === use.doc &&
      other.fn?.node.id === use.fn?.node.id &&
      other.node.startIndex > use.node.startIndex,
  );
}
