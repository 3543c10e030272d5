// Items and buffers that a connection kept until everything was sent. Copies need them no longer: an item is released behind the
// last copy, a buffer is chained with its release. Whoever relied on the connection to keep them is for a person to look at.
import { type Document, enclosing, type Node, occurrences, parts, rangeOf, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { resolveVariable } from '../scope.ts';
import { order } from './flow-order.ts';
import { calleeText } from './function-index.ts';
import { memoryReader, type Path } from './memory.ts';
import { isSoleBranch, removeCall } from './removal.ts';
import type { SendCall } from './send-functions.ts';
import { brief, type Change, type DraftFunction, type DraftSite, object, statementOf } from './site-draft.ts';

/** Settles every keep of one function: what goes, what is released and where, and what stands against it. */
export function settleKept(
  library: Library,
  fn: DraftFunction,
  siteOf: (call: SendCall) => DraftSite,
  canChain: boolean,
): void {
  for (const call of fn.calls) {
    if (call.role !== 'keep' || call.target === undefined || call.target.kind === 'same-calls') continue;
    const site = siteOf(call);
    const kept = readKept(library, fn, call);
    if (kept === undefined) {
      object(
        site,
        'unknown-flow',
        fn.doc,
        call.call,
        `${brief(fn.doc, call.call)} keeps memory in a way that is not understood`,
      );
      continue;
    }
    if (call.word === 'pushTempAlloc') settleBuffer(library, fn, kept, siteOf, canChain);
    else settleItem(library, fn, kept, site);
  }
}

interface Kept {
  readonly call: SendCall;
  readonly site: Node;
  readonly value: Node;
  /** The statement that goes: the call's, or the if around it. */
  readonly statement: Node;
  /** What a failing branch releases it with: `item_release(it)`. */
  readonly release: Node | undefined;
  readonly paths: readonly Path[];
}

function readKept(library: Library, { doc }: DraftFunction, call: SendCall): Kept | undefined {
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

function isReleaseOf(doc: Document, call: Node, value: Node): boolean {
  const list = call.childForFieldName('arguments');
  if (list === null || !/free|release|unref|decref|delete|drop|put/i.test(calleeText(doc, call)))
    return false;
  return parts(list).some((arg) => textOf(doc, arg) === textOf(doc, value));
}

function settleItem(library: Library, fn: DraftFunction, kept: Kept, site: DraftSite): void {
  const { doc } = fn;
  const owner = smartPointer(library, doc, kept.value);
  const end = lastAdd(fn, kept);
  const isAfter = (node: Node): boolean =>
    order(kept.statement, node)?.how === 'forward' && !isInside(node, kept.statement);
  noteOutliving(library, fn, kept, site, isAfter);
  if (owner !== undefined) {
    // `it.release();` gave it to the connection; now the smart pointer goes on owning it.
    const given = callsIn(fn.node).find(
      (call) => isAfter(call) && textOf(doc, call).replace(/\s+/g, '') === `${owner}.release()`,
    );
    const statements = [
      kept.statement,
      ...(given?.parent?.type === 'expression_statement' ? [given.parent] : []),
    ];
    if (given !== undefined && given.parent?.type !== 'expression_statement')
      object(site, 'unknown-flow', doc, given, `${textOf(doc, given)} gives the item to somebody else`);
    site.change = () => ({ statements });
    return;
  }
  const again = callsIn(fn.node).find((call) => isAfter(call) && isReleaseOf(doc, call, kept.value));
  if (again !== undefined) {
    object(
      site,
      'double-release',
      doc,
      again,
      `${brief(doc, again)} releases an item that the connection keeps and releases, too`,
    );
    return;
  }
  if (kept.release === undefined) {
    object(
      site,
      'unknown-flow',
      doc,
      kept.statement,
      `nothing in sight says how ${textOf(doc, kept.value)} is released`,
    );
    return;
  }
  const used = usesOf(doc, fn.node, kept.value).find(
    (use) => end !== undefined && use.startIndex > end.endIndex,
  );
  if (used !== undefined) {
    object(
      site,
      'item-after-release',
      doc,
      used,
      `${brief(doc, used.parent ?? used)} looks at an item that would be released behind the last copy`,
    );
    return;
  }
  if (end === undefined || end.parent?.id !== kept.statement.parent?.id || leavesEarly(fn, kept, end)) {
    object(
      site,
      'unknown-flow',
      doc,
      kept.statement,
      `there is no one place behind every copy to release ${textOf(doc, kept.value)} at`,
    );
    return;
  }
  site.change = () => ({
    statements: [kept.statement],
    edits: [insertBehind(doc, end, `${textOf(doc, kept.release ?? kept.value)};`)],
  });
}

// The last statement of the block that adds something after the item was kept.
function lastAdd(fn: DraftFunction, kept: Kept): Node | undefined {
  const block = kept.statement.parent;
  const adds = fn.calls.filter(
    ({ role, call }) => role === 'add' && order(kept.call.call, call)?.how === 'forward',
  );
  const last = adds.at(-1)?.call;
  if (last === undefined || block === null) return undefined;
  let at: Node = last;
  while (at.parent !== null && at.parent.id !== block.id) at = at.parent;
  return at.parent === null ? statementOf(last) : at;
}

function leavesEarly(fn: DraftFunction, kept: Kept, end: Node): boolean {
  return fn.node
    .descendantsOfType(['return_statement', 'throw_statement', 'goto_statement'])
    .some(
      (node) => node !== null && node.startIndex > kept.statement.endIndex && node.startIndex < end.endIndex,
    );
}

function insertBehind(
  doc: Document,
  statement: Node,
  text: string,
): { file: string; start: number; end: number; text: string } {
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

function smartPointer(library: Library, doc: Document, value: Node): string | undefined {
  const callee = value.type === 'call_expression' ? value.childForFieldName('function') : null;
  const [holder, field] = [callee?.childForFieldName('argument'), callee?.childForFieldName('field')];
  if (holder === null || holder === undefined || field === null || field === undefined) return undefined;
  void library;
  return textOf(doc, field) === 'get' ? textOf(doc, holder) : undefined;
}

function callsIn(node: Node): readonly Node[] {
  return node.descendantsOfType('call_expression').filter((call): call is Node => call !== null);
}

function usesOf(doc: Document, fn: Node, value: Node): readonly Node[] {
  if (value.type !== 'identifier') return [];
  const variable = resolveVariable(doc, value);
  return occurrences(doc, textOf(doc, value), fn.startIndex, fn.endIndex).filter(
    (use) =>
      use.type === 'identifier' &&
      resolveVariable(doc, use)?.nameNode.id === variable?.nameNode.id &&
      use.id !== value.id,
  );
}

function isInside(node: Node, around: Node): boolean {
  return node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
}

// A pointer into the kept memory that is put where it lives on, after it is kept.
function noteOutliving(
  library: Library,
  fn: DraftFunction,
  kept: Kept,
  site: DraftSite,
  isAfter: (node: Node) => boolean,
): void {
  const { doc } = fn;
  const reader = memoryReader(library, doc);
  for (const node of fn.node.descendantsOfType('assignment_expression')) {
    const [left, right] = [node?.childForFieldName('left'), node?.childForFieldName('right')];
    if (node === null || !left || !right || !isAfter(node)) continue;
    const from = reader.pointee(right);
    if (
      !from.some((path) => kept.paths.some(({ key }) => key === path.key)) ||
      !isPointer(library, doc, right)
    )
      continue;
    const isLocal = reader
      .object(left)
      .every(
        ({ origin, steps }) => origin !== undefined && !steps.includes('*') && isInside(origin, fn.node),
      );
    if (isLocal && !/^static\b/.test(reader.object(left)[0]?.origin?.text ?? '')) continue;
    object(
      site,
      'early-release',
      doc,
      node,
      `${textOf(doc, left)} goes on pointing to ${textOf(doc, kept.value)}, which would be released behind the last copy`,
    );
  }
}

function isPointer(library: Library, doc: Document, node: Node): boolean {
  const type = typeOf(library, doc, node);
  if (type !== undefined) return type.isArray || type.type.levels.length > 0;
  return node.type === 'call_expression' || node.type === 'pointer_expression';
}

const FREES: Readonly<Record<string, string>> = {
  calloc: 'free',
  cb_calloc: 'cb_free',
  cb_malloc: 'cb_free',
  cb_realloc: 'cb_free',
  cb_strdup: 'cb_free',
  malloc: 'free',
  realloc: 'free',
  strdup: 'free',
  strndup: 'free',
};

function settleBuffer(
  library: Library,
  fn: DraftFunction,
  kept: Kept,
  siteOf: (call: SendCall) => DraftSite,
  canChain: boolean,
): void {
  const { doc } = fn;
  const site = siteOf(kept.call);
  const free = freeOf(library, fn, kept);
  if (free === undefined) {
    object(
      site,
      'unknown-flow',
      doc,
      kept.statement,
      `nothing in sight says how ${textOf(doc, kept.value)} is freed`,
    );
    return;
  }
  const reader = memoryReader(library, doc);
  const adds = fn.calls.filter(({ role, args }) => {
    const [pointer] = args;
    return (
      role === 'add' &&
      pointer !== undefined &&
      reader.pointee(pointer).some((path) => kept.paths.some((one) => sameMemory(one, path)))
    );
  });
  const [only] = adds;
  const related = usesAfter(fn, kept, adds);
  if (related !== undefined) {
    object(
      site,
      'early-release',
      doc,
      related,
      `${brief(doc, related.parent ?? related)} needs ${textOf(doc, kept.value)}, which would be freed by then`,
    );
    return;
  }
  const statements = [kept.statement];
  if (
    adds.length === 1 &&
    only !== undefined &&
    canChain &&
    bareText(doc, only.args[0]) === bareText(doc, kept.value)
  ) {
    const add = siteOf(only);
    add.memory = { atLeast: 0, keptBy: 'buffer' };
    const copy = add.change;
    add.change = (form) => (form === 'chain' ? chained(only, copy(form), free) : copy(form));
    site.change = () => ({ statements });
    return;
  }
  const last = adds.at(-1)?.call ?? kept.call.call;
  const end = last.startIndex > kept.statement.startIndex ? statementOf(last) : kept.statement;
  if (adds.length === 0 || statementOf(last).parent?.id !== kept.statement.parent?.id) {
    object(
      site,
      'unknown-flow',
      doc,
      kept.statement,
      `there is no one place behind every copy to free ${textOf(doc, kept.value)} at`,
    );
    return;
  }
  const text = `${free}(${textOf(doc, kept.value)});`;
  site.change = (): Change =>
    end.id === kept.statement.id
      ? { edits: [{ ...rangeOf(doc, kept.statement), text }] }
      : { statements, edits: [insertBehind(doc, end, text)] };
}

function chained({ args, name }: SendCall, copy: Change, free: string): Change {
  const [, length] = args;
  return {
    ...copy,
    edits: (copy.edits ?? []).map((edit) => {
      if (edit.start === name.startIndex) return { ...edit, text: 'chainDataToOutputStream' };
      return edit.end === length?.endIndex
        ? {
            ...edit,
            text: `${edit.text}, [](const void* data, size_t, void*) { ${free}(const_cast<void*>(data)); }, nullptr`,
          }
        : edit;
    }),
    statements: copy.statements ?? [],
  };
}

function sameMemory(kept: Path, added: Path): boolean {
  return kept.key === added.key && kept.steps.every((step, i) => added.steps[i] === step);
}

function bareText(doc: Document, node: Node | undefined): string {
  return node === undefined
    ? ''
    : textOf(doc, node)
        .replace(/^(?:reinterpret|static|const)_cast<[^>]*>\((.*)\)$/s, '$1')
        .replace(/^\(\s*(?:const\s+)?\w+\s*\*\s*\)\s*/, '');
}

// Who reads the buffer after the last add, when a chain may have freed it already: nobody may.
function usesAfter(fn: DraftFunction, kept: Kept, adds: readonly SendCall[]): Node | undefined {
  const end = Math.max(kept.statement.endIndex, ...adds.map(({ call }) => call.endIndex));
  return usesOf(fn.doc, fn.node, kept.value).find((use) => use.startIndex > end);
}

function freeOf(library: Library, fn: DraftFunction, kept: Kept): string | undefined {
  const { doc } = fn;
  if (kept.release !== undefined) return calleeText(doc, kept.release);
  const value = kept.value.type === 'identifier' ? resolveVariable(doc, kept.value)?.initialiser : undefined;
  const made = [value, ...(value === undefined ? [] : callsIn(value))]
    .map((node) =>
      node?.type === 'call_expression' ? FREES[calleeText(doc, node).replace(/^.*::/, '')] : undefined,
    )
    .find((name) => name !== undefined);
  if (made !== undefined) return made;
  // The connection's own words, where the tree has them.
  for (const own of library.functionsNamed('releaseTempAlloc')) {
    const call =
      own.body === undefined
        ? undefined
        : callsIn(own.body).find((one) => /free$/.test(calleeText(own.doc, one)));
    if (call !== undefined) return calleeText(own.doc, call);
  }
  return undefined;
}

/** The statement around a node that a message points to. */
export function aroundStatement(node: Node): Node {
  return enclosing(node, 'expression_statement', 'declaration', 'return_statement') ?? node;
}
