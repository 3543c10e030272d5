// A server without UDP: what its functions do to the fields of the loop goes, or becomes what the evbuffer needs.
import type { TextEdit, TextRange } from '../../../facts/text.ts';
import { type Document, enclosing, type Node, parts, rangeOf, textOf } from '../document.ts';
import { assignedValue, isNothing, type LoopFieldUse } from './field-uses.ts';
import { branch, indentAt, indentStep, lineEnd, wholeLines } from './layout.ts';
import { drain, type Loop, type LoopSite, memberOf, siteAt } from './loop.ts';
import { bare, calledName, every, fieldUse, operatorOf } from './tree-walk.ts';

/** The sites of the uses, or the first place that cannot be spelled. */
export type ReplacedUses =
  | { readonly sites: readonly LoopSite[] }
  | { readonly cannot: string; readonly range: TextRange };

/** Replaces every use outside of the loop's own functions; `dead` names the fields that go. */
export function replacedUses(
  loop: Loop,
  uses: readonly LoopFieldUse[],
  dead: ReadonlySet<string>,
): ReplacedUses {
  const work: Work = { loop, uses, dead, done: new Set(), made: new Set() };
  const sites: LoopSite[] = [];
  for (const use of uses) {
    const key = `${use.doc.file}:${use.statement.startIndex}:${use.statement.endIndex}`;
    const edits = editsOf(work, use, key);
    if (edits === undefined)
      return {
        cannot: `${textOf(use.doc, use.node)} is used here in a way that has no like with an evbuffer`,
        range: rangeOf(use.doc, use.node),
      };
    if (edits.length > 0)
      sites.push(siteAt(use.doc, use.node, 'bookkeeping', textOf(use.doc, use.node), edits));
  }
  return { sites };
}

interface Work {
  readonly loop: Loop;
  readonly uses: readonly LoopFieldUse[];
  readonly dead: ReadonlySet<string>;
  /** Statements that are settled as a whole. */
  readonly done: Set<string>;
  /** Functions in which the buffer is made, cleared or freed already. */
  readonly made: Set<string>;
}

function editsOf(work: Work, use: LoopFieldUse, key: string): readonly TextEdit[] | undefined {
  const { doc, statement } = use;
  if (work.done.has(key) || isSettledAround(work, use)) return [];
  const shrinking = shrinkingBranch(work, use);
  if (shrinking !== undefined) return whole(work, doc, shrinking, '');
  switch (use.kind) {
    case 'clear':
    case 'set':
    case 'count':
    case 'resize':
    case 'allocate':
      return assigned(work, use);
    case 'free':
      return freed(work, use);
    case 'missing':
    case 'there':
      return tested(work, use);
    case 'read': {
      const call = statement.type === 'expression_statement' ? parts(statement)[0] : undefined;
      const isAssertion = call?.type === 'call_expression' && /^assert$/i.test(calledName(doc, call) ?? '');
      if (isAssertion && onlyDead(work, doc, statement)) return whole(work, doc, statement, '');
      // `malloc(sizeof(*c->list))` goes with the assignment that it is part of.
      return undefined;
    }
  }
}

function isSettledAround(work: Work, { doc, node }: LoopFieldUse): boolean {
  for (let at: Node | null = node; at !== null && at.type !== 'function_definition'; at = at.parent)
    if (work.done.has(`${doc.file}:${at.startIndex}:${at.endIndex}`)) return true;
  return false;
}

function whole(work: Work, doc: Document, statement: Node, text: string): readonly TextEdit[] {
  work.done.add(`${doc.file}:${statement.startIndex}:${statement.endIndex}`);
  if (text !== '') return [{ ...rangeOf(doc, statement), text }];
  const isBody =
    statement.parent !== null && !/^(?:compound_statement|case_statement)$/.test(statement.parent.type);
  return isBody
    ? [{ ...rangeOf(doc, statement), text: ';' }]
    : [{ ...wholeLines(doc, statement.startIndex, statement.endIndex), text: '' }];
}

// `if (c->size > HIGHWAT) { ... }`: the arrays that became too large are made smaller.
function shrinkingBranch(work: Work, { doc, node, field }: LoopFieldUse): Node | undefined {
  const { size, vectorsSize } = work.loop.shape.fields;
  for (
    let at = enclosing(node, 'if_statement', 'function_definition');
    at?.type === 'if_statement';
    at = enclosing(at.parent, 'if_statement', 'function_definition')
  ) {
    const condition = at.childForFieldName('condition');
    if (condition === null || field === '') continue;
    const sizes = every(condition, 'field_expression').map((each) => fieldUse(doc, each)?.name);
    const isSize = sizes.some((name) => name !== undefined && (name === size || name === vectorsSize));
    if (isSize && onlyDead(work, doc, at) && !makes(work, doc, at)) return at;
  }
  return undefined;
}

function makes(work: Work, doc: Document, statement: Node): boolean {
  return work.uses.some(
    (use) =>
      use.doc === doc &&
      use.kind === 'allocate' &&
      use.node.startIndex >= statement.startIndex &&
      use.node.endIndex <= statement.endIndex,
  );
}

// It touches nothing but the loop's dead fields and locals of its own.
function onlyDead(work: Work, doc: Document, statement: Node): boolean {
  const inside = every(statement, 'field_expression').filter(
    (each) => each.parent?.type !== 'field_expression',
  );
  return inside.every((each) => {
    const name = fieldUse(doc, each)?.name;
    return name !== undefined && work.dead.has(name);
  });
}

function assigned(work: Work, use: LoopFieldUse): readonly TextEdit[] | undefined {
  const { loop } = work;
  const { doc, statement, object } = use;
  const out = memberOf(object, loop.output);
  const expression = statement.type === 'expression_statement' ? parts(statement)[0] : undefined;
  if (expression === undefined) return undefined;
  if (expression.type === 'update_expression') return whole(work, doc, statement, '');
  if (expression.type !== 'assignment_expression') return undefined;
  const targets = [
    expression,
    ...every(expression.childForFieldName('right') ?? expression, 'assignment_expression'),
  ].map((each) => fieldUse(doc, each.childForFieldName('left'))?.name);
  if (targets.some((name) => name === undefined || !work.dead.has(name)))
    return chained(work, use, expression, targets);
  const { messages, vectors, used } = loop.shape.fields;
  const isArray = targets.some((name) => name === messages || name === vectors);
  const where = `${doc.file}:${use.fn?.node.startIndex}`;
  const value = assignedValue(doc, expression);
  if (isArray && use.kind === 'allocate') {
    if (work.made.has(`new ${where}`)) return whole(work, doc, statement, '');
    work.made.add(`new ${where}`);
    return whole(work, doc, statement, `${out} = evbuffer_new();`);
  }
  if (isArray && use.kind === 'clear') {
    // Behind a free, the field is cleared where the last array was.
    if (work.made.has(`clear ${where}`)) return whole(work, doc, statement, '');
    work.made.add(`clear ${where}`);
    return whole(work, doc, statement, `${out} = ${value === undefined ? 'NULL' : textOf(doc, value)};`);
  }
  if (targets.includes(used) && value !== undefined && isNothing(doc, value))
    return whole(work, doc, statement, draining(work, use));
  return whole(work, doc, statement, '');
}

// `c->kept = c->gone = 0;` keeps the one and loses the other.
function chained(
  work: Work,
  { doc, object }: LoopFieldUse,
  expression: Node,
  targets: readonly (string | undefined)[],
): readonly TextEdit[] | undefined {
  const value = assignedValue(doc, expression);
  if (targets.length < 2 || value === undefined || targets.some((name) => name === undefined))
    return undefined;
  const statement = expression.parent;
  if (statement === null) return undefined;
  const { used } = work.loop.shape.fields;
  const kept = targets
    .filter((name) => name !== undefined && !work.dead.has(name))
    .map((name) => `${memberOf(object, name ?? '')} = `);
  const drains = targets.includes(used) ? ` ${drain(object, work.loop.output)}` : '';
  return whole(work, doc, statement, `${kept.join('')}${textOf(doc, value)};${drains}`);
}

function draining({ loop, uses }: Work, use: LoopFieldUse): string {
  const { doc, object, fn, node } = use;
  const line = drain(object, loop.output);
  const isEarly = uses.some(
    (other) =>
      other.kind === 'allocate' &&
      other.doc === doc &&
      other.fn?.node.id === fn?.node.id &&
      other.node.startIndex > node.startIndex,
  );
  if (!isEarly || fn?.body === undefined) return line;
  return branch(doc, fn.body, `${memberOf(object, loop.output)} != NULL`, [line]).join(
    `${lineEnd(doc)}${indentAt(doc, node.startIndex)}`,
  );
}

function freed(work: Work, use: LoopFieldUse): readonly TextEdit[] | undefined {
  const { doc, statement, node, object, field, fn } = use;
  const guard = guardOf(use);
  const body = guard?.childForFieldName('consequence');
  const only =
    body?.type === 'compound_statement' ? parts(body) : body === null || body === undefined ? [] : [body];
  const isAlone = only.every((each) => onlyDead(work, doc, each));
  const whatGoes = guard !== undefined && isAlone ? guard : statement;
  const renamed = guard === undefined || whatGoes === guard ? [] : renamedIn(work, doc, guard);
  const where = `free ${doc.file}:${fn?.node.startIndex}:${blockOf(whatGoes)?.id}`;
  const isReplaced = work.uses.some(
    (other) =>
      other.kind === 'allocate' &&
      other.statement.parent?.id === statement.parent?.id &&
      other.node.startIndex > node.startIndex,
  );
  if (isReplaced || work.made.has(where)) return [...whole(work, doc, whatGoes, ''), ...renamed];
  work.made.add(where);
  const out = memberOf(object, work.loop.output);
  if (guard !== undefined && whatGoes === guard) {
    const release = calledName(doc, every(statement, 'call_expression')[0] ?? statement) ?? '';
    const text = textOf(doc, guard)
      .replace(new RegExp(`\\b${field}\\b`, 'g'), work.loop.output)
      .replace(new RegExp(`\\b${release}\\b`), 'evbuffer_free');
    return whole(work, doc, guard, text);
  }
  const indent = `${lineEnd(doc)}${indentAt(doc, statement.startIndex)}`;
  const step = indentStep(doc, fn?.body ?? statement);
  const freeing =
    renamed.length > 0
      ? `evbuffer_free(${out});`
      : `if (${out} != NULL)${indent}${step}evbuffer_free(${out});`;
  return [...whole(work, doc, statement, freeing), ...renamed];
}

// The branch that asks for nothing but the array that is freed in it.
function guardOf({ doc, statement, node }: LoopFieldUse): Node | undefined {
  const guard = enclosing(statement.parent, 'if_statement', 'function_definition');
  const condition = guard?.type === 'if_statement' ? guard.childForFieldName('condition') : null;
  const isGuard =
    condition !== null &&
    every(condition, 'field_expression').some((each) => textOf(doc, each) === textOf(doc, node)) &&
    every(condition, 'field_expression').every((each) => textOf(doc, each) === textOf(doc, node));
  return isGuard ? guard : undefined;
}

function renamedIn(work: Work, doc: Document, guard: Node): readonly TextEdit[] {
  const condition = guard.childForFieldName('condition');
  return every(condition ?? guard, 'field_expression').flatMap((each) => {
    const name = each.childForFieldName('field');
    return name === null ? [] : [{ ...rangeOf(doc, name), text: work.loop.output }];
  });
}

function blockOf(statement: Node): Node | undefined {
  return enclosing(statement.parent, 'compound_statement', 'case_statement');
}

// A test of an array becomes one of the buffer, once in a condition.
function tested(work: Work, use: LoopFieldUse): readonly TextEdit[] | undefined {
  const { doc, node, field, statement } = use;
  const { messages, vectors } = work.loop.shape.fields;
  if (field !== messages && field !== vectors) return undefined;
  // The branch around a free goes with it.
  const guarded = work.uses.some(
    (other) =>
      other.kind === 'free' &&
      other.doc === doc &&
      other.field === field &&
      guardOf(other)?.id === statement.id,
  );
  if (guarded) return [];
  const condition = statement.childForFieldName('condition');
  const where = `test ${doc.file}:${(condition ?? statement).startIndex}`;
  if (!work.made.has(where)) {
    work.made.add(where);
    const name = node.childForFieldName('field');
    return name === null ? undefined : [{ ...rangeOf(doc, name), text: work.loop.output }];
  }
  let operand = node;
  while (operand.parent !== null && !/^(?:\|\||&&)$/.test(operatorOf(doc, operand.parent)))
    operand = operand.parent;
  const joined = operand.parent;
  if (joined === null || bare(joined).type !== 'binary_expression') return undefined;
  const left = joined.childForFieldName('left');
  const right = joined.childForFieldName('right');
  if (left === null || right === null) return undefined;
  return left.id === operand.id
    ? [{ file: doc.file, start: left.startIndex, end: right.startIndex, text: '' }]
    : [{ file: doc.file, start: left.endIndex, end: right.endIndex, text: '' }];
}
