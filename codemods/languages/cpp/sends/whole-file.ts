// What speaks for more than one function: the event loop of a file, a sendmsg of the tree's own, a macro that adds.
import { type Document, enclosing, type Node, occurrences } from '../document.ts';
import type { Library } from '../library.ts';
import { otherLoopIn } from './event-loops.ts';
import { ownSendmsg } from './messages.ts';
import type { Join } from './queue-order.ts';
import { type DraftFunction, draftFunction, draftSite, object } from './site-draft.ts';

/** Notes event loops that do not flush libevent's buffers. */
export function noteLoops(library: Library, all: readonly DraftFunction[], join: Join): void {
  for (const doc of new Set(all.map((fn) => fn.doc))) {
    const members = all.filter((fn) => fn.doc === doc && fn.sites.length > 0);
    const loop = members.length === 0 ? undefined : otherLoopIn(library, doc);
    const site = members[0]?.sites[0];
    if (loop === undefined || site === undefined) continue;
    object(
      site,
      'other-event-loop',
      doc,
      loop.node,
      `the connections of this file wait in ${loop.loop}, which does not flush a send buffer`,
    );
    join(members);
  }
}

/** Notes a sendmsg that the tree defines by itself. */
export function noteShim(
  library: Library,
  all: readonly DraftFunction[],
  messages: ReadonlySet<DraftFunction>,
  join: Join,
): void {
  const members = all.filter((fn) => messages.has(fn));
  const site = members[0]?.sites.find(({ kind }) => kind === 'send');
  const shim = site === undefined ? undefined : ownSendmsg(library);
  if (site === undefined || shim === undefined) return;
  object(
    site,
    'sendmsg-shim',
    shim.doc,
    shim.node,
    'this tree has a sendmsg of its own, and what else it does is not known',
  );
  join(members);
}

/** Calls that stand in no function the grammar knows (an old-style definition) are left, and said. */
export function strayCalls(documents: readonly Document[]): readonly DraftFunction[] {
  return documents.flatMap((doc) =>
    ['add_iov', 'conn_add_iov', 'add_msghdr', 'addIov', 'addMsgHdr'].flatMap((word) =>
      occurrences(doc, word).flatMap((name): DraftFunction[] => {
        const callee = name.parent?.type === 'field_expression' ? name.parent : name;
        const call = callee.parent;
        if (call?.type !== 'call_expression' || call.childForFieldName('function')?.id !== callee.id)
          return [];
        if (enclosing(call, 'function_definition', 'preproc_function_def') !== undefined) return [];
        const fn = draftFunction(doc, call);
        const site = draftSite(doc, call, 'add');
        object(site, 'unknown-flow', doc, call, `${site.name} stands in no function that is understood`);
        fn.sites.push(site);
        return [fn];
      }),
    ),
  );
}

const MACRO =
  /^[ \t]*#[ \t]*define[ \t]+\w+\([^()]*\)(?:[^\n\\]|\\\r?\n|\\.)*?\b(add_iov|conn_add_iov|add_msghdr|addIov|addMsgHdr)\s*\(/gm;

/** A macro that adds is one site, which no edit reaches; what it is used for is none. */
export function macroFunctions(documents: readonly Document[]): readonly DraftFunction[] {
  return documents.flatMap((doc) =>
    [...doc.text.matchAll(MACRO)].flatMap((match): DraftFunction[] => {
      const at = match.index + match[0].indexOf('#');
      const node: Node | null = doc.root.descendantForIndex(at, at + 1);
      if (node === null) return [];
      const fn = draftFunction(doc, node);
      const site = draftSite(doc, node.parent?.type === 'preproc_function_def' ? node.parent : node, 'add');
      object(
        site,
        'unknown-flow',
        doc,
        site.node,
        `${match[1] ?? 'an add'} is called in a macro, which no edit reaches`,
      );
      fn.sites.push({ ...site, name: `the macro around ${match[1] ?? 'an add'}` });
      return [fn];
    }),
  );
}
