// What stands against a send loop's move to an evbuffer as a whole: another event loop, files passed along, a sendmsg of its own.
import type { HazardKind, SendHazard } from '../../../facts/send.ts';
import { type Document, enclosing, type Node, rangeOf, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { conditionsAround, spellTest } from './datagrams.ts';
import { assignedValue, isNothing, type LoopFieldUse, loopFieldUses } from './field-uses.ts';
import { functionsIn } from './functions-in.ts';
import { reachOfEvbuffers } from './libevent.ts';
import type { Loop } from './loop.ts';
import { isQueuedTest } from './queued-tests.ts';
import { calledName, every, fieldUse } from './tree-walk.ts';

/** Everything that keeps the loop from being moved, with the place; empty when nothing does. */
export function loopHazards(loop: Loop): readonly SendHazard[] {
  return [
    ...unknownDatagrams(loop),
    ...otherEventLoop(loop),
    ...passedDescriptors(loop),
    ...ownSendmsg(loop),
    ...orElse(walkedVectors(loop), () => handedOn(loop)),
    ...unlikeFlags(loop),
    ...readCounts(loop),
  ];
}

function orElse(found: readonly SendHazard[], other: () => readonly SendHazard[]): readonly SendHazard[] {
  return found.length > 0 ? found : other();
}

function hazard(kind: HazardKind, doc: Document, node: Node, detail: string): SendHazard {
  return { kind, range: rangeOf(doc, node), detail, related: [] };
}

function unknownDatagrams({ datagrams, shape }: Loop): readonly SendHazard[] {
  return datagrams.kind === 'unknown'
    ? [
        hazard(
          'datagram',
          shape.begin.doc,
          datagrams.at,
          'a message gets an address here, and nothing says which connections are datagrams',
        ),
      ]
    : [];
}

function otherEventLoop({ library, shape }: Loop): readonly SendHazard[] {
  const { fn, call } = shape.transmit;
  if (reachOfEvbuffers(library, fn.doc).kind !== 'none') return [];
  const watch = callOfOtherLoop(library, fn);
  return watch === undefined
    ? [hazard('other-event-loop', fn.doc, call, 'what this file includes declares nothing of libevent')]
    : [
        hazard(
          'other-event-loop',
          watch.doc,
          watch.node,
          'the server waits with this, and nothing here is of libevent',
        ),
      ];
}

const OTHER_LOOP =
  /^(?:epoll_\w+|kevent|EV_SET|uv_\w+|ev_(?:io|loop|run|timer)\w*|ae(?:Create|Delete)\w+|port_associate|io_uring_\w+)$/;

// What the function that sends calls to be told comes first, then whatever its file has.
function callOfOtherLoop(
  library: Library,
  fn: CppFunction,
): { readonly doc: Document; readonly node: Node } | undefined {
  const callees = every(fn.node, 'call_expression').flatMap((call) =>
    library.functionsNamed(calledName(fn.doc, call) ?? '').filter(({ body }) => body !== undefined),
  );
  const places = [fn, ...callees].map(({ doc, node }) => ({ doc, node }));
  for (const { doc, node } of [...places, { doc: fn.doc, node: fn.doc.root }]) {
    const found = every(node, 'call_expression').find((call) => OTHER_LOOP.test(calledName(doc, call) ?? ''));
    if (found !== undefined) return { doc, node: found };
  }
  return undefined;
}

// An evbuffer has no place for file descriptors.
function passedDescriptors({ library }: Loop): readonly SendHazard[] {
  return library.mentioning('msg_control').flatMap((doc) =>
    every(doc.root, 'assignment_expression').flatMap((each) => {
      if (fieldUse(doc, each.childForFieldName('left'))?.name !== 'msg_control') return [];
      const value = assignedValue(doc, each);
      return value !== undefined && isNothing(doc, value)
        ? []
        : [
            hazard(
              'descriptor-passing',
              doc,
              each,
              'a message carries control data, such as file descriptors',
            ),
          ];
    }),
  );
}

// A sendmsg that the tree defines may do more than the system's; one for Windows alone is none of ours.
function ownSendmsg({ library }: Loop): readonly SendHazard[] {
  const defined = library
    .functionsNamed('sendmsg')
    .filter((fn) => fn.body !== undefined && fn.owner === '' && !isForWindows(fn.doc, fn.node))
    .map((fn) => hazard('sendmsg-shim', fn.doc, fn.nameNode, 'the tree defines sendmsg itself'));
  const replaced = library.mentioning('sendmsg').flatMap((doc) =>
    every(doc.root, 'preproc_def', 'preproc_function_def')
      .filter((each) => each.childForFieldName('name')?.text === 'sendmsg' && !isForWindows(doc, each))
      .map((each) => hazard('sendmsg-shim', doc, each, 'sendmsg is a macro of the tree')),
  );
  return [...defined, ...replaced];
}

function isForWindows(doc: Document, node: Node): boolean {
  if (/(?:^|\/)[^/]*(?:win32|windows|mingw)/i.test(doc.file)) return true;
  for (
    let at = enclosing(node, 'preproc_ifdef', 'preproc_if');
    at !== undefined;
    at = enclosing(at.parent, 'preproc_ifdef', 'preproc_if')
  )
    if (/^#\s*if(?:def)?\b[^\n]*\b_*WIN(?:32|64|DOWS)?/i.test(textOf(doc, at))) return true;
  return false;
}

// A function that is handed a message and goes through its vectors by itself sends them elsewhere: into a cipher, a log.
function walkedVectors({ library, shape }: Loop): readonly SendHazard[] {
  const own = new Set([shape.transmit.fn, shape.append.fn, shape.begin, shape.grow].map((fn) => fn?.node.id));
  return library.mentioning('msg_iov').flatMap((doc) =>
    functionsIn(doc).flatMap((fn) => {
      const isGiven = fn.parameters.some(({ type }) => type.base === 'msghdr' && type.levels.length > 0);
      if (!isGiven || own.has(fn.node.id) || fn.name === 'sendmsg' || isForWindows(doc, fn.node)) return [];
      const walk = every(fn.node, 'field_expression').find((each) =>
        /^msg_iov(?:len)?$/.test(fieldUse(doc, each)?.name ?? ''),
      );
      return walk === undefined
        ? []
        : [hazard('iov-walked', doc, walk, `${fn.name} goes through the vectors of a message by itself`)];
    }),
  );
}

// What another function does with a message, and for which connections, is not known.
function handedOn({ shape }: Loop): readonly SendHazard[] {
  const { fn, call, descriptor } = shape.transmit;
  const callee = call.childForFieldName('function');
  return descriptor === undefined && callee !== null
    ? [
        hazard(
          'own-send-path',
          fn.doc,
          call,
          `the message is handed to ${textOf(fn.doc, callee)} and not to sendmsg`,
        ),
      ]
    : [];
}

// evbuffer_write takes no flags; two of them have their like elsewhere.
function unlikeFlags({ library, shape }: Loop): readonly SendHazard[] {
  const { fn, call, flags } = shape.transmit;
  const unlike = flags
    .split('|')
    .map((flag) => flag.replace(/[()\s]/g, ''))
    .filter((flag) => {
      if (flag === '0' || flag === 'MSG_NOSIGNAL') return false;
      return (
        flag !== 'MSG_DONTWAIT' ||
        library.mentioning('O_NONBLOCK').length + library.mentioning('SOCK_NONBLOCK').length === 0
      );
    });
  return unlike.length === 0
    ? []
    : [hazard('unknown-flow', fn.doc, call, `evbuffer_write has nothing like ${unlike.join(' | ')}`)];
}

// The counts of a stream say nothing any more: who reads them outside of the loop decides by them.
function readCounts(loop: Loop): readonly SendHazard[] {
  const { fields, transmit, append, begin, grow } = loop.shape;
  const own = new Set([transmit.fn, append.fn, begin, grow].map((fn) => fn?.node.id));
  const names = [fields.messages, fields.vectors, fields.used, fields.current, fields.bytes].filter(
    (name) => name !== undefined,
  );
  return loopFieldUses(loop.library, loop.shape, names)
    .filter((use) => !own.has(use.fn?.node.id) && isLookedAt(loop, use))
    .map((use) => {
      const isArray = use.field === fields.messages || use.field === fields.vectors;
      return hazard(
        isArray ? 'iov-walked' : 'queue-state-read',
        use.doc,
        use.node,
        isArray
          ? `${textOf(use.doc, use.node)} is used outside of the loop`
          : `${textOf(use.doc, use.node)} is read outside of the loop, and no longer tells what is queued`,
      );
    });
}

function isLookedAt(loop: Loop, use: LoopFieldUse): boolean {
  if (use.kind !== 'read' && !(use.kind === 'missing' && isCount(loop, use))) return false;
  // Beside datagrams the streams can go on counting.
  if (loop.datagrams.kind === 'told' && isQueuedTest(loop.shape, use)) return false;
  return !isAboutSize(use) && !isForDatagrams(loop, use.doc, use.node, use.object, use.fn, 0);
}

function isCount({ shape }: Loop, { field }: LoopFieldUse): boolean {
  return field !== shape.fields.messages && field !== shape.fields.vectors;
}

// `sizeof(c->list[0])`, an assertion, a realloc of the array itself, `sizeof(*c->list)`.
function isAboutSize({ doc, node, field }: LoopFieldUse): boolean {
  if (enclosing(node, 'sizeof_expression') !== undefined) return true;
  const call = enclosing(node, 'call_expression', 'expression_statement');
  if (call?.type !== 'call_expression') return false;
  if (/^assert$/i.test(calledName(doc, call) ?? '')) return true;
  const assignment = enclosing(call, 'assignment_expression', 'init_declarator', 'expression_statement');
  return /realloc/i.test(calledName(doc, call) ?? '') && assignment !== undefined && field !== '';
}

// Only datagrams come here: by a condition, or because only they call the function.
function isForDatagrams(
  loop: Loop,
  doc: Document,
  place: Node,
  object: string,
  fn: CppFunction | undefined,
  depth: number,
): boolean {
  const { datagrams } = loop;
  if (datagrams.kind !== 'told' || depth > 2) return false;
  const test = squeezed(spellTest(datagrams, object));
  if (conditionsAround(doc, place).some((each) => squeezed(textOf(doc, each)) === test)) return true;
  if (fn === undefined) return false;
  const calls = loop.library.mentioning(fn.name).flatMap((other) =>
    every(other.root, 'call_expression')
      .filter((call) => calledName(other, call) === fn.name)
      .map((call) => ({ other, call })),
  );
  return (
    calls.length > 0 &&
    calls.every(({ other, call }) => {
      const given = call.childForFieldName('arguments')?.namedChildren[0];
      const around = enclosing(call, 'function_definition');
      const caller = functionsIn(other).find((each) => each.node.id === around?.id);
      const name = given === undefined || given === null ? '' : textOf(other, given);
      return isForDatagrams(loop, other, call, name, caller, depth + 1);
    })
  );
}

function squeezed(text: string): string {
  return text.replace(/\s/g, '').replace(/^\((.*)\)$/, '$1');
}
