// Creates the evbuffer where the connection's arrays were allocated, and frees it where they were freed.
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, enclosing, type Node, parts, textOf } from '../document.ts';
import type { LoopFieldUse } from './field-uses.ts';
import { branch, indentStep, insertAfter } from './layout.ts';
import { type Loop, type LoopSite, memberOf, siteAt } from './loop.ts';
import { bare, calledName, definitionAround, every, fieldUse, operatorOf, statementOf } from './tree-walk.ts';

/** The sites that make and free the buffer beside the array of messages; the array itself stays. */
export function bufferBeside(loop: Loop, uses: readonly LoopFieldUse[]): readonly LoopSite[] {
  return uses.flatMap((use): readonly LoopSite[] => {
    if (use.fn === undefined) return [];
    const made = lifeEdits(loop, use, uses);
    return made === undefined || made.edits.length === 0
      ? []
      : [siteAt(use.doc, use.node, 'machinery', made.name, made.edits)];
  });
}

interface Made {
  readonly name: string;
  readonly edits: readonly TextEdit[];
}

function lifeEdits(loop: Loop, use: LoopFieldUse, uses: readonly LoopFieldUse[]): Made | undefined {
  const { doc, statement, object } = use;
  const out = memberOf(object, loop.output);
  switch (use.kind) {
    case 'clear':
      return isFirstClear(use, uses)
        ? {
            name: textOf(doc, use.node),
            edits: insertAfter(doc, statement, [`${out} = ${clearValue(use)};`]),
          }
        : undefined;
    case 'allocate':
      return { name: textOf(doc, use.node), edits: makingEdits(loop, use) };
    case 'missing':
      return allocatesBefore(use, uses)
        ? { name: textOf(doc, use.node), edits: [besideTest(loop, use)] }
        : undefined;
    case 'free':
      return isReplaced(use, uses)
        ? undefined
        : { name: textOf(doc, use.node), edits: freeingEdits(loop, use) };
    default:
      return undefined;
  }
}

// `c->list = 0;` behind a free says that it is gone; in front of an allocation it says that it is not there yet.
function isFirstClear(use: LoopFieldUse, uses: readonly LoopFieldUse[]): boolean {
  const first = uses.find(
    (other) => other.kind === 'clear' && other.statement.id === use.statement.id && other.doc === use.doc,
  );
  return first === use;
}

function clearValue({ doc, statement }: LoopFieldUse): string {
  const value = /(?:NULL|nullptr|0)\s*;?\s*$/.exec(textOf(doc, statement))?.[0] ?? 'NULL';
  return value.replace(/[;\s]/g, '');
}

function sameFunction(a: LoopFieldUse, b: LoopFieldUse): boolean {
  return a.doc === b.doc && a.fn?.node.id === b.fn?.node.id;
}

function allocatesBefore(use: LoopFieldUse, uses: readonly LoopFieldUse[]): boolean {
  return uses.some(
    (other) =>
      other.kind === 'allocate' && sameFunction(use, other) && other.node.startIndex < use.node.startIndex,
  );
}

// A free right before the array gets another block is a change of size.
function isReplaced(use: LoopFieldUse, uses: readonly LoopFieldUse[]): boolean {
  return uses.some(
    (other) =>
      other.kind === 'allocate' &&
      sameFunction(use, other) &&
      other.statement.parent?.id === use.statement.parent?.id &&
      other.node.startIndex > use.node.startIndex,
  );
}

function makingEdits(loop: Loop, { doc, statement, object, node }: LoopFieldUse): readonly TextEdit[] {
  const out = memberOf(object, loop.output);
  const resizing = blockThatResizes(doc, node);
  if (resizing === undefined) return insertAfter(doc, statement, [`${out} = evbuffer_new();`]);
  const failed = failureOf(doc, resizing);
  const definition = definitionAround(node);
  const body = definition?.childForFieldName('body') ?? resizing;
  const test = `${out} == NULL && (${out} = evbuffer_new()) == NULL`;
  return insertAfter(
    doc,
    resizing,
    failed.length > 0
      ? branch(doc, body, test, failed)
      : branch(doc, body, `${out} == NULL`, [`${out} = evbuffer_new();`]),
  );
}

// `if (c->size != INITIAL) { ptr = malloc(...); if (ptr != NULL) { free(c->list); c->list = ptr; ... } else { failed } }`
function blockThatResizes(doc: Document, node: Node): Node | undefined {
  const value = statementOf(node);
  if (every(value, 'call_expression').length > 0) return undefined;
  let outermost: Node | undefined;
  for (let at: Node | null = value; at !== null && at.type !== 'function_definition'; at = at.parent)
    if (at.type === 'if_statement' && mentionsObject(doc, at, node)) outermost = at;
  return outermost;
}

function mentionsObject(doc: Document, branchNode: Node, node: Node): boolean {
  const object = fieldUse(doc, node)?.object;
  const condition = branchNode.childForFieldName('condition');
  return (
    object !== undefined &&
    condition !== null &&
    every(condition, 'field_expression').some((each) => fieldUse(doc, each)?.object.text === object.text)
  );
}

function failureOf(doc: Document, resizing: Node): readonly string[] {
  const otherwise = every(resizing, 'else_clause')[0];
  const block = otherwise === undefined ? undefined : parts(otherwise)[0];
  if (block === undefined) return [];
  return (block.type === 'compound_statement' ? parts(block) : [block]).map((each) => textOf(doc, each));
}

// `c->list == 0` becomes `c->list == 0 || c->out == 0`.
function besideTest(loop: Loop, { doc, node, field }: LoopFieldUse): TextEdit {
  let test = node;
  while (
    test.parent !== null &&
    !/^(?:condition_clause|argument_list|expression_statement)$/.test(test.parent.type)
  ) {
    if (test.parent.type === 'parenthesized_expression' && test.type === 'binary_expression') break;
    if (/^(?:\|\||&&)$/.test(operatorOf(doc, test.parent))) break;
    test = test.parent;
  }
  const text = textOf(doc, test).replace(new RegExp(`\\b${field}\\b`), loop.output);
  const isAnd = test.parent !== null && operatorOf(doc, test.parent) === '&&';
  return {
    file: doc.file,
    start: test.startIndex,
    end: test.endIndex,
    text: isAnd ? `(${textOf(doc, test)} || ${text})` : `${textOf(doc, test)} || ${text}`,
  };
}

function freeingEdits(
  loop: Loop,
  { doc, statement, object, field, node }: LoopFieldUse,
): readonly TextEdit[] {
  const out = memberOf(object, loop.output);
  const guard = enclosing(statement.parent, 'if_statement', 'function_definition');
  if (guard?.type === 'if_statement' && isGuardOf(doc, guard, statement, node)) {
    const release = calledName(doc, every(statement, 'call_expression')[0] ?? statement) ?? '';
    const text = textOf(doc, guard)
      .replace(new RegExp(`\\b${field}\\b`, 'g'), loop.output)
      .replace(new RegExp(`\\b${release}\\b`), 'evbuffer_free');
    return insertAfter(
      doc,
      guard,
      text.split(/\r?\n/).map((line, at) => (at === 0 ? line : unindented(doc, guard, line))),
    );
  }
  const body = definitionAround(statement)?.childForFieldName('body') ?? statement;
  const anchor =
    guard?.type === 'if_statement' &&
    fieldUse(doc, bare(guard.childForFieldName('condition') ?? guard))?.name === field
      ? guard
      : statement;
  return insertAfter(doc, anchor, [`if (${out} != NULL)`, `${indentStep(doc, body)}evbuffer_free(${out});`]);
}

// The whole branch is `if (c->list) free(c->list);`.
function isGuardOf(doc: Document, guard: Node, statement: Node, node: Node): boolean {
  const body = guard.childForFieldName('consequence');
  const only =
    body?.type === 'compound_statement' ? (parts(body).length === 1 ? parts(body)[0] : undefined) : body;
  const condition = guard.childForFieldName('condition');
  return (
    only?.id === statement.id &&
    guard.childForFieldName('alternative') === null &&
    condition !== null &&
    every(condition, 'field_expression').every((each) => textOf(doc, each) === textOf(doc, node))
  );
}

// insertAfter indents by the statement's own line: what a copied line has of that is taken away.
function unindented(doc: Document, node: Node, line: string): string {
  const own = /^[ \t]*/.exec(doc.text.slice(doc.text.lastIndexOf('\n', node.startIndex - 1) + 1))?.[0] ?? '';
  return line.startsWith(own) ? line.slice(own.length) : line;
}
