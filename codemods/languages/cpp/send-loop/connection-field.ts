// The evbuffer's place in the connection, and the last thing that happens to it before the socket is closed.
import type { TextEdit } from '../../../facts/text.ts';
import type { CppField } from '../class-facts.ts';
import { enclosing, textOf } from '../document.ts';
import type { LoopFieldUse } from './field-uses.ts';
import { functionsIn } from './functions-in.ts';
import { endOfLine, indentAt, insertBefore, lineEnd } from './layout.ts';
import { drain, type Loop, type LoopSite, siteAt } from './loop.ts';
import { argumentsOf, calledName, collapsed, every, standsInBlock, statementOf } from './tree-walk.ts';

/** The declarations of the loop's own fields, in file order. */
export function loopDeclarations({ shape }: Loop): readonly CppField[] {
  const names = Object.values(shape.fields);
  return shape.connection.fields.filter((field) => names.includes(field.name));
}

/** Declares the evbuffer behind the arrays. */
export function declaredBeside(loop: Loop): LoopSite | undefined {
  const { doc } = loop.shape.connection;
  const anchor = loop.shape.connection.fields.find((field) => field.name === loop.shape.fields.messages);
  if (anchor === undefined) return undefined;
  const run = runOfFields(loop, anchor);
  const last = run.at(-1) ?? anchor;
  const at = endOfLine(doc, last.node.endIndex);
  const text = `${lineEnd(doc)}${indentAt(doc, anchor.node.startIndex)}${declarationOf(loop)} /* what is queued for a stream */`;
  const edit: TextEdit = { file: doc.file, start: at, end: at, text };
  return siteAt(doc, anchor.nameNode, 'declaration', `${loop.shape.connection.name}.${anchor.name}`, [edit]);
}

/** `struct evbuffer *out;` */
export function declarationOf({ output }: Loop): string {
  return `struct evbuffer *${output};`;
}

// The fields of the loop that follow the array of messages without another one between them.
function runOfFields(loop: Loop, anchor: CppField): readonly CppField[] {
  const own = loopDeclarations(loop);
  const all = loop.shape.connection.fields;
  const run: CppField[] = [];
  for (const field of all.slice(all.indexOf(anchor))) {
    if (!own.includes(field)) break;
    run.push(field);
  }
  return run;
}

/** Drains the evbuffer right before the connection's socket is closed: nobody sends the rest any more. */
export function drainsAtClose(loop: Loop, messages: readonly LoopFieldUse[]): readonly LoopSite[] {
  const { transmit, connection } = loop.shape;
  const descriptor =
    transmit.descriptor === undefined ? '' : collapsed(textOf(transmit.fn.doc, transmit.descriptor));
  if (!descriptor.startsWith(transmit.object)) return [];
  const field = descriptor.slice(transmit.object.length);
  const word = /\w+$/.exec(field)?.[0];
  if (word === undefined) return [];
  return loop.library.mentioning(word).flatMap((doc) =>
    functionsIn(doc).flatMap((fn) => {
      const parameter = fn.parameters.find(({ type }) => namesConnection(type.base, connection.name, loop));
      // Where the buffer is freed as well, nothing is left to drain.
      const frees = messages.some((use) => use.kind === 'free' && use.fn?.node.id === fn.node.id);
      if (parameter?.name === undefined || fn.body === undefined || frees) return [];
      return every(fn.body, 'call_expression').flatMap((call) => {
        const given = argumentsOf(call);
        const isClose =
          /close/i.test(calledName(doc, call) ?? '') &&
          given.length === 1 &&
          collapsed(textOf(doc, given[0] ?? call)) === `${parameter.name}${field}`;
        const statement = statementOf(call);
        if (!isClose || !standsInBlock(statement) || statement.type !== 'expression_statement') return [];
        if (enclosing(call, 'if_statement') !== undefined) return [];
        const line = drain(parameter.name ?? '', loop.output);
        return [siteAt(doc, call, 'machinery', textOf(doc, call), [insertBefore(doc, statement, [line])])];
      });
    }),
  );
}

function namesConnection(base: string, name: string, loop: Loop): boolean {
  return (
    base === name ||
    loop.library
      .classesNamed(base)
      .some((cls) => cls.aliasOf?.base === name || cls.node.id === loop.shape.connection.node.id)
  );
}
