// One call that keeps an item or a buffer, with what is around it: the statement that goes, the release in its failing branch.

import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, occurrences, parts, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import { memoryReader, type Path } from './memory.ts';
import { isSoleBranch, removeCall } from './removal.ts';
import type { SendCall } from './send-functions.ts';
import type { DraftFunction } from './site-draft.ts';

/** A kept item or buffer. */
export interface Kept {
  readonly call: SendCall;
  readonly site: Node;
  readonly value: Node;
  /** The statement that goes: the call's, or the if around it. */
  readonly statement: Node;
  /** What a failing branch releases it with: `item_release(it)`. */
  readonly release: Node | undefined;
  readonly paths: readonly Path[];
}

/** Reads one; undefined where its answer is used in a way that is not understood. */
export function readKept(library: Library, { doc }: DraftFunction, call: SendCall): Kept | undefined {
  const [value] = call.args;
  if (value === undefined) return undefined;
  const gone = removeCall(doc, call.call, 'true');
  if (gone.how !== 'statement' || isSoleBranch(gone.statement)) return undefined;
  const paths = memoryReader(library, doc).pointee(value);
  const branch =
    gone.statement.type === 'if_statement' ? gone.statement.childForFieldName('consequence') : null;
  const release = branch
    ?.descendantsOfType('call_expression')
    .find((one) => one !== null && one.type === 'call_expression' && isReleaseOf(doc, one, value));
  return { call, site: call.call, value, statement: gone.statement, release: release ?? undefined, paths };
}

/** The call releases or frees the value. */
export function isReleaseOf(doc: Document, call: Node, value: Node): boolean {
  const list = call.childForFieldName('arguments');
  if (list === null || !/free|release|unref|decref|delete|drop|put/i.test(calleeText(doc, call)))
    return false;
  return parts(list).some((arg) => textOf(doc, arg) === textOf(doc, value));
}

/** An edit that puts a statement on a line of its own behind another one. */
export function insertBehind(doc: Document, statement: Node, text: string): TextEdit {
  const line = doc.text.lastIndexOf('\n', statement.startIndex - 1) + 1;
  const indent = /^[ \t]*/.exec(doc.text.slice(line))?.[0] ?? '';
  const newline = doc.text.includes('\r\n') ? '\r\n' : '\n';
  return {
    file: doc.file,
    start: statement.endIndex,
    end: statement.endIndex,
    text: `${newline}${indent}${text}`,
  };
}

/** The calls in a node, in file order. */
export function callsIn(node: Node): readonly Node[] {
  return node.descendantsOfType('call_expression').filter((call): call is Node => call !== null);
}

/** The other places of a function that name the variable; none for anything else than a variable. */
export function usesOf(doc: Document, fn: Node, value: Node): readonly Node[] {
  if (value.type !== 'identifier') return [];
  const variable = resolveVariable(doc, value);
  return occurrences(doc, textOf(doc, value), fn.startIndex, fn.endIndex).filter(
    (use) =>
      use.type === 'identifier' &&
      resolveVariable(doc, use)?.nameNode.id === variable?.nameNode.id &&
      use.id !== value.id,
  );
}
