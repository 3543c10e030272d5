// A server without UDP: the functions of its loop. The one that adds and the one that sends stay, the others go with their calls.
import type { TextEdit, TextRange } from '../../../facts/text.ts';
import { type Document, enclosing, type Node, parts, rangeOf, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import { isAboutLoop, otherWork } from './about-loop.ts';
import { failureOfAppend, successOf } from './answers.ts';
import { branch, indentAt, indentStep, lineEnd, wholeLines } from './layout.ts';
import { type Loop, type LoopSite, memberOf, siteAt } from './loop.ts';
import { loopTest, partialWrite } from './transmit-parts.ts';
import { bare, calledName, every, fieldUse, standsInBlock, statementOf } from './tree-walk.ts';

/** The sites of the functions, or the first place that cannot be spelled. */
export type ReplacedMachinery =
  | { readonly sites: readonly LoopSite[] }
  | { readonly cannot: string; readonly range: TextRange };

/** Rewrites what adds and what sends, and removes the rest; `counts` says that the number of adds is still read. */
export function replacedMachinery(loop: Loop, dead: ReadonlySet<string>, counts: boolean): ReplacedMachinery {
  const { shape } = loop;
  const goes = [shape.begin, ...(shape.grow === undefined ? [] : [shape.grow])];
  const left = leftInTransmit(loop, dead);
  if (left !== undefined)
    return {
      cannot: `${textOf(shape.transmit.fn.doc, left)} of ${shape.transmit.fn.name} has no like with an evbuffer`,
      range: rangeOf(shape.transmit.fn.doc, left),
    };
  for (const fn of goes) {
    const more = otherWork(loop, fn);
    if (more !== undefined)
      return {
        cannot: `${fn.name} goes with the messages, but does more than that`,
        range: rangeOf(fn.doc, more),
      };
  }
  return {
    sites: [
      ...goes.flatMap((fn) => removed(loop, fn)),
      ...callsOf(loop, shape.begin),
      append(loop, counts),
      transmit(loop, dead),
    ],
  };
}

function removed({ library }: Loop, fn: CppFunction): readonly LoopSite[] {
  return library
    .functionsNamed(fn.name)
    .filter((each) => each.owner === fn.owner)
    .map((each) => {
      const start = each.body === undefined ? each.node.startIndex : commentBefore(each.doc, each.node);
      const lines = wholeLines(each.doc, start, each.node.endIndex);
      const end = each.body === undefined ? lines.end : pastBlankLines(each.doc, lines.end);
      return siteAt(
        each.doc,
        each.nameNode,
        each.body === undefined ? 'declaration' : 'machinery',
        each.name,
        [{ file: each.doc.file, start: lines.start, end, text: '' }],
      );
    });
}

/** Where the comment begins that belongs to a node: the one right above it. */
export function commentBefore(doc: Document, node: Node): number {
  let start = node.startIndex;
  for (let at = node.previousNamedSibling; at?.type === 'comment'; at = at.previousNamedSibling) {
    if (!/^[ \t]*\r?\n?[ \t]*$/.test(doc.text.slice(at.endIndex, start))) break;
    const line = doc.text.lastIndexOf('\n', at.startIndex - 1) + 1;
    if (!/^[ \t]*$/.test(doc.text.slice(line, at.startIndex))) break;
    start = at.startIndex;
  }
  return start;
}

function pastBlankLines(doc: Document, end: number): number {
  return end + (/^(?:[ \t]*\r?\n)*/.exec(doc.text.slice(end))?.[0].length ?? 0);
}

// `if (begin(c) != 0) { ... }` never holds any more; elsewhere the call is the value that says it went well.
function callsOf({ library, shape }: Loop, fn: CppFunction): readonly LoopSite[] {
  const own = new Set([shape.begin.node.id, shape.append.fn.node.id, shape.grow?.node.id]);
  return library.mentioning(fn.name).flatMap((doc) =>
    every(doc.root, 'call_expression').flatMap((call) => {
      const around = enclosing(call, 'function_definition');
      if (calledName(doc, call) !== fn.name || around === undefined || own.has(around.id)) return [];
      return [siteAt(doc, call, 'begin', textOf(doc, call), [goneCall(doc, fn, call)])];
    }),
  );
}

function goneCall(doc: Document, fn: CppFunction, call: Node): TextEdit {
  const statement = statementOf(call);
  if (
    statement.type === 'expression_statement' &&
    parts(statement)[0] !== undefined &&
    bare(parts(statement)[0] ?? call).id === call.id &&
    standsInBlock(statement)
  )
    return { ...wholeLines(doc, statement.startIndex, statement.endIndex), text: '' };
  const test = statement.type === 'if_statement' ? statement.childForFieldName('condition') : null;
  if (test !== null && isFailureTest(doc, bare(test), call)) {
    const otherwise = statement.childForFieldName('alternative');
    const next = otherwise === null ? undefined : parts(otherwise)[0];
    if (next !== undefined)
      return { file: doc.file, start: statement.startIndex, end: next.startIndex, text: '' };
    if (standsInBlock(statement))
      return { ...wholeLines(doc, statement.startIndex, statement.endIndex), text: '' };
  }
  return { ...rangeOf(doc, call), text: successOf(fn) };
}

function isFailureTest(doc: Document, test: Node, call: Node): boolean {
  if (test.id === call.id) return true;
  const text = textOf(doc, test).replace(textOf(doc, call), '').replace(/\s/g, '');
  return (
    test.type === 'binary_expression' &&
    /^(?:!=(?:0|\w+_OK|\w*SUCCESS)|==-1|<0)$/.test(text) &&
    test.childForFieldName('left')?.id === call.id
  );
}

// What is not about the loop stays: assertions, an answer for nothing to add.
function append(loop: Loop, counts: boolean): LoopSite {
  const { append: facts, fields } = loop.shape;
  const { fn } = facts;
  const { doc, body } = fn;
  const all = body === undefined ? [] : parts(body);
  const last = all.at(-1);
  const first = all[0];
  if (body === undefined || first === undefined || last === undefined)
    return siteAt(doc, fn.nameNode, 'machinery', fn.name, []);
  const name = (at: number): string => fn.parameters[at]?.name ?? '';
  const object = name(facts.connection);
  const step = indentStep(doc, body);
  const indent = `${lineEnd(doc)}${indentAt(doc, first.startIndex)}`;
  const kept = all.filter((each) => each.id !== last.id && !isAboutLoop(loop, fn, each));
  const lines = [
    ...kept.map((each) => textOf(doc, each)),
    ...branch(
      doc,
      body,
      `evbuffer_add(${memberOf(object, loop.output)}, ${name(facts.memory)}, ${name(facts.length)}) != 0`,
      failureOfAppend(loop, step),
    ),
    ...(counts ? [`${memberOf(object, fields.vectorsUsed)}++;`] : []),
    last.type === 'return_statement' ? textOf(doc, last) : '',
  ].filter((line) => line !== '');
  const edit = { file: doc.file, start: first.startIndex, end: last.endIndex, text: lines.join(indent) };
  return siteAt(doc, fn.nameNode, 'machinery', fn.name, [edit]);
}

function transmit(loop: Loop, dead: ReadonlySet<string>): LoopSite {
  const { fn, call, object, descriptor } = loop.shape.transmit;
  const { doc } = fn;
  const out = memberOf(object, loop.output);
  const spelledDescriptor = descriptor === undefined ? '' : textOf(doc, descriptor);
  const edits: TextEdit[] = [{ ...rangeOf(doc, call), text: `evbuffer_write(${out}, ${spelledDescriptor})` }];
  const test = loopTest(loop);
  if (test !== undefined)
    edits.push({
      ...rangeOf(doc, test.node),
      text: `evbuffer_get_length(${out}) ${test.holds ? '>' : '=='} 0`,
    });
  for (const run of partialWrite(loop)) {
    const first = run[0];
    const last = run.at(-1);
    if (first !== undefined && last !== undefined)
      edits.push({ ...wholeLines(doc, commentBefore(doc, first), last.endIndex), text: '' });
  }
  for (const each of goneInTransmit(loop, dead))
    edits.push({ ...wholeLines(doc, commentBefore(doc, each), each.endIndex), text: '' });
  return siteAt(doc, fn.nameNode, 'machinery', fn.name, edits);
}

// Steps over finished messages, and the locals that point to one.
function goneInTransmit({ shape }: Loop, dead: ReadonlySet<string>): readonly Node[] {
  const { fn, call } = shape.transmit;
  const { doc, body } = fn;
  if (body === undefined) return [];
  return every(body, 'if_statement', 'while_statement', 'declaration', 'expression_statement').filter(
    (each) => {
      if (each.startIndex <= call.startIndex && each.endIndex >= call.endIndex) return false;
      if (each.startIndex > call.endIndex)
        return each.type === 'expression_statement' && isStep(doc, each, dead);
      if (/^(?:if|while)_statement$/.test(each.type))
        return (
          /\bmsg_iovlen\b/.test(textOf(doc, each.childForFieldName('condition') ?? each)) &&
          every(each, 'return_statement').length === 0
        );
      return isMessage(doc, each, dead) && !/_statement$/.test(enclosingTest(each)?.type ?? '');
    },
  );
}

function enclosingTest(node: Node): Node | undefined {
  for (let at = node.parent; at !== null; at = at.parent)
    if (
      /^(?:if|while)_statement$/.test(at.type) &&
      /\bmsg_iovlen\b/.test(at.childForFieldName('condition')?.text ?? '')
    )
      return at;
  return undefined;
}

// `c->current++;`
function isStep(doc: Document, statement: Node, dead: ReadonlySet<string>): boolean {
  const [expression] = parts(statement);
  const target = expression?.childForFieldName('argument') ?? expression?.childForFieldName('left') ?? null;
  const name = fieldUse(doc, target)?.name;
  return name !== undefined && dead.has(name);
}

// `struct msghdr *m = &c->list[c->current];`, in two steps, too
function isMessage(doc: Document, statement: Node, dead: ReadonlySet<string>): boolean {
  if (statement.type === 'declaration') return /^struct\s+msghdr\b/.test(textOf(doc, statement));
  const uses = every(statement, 'field_expression').map((each) => fieldUse(doc, each)?.name ?? '');
  return uses.length > 0 && uses.every((name) => dead.has(name));
}

// A use of a dead field that none of the edits reaches.
function leftInTransmit(loop: Loop, dead: ReadonlySet<string>): Node | undefined {
  const { fn, call } = loop.shape.transmit;
  if (fn.body === undefined) return undefined;
  const test = loopTest(loop);
  const covered: Node[] = [
    call,
    ...goneInTransmit(loop, dead),
    ...partialWrite(loop).flat(),
    ...(test === undefined ? [] : [test.node]),
  ];
  return every(fn.body, 'field_expression').find((each) => {
    const name = fieldUse(fn.doc, each)?.name ?? '';
    const isLoops = dead.has(name) || /^(?:msg_iov|msg_iovlen|iov_base|iov_len)$/.test(name);
    return (
      isLoops && !covered.some((node) => node.startIndex <= each.startIndex && node.endIndex >= each.endIndex)
    );
  });
}
