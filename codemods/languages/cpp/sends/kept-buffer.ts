// A buffer that a connection freed once it was sent: chained with its release, or copied in parts and freed behind the last one.
import { type Document, type Node, rangeOf, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import { memoryReader, type Path } from './memory.ts';
import { callsIn, insertBehind, type Kept, usesOf } from './read-kept.ts';
import type { SendCall } from './send-functions.ts';
import { brief, type Change, type DraftFunction, type DraftSite, object, statementOf } from './site-draft.ts';

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

/** Settles one buffer: its change and that of its adds, or what stands against it. */
export function settleBuffer(
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
  // A chain frees: its add has to run whenever the buffer is kept.
  const isSure = only?.call.parent?.parent?.id === kept.statement.parent?.id;
  if (
    isSure &&
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
  const leaves =
    end.id !== kept.statement.id &&
    fn.node
      .descendantsOfType(['return_statement', 'throw_statement', 'goto_statement'])
      .some(
        (one) => one !== null && one.startIndex > kept.statement.endIndex && one.startIndex < end.endIndex,
      );
  if (leaves || adds.length === 0 || statementOf(last).parent?.id !== kept.statement.parent?.id) {
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
