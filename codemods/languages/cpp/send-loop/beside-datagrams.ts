// A server with UDP: its datagrams keep the msghdr machinery, everybody else's bytes go to the evbuffer. Spells the branches.
import type { SendSpelling } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, parts, rangeOf, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import { isAboutLoop, otherWork } from './about-loop.ts';
import { failureOfAppend, successOf } from './answers.ts';
import { spellTest } from './datagrams.ts';
import { branch, deeper, indentAt, indentStep, insertBefore, lineEnd } from './layout.ts';
import { type Loop, type LoopSite, memberOf, siteAt } from './loop.ts';
import { asksForQueued } from './queued-tests.ts';
import { loopTest, partialWrite } from './transmit-parts.ts';
import { bare } from './tree-walk.ts';

/** The sites of the functions themselves, or why they cannot be spelled and where. */
export function machineryBeside(
  loop: Loop,
): { readonly sites: readonly LoopSite[] } | Extract<SendSpelling, { readonly cannot: string }> {
  for (const fn of [loop.shape.begin, loop.shape.append.fn]) {
    const more = otherWork(loop, fn);
    if (more !== undefined)
      return {
        cannot: `${fn.name} does more than queue, which a stream would miss`,
        range: rangeOf(fn.doc, more),
      };
  }
  const asks = asksForQueued(loop.library, loop.shape);
  return { sites: [...(asks ? [] : [begin(loop)]), append(loop, asks), transmit(loop)] };
}

function isDatagram(loop: Loop, object: string): string {
  return loop.datagrams.kind === 'told' ? spellTest(loop.datagrams, object) : '0';
}

// Nothing begins for a stream: its bytes follow one another in the evbuffer.
function begin(loop: Loop): LoopSite {
  const { begin: fn } = loop.shape;
  const object = fn.parameters[0]?.name ?? 'c';
  const first = firstAtWork(loop, fn);
  const edits =
    first === undefined || fn.body === undefined
      ? []
      : [
          insertBefore(fn.doc, first, [
            ...branch(fn.doc, fn.body, `!${isDatagram(loop, object)}`, [`return ${successOf(fn)};`]),
            '',
          ]),
        ];
  return siteAt(fn.doc, fn.nameNode, 'machinery', fn.name, edits);
}

// The first statement that is at work on the loop's fields; declarations and resets come before it.
function firstAtWork(loop: Loop, { doc, body }: CppFunction): Node | undefined {
  const { fields } = loop.shape;
  const names = [fields.messages, fields.used, fields.vectors, fields.size].filter(
    (each) => each !== undefined,
  );
  const pattern = new RegExp(`(?:->|\\.)\\s*(?:${names.join('|')})\\b`);
  const resets = new RegExp(`(?:->|\\.)\\s*${fields.used}\\s*=\\s*0`);
  return (body === undefined ? [] : parts(body)).find(
    (each) =>
      each.type !== 'declaration' && pattern.test(textOf(doc, each)) && !resets.test(textOf(doc, each)),
  );
}

function append(loop: Loop, countsBytes: boolean): LoopSite {
  const { append: facts, fields } = loop.shape;
  const { fn } = facts;
  const name = (at: number): string => fn.parameters[at]?.name ?? '';
  const object = name(facts.connection);
  const out = memberOf(object, loop.output);
  const datagram = isDatagram(loop, object);
  if (fn.body === undefined) return siteAt(fn.doc, fn.nameNode, 'machinery', fn.name, []);
  const adding = (step: string): readonly string[] => [
    ...branch(
      fn.doc,
      fn.body ?? fn.node,
      `evbuffer_add(${out}, ${name(facts.memory)}, ${name(facts.length)}) != 0`,
      [...failureOfAppend(loop, step)],
    ),
    ...(countsBytes ? [`${object}->${fields.bytes} += ${name(facts.length)};`] : []),
    `${object}->${fields.vectorsUsed}++;`,
  ];
  const step = indentStep(fn.doc, fn.body);
  const streams = blockOfStreams(fn, datagram);
  const edits =
    streams === undefined
      ? insertedBranch(loop, fn, datagram, adding(step))
      : [filled(loop, fn, streams, adding(step))];
  return siteAt(fn.doc, fn.nameNode, 'machinery', fn.name, edits);
}

// `if (datagram) { ... } else { here }`
function blockOfStreams({ doc, body }: CppFunction, datagram: string): Node | undefined {
  for (const statement of body === undefined ? [] : parts(body)) {
    if (statement.type !== 'if_statement') continue;
    const test = statement.childForFieldName('condition');
    const otherwise = statement.childForFieldName('alternative');
    const block = otherwise === null ? undefined : parts(otherwise)[0];
    const stores = block !== undefined && /\biov_base\b/.test(textOf(doc, block));
    const same = test !== null && textOf(doc, bare(test)).replace(/\s/g, '') === datagram.replace(/\s/g, '');
    if (same && stores && block.type === 'compound_statement') return block;
  }
  return undefined;
}

// What the block does besides adding stays in front.
function filled(loop: Loop, fn: CppFunction, block: Node, lines: readonly string[]): TextEdit {
  const { doc } = fn;
  const inside = parts(block);
  const kept = inside.filter((each) => !isAboutLoop(loop, fn, each)).map((each) => textOf(doc, each));
  const first = inside[0];
  const last = inside.at(-1);
  if (first === undefined || last === undefined) return { ...rangeOf(doc, block), text: textOf(doc, block) };
  const indent = indentAt(doc, first.startIndex);
  return {
    file: doc.file,
    start: first.startIndex,
    end: last.endIndex,
    text: [...kept, ...lines].join(`${lineEnd(doc)}${indent}`),
  };
}

function insertedBranch(
  loop: Loop,
  fn: CppFunction,
  datagram: string,
  adding: readonly string[],
): readonly TextEdit[] {
  const first =
    firstAtWork(loop, fn) ??
    (fn.body === undefined ? undefined : parts(fn.body).find((each) => each.type !== 'declaration'));
  if (first === undefined || fn.body === undefined) return [];
  const lines = [...adding, `return ${successOf(fn)};`];
  return [insertBefore(fn.doc, first, [...branch(fn.doc, fn.body, `!${datagram}`, lines), ''])];
}

function transmit(loop: Loop): LoopSite {
  const { transmit: facts } = loop.shape;
  const { fn, call, object, descriptor } = facts;
  const { doc } = fn;
  const out = memberOf(object, loop.output);
  const datagram = isDatagram(loop, object);
  const spelledDescriptor = descriptor === undefined ? '' : textOf(doc, descriptor);
  const edits: TextEdit[] = [
    {
      ...rangeOf(doc, call),
      text: bracketed(
        call,
        `${datagram} ? ${textOf(doc, call)} : evbuffer_write(${out}, ${spelledDescriptor})`,
      ),
    },
  ];
  const test = loopTest(loop);
  if (test !== undefined)
    edits.push({
      ...rangeOf(doc, test.node),
      text: bracketed(
        test.node,
        test.holds
          ? `${datagram} ? ${textOf(doc, test.node)} : evbuffer_get_length(${out}) > 0`
          : `${datagram} ? ${textOf(doc, test.node)} : evbuffer_get_length(${out}) == 0`,
      ),
    });
  for (const run of partialWrite(loop)) edits.push(...guarded(doc, run, datagram, fn));
  return siteAt(doc, fn.nameNode, 'machinery', fn.name, edits);
}

// A conditional stands alone on the right of an assignment and in the brackets of `if`; elsewhere it needs brackets.
function bracketed(node: Node, text: string): string {
  const parent = node.parent?.type ?? '';
  return /^(?:condition_clause|assignment_expression|init_declarator|parenthesized_expression|return_statement)$/.test(
    parent,
  )
    ? text
    : `(${text})`;
}

// Statements in a row under one test, one step deeper.
function guarded(doc: Document, run: readonly Node[], test: string, fn: CppFunction): readonly TextEdit[] {
  const first = run[0];
  const last = run.at(-1);
  if (first === undefined || last === undefined || fn.body === undefined) return [];
  const step = indentStep(doc, fn.body);
  const inner = deeper(doc.text.slice(first.startIndex, last.endIndex), step);
  const lines = branch(doc, fn.body, test, ['@']);
  const indent = indentAt(doc, first.startIndex);
  const text = lines.join(`${lineEnd(doc)}${indent}`).replace('@', () => inner);
  return [{ file: doc.file, start: first.startIndex, end: last.endIndex, text }];
}
