// Calls of the old send path by code that does not own it: engines, executors, notifiers. Puts what is known of them together.
import type { SendForm, SendGroup, SendSpelling } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { classBehind } from '../lineage.ts';
import type { SendPart } from '../send-part.ts';
import { noteAddPlaces } from './add-places.ts';
import { counterUses, noteCounters } from './counters.ts';
import { createEffects } from './effects.ts';
import { otherLoopIn } from './event-loops.ts';
import { indexFunctions } from './function-index.ts';
import { settleKept } from './kept-memory.ts';
import { findMachinery, isMachinery, type Machinery, sendPathName } from './machinery.ts';
import { noteMemoryOrder } from './memory-order.ts';
import { messageCallsIn, ownSendmsg, settleMessage } from './messages.ts';
import { noteQueueOrder } from './queue-order.ts';
import { removeStatements } from './removal.ts';
import { isConnection, outermostFunction, type SendCall, sendFunctions } from './send-functions.ts';
import { type SendTargets, sendTargets } from './send-target.ts';
import {
  type DraftFunction,
  type DraftSite,
  draftFunction,
  draftSite,
  object,
  settled,
  Unspeakable,
} from './site-draft.ts';
import { copyEdits, removal } from './spell-calls.ts';
import { settleTransmit } from './transmit.ts';

/** Every call and assembled msghdr of the senders, in groups that change together. */
export function findSendCalls(
  library: Library,
  senders: readonly string[],
  contractIsNamed: boolean,
): readonly SendPart[] {
  const targets = sendTargets(library, contractIsNamed);
  // A contract that names nothing to send with asks for something else.
  if (!targets.any) return [];
  const documents = senders.map((file) => library.document(file)).filter((doc) => doc !== undefined);
  const functions = sendFunctions(library, targets, documents);
  const classNames = [
    ...new Set(functions.flatMap(({ calls }) => calls.flatMap(({ className }) => className ?? []))),
  ];
  const machinery = findMachinery(library, classNames);
  const drafts = new Map<string, DraftFunction>();
  const draftOf = (doc: Document, node: Node, calls: readonly SendCall[] = []): DraftFunction => {
    const key = `${doc.file}:${node.startIndex}`;
    const known = drafts.get(key) ?? draftFunction(doc, node, calls);
    drafts.set(key, known);
    return known;
  };
  for (const { doc, node, calls } of functions)
    if (!isMachinery(machinery, doc, node)) draftOf(doc, node, calls);
  const messages = noteMessages(
    library,
    targets,
    machinery,
    documents,
    draftOf,
    new Set(functions.map(({ doc }) => doc)),
  );
  const withCalls = new Set(functions.map(({ doc }) => doc));
  const counters = new Map<string, Node[]>();
  for (const doc of documents)
    for (const use of counterUses(doc)) {
      const node = outermostFunction(use);
      if (node === undefined || isMachinery(machinery, doc, node)) continue;
      if (!isAboutConnection(library, targets, doc, use, withCalls)) continue;
      const { key } = draftOf(doc, node);
      counters.set(key, [...(counters.get(key) ?? []), use]);
    }
  const index = indexFunctions(library, documents, [...drafts.values()]);
  const all = index.functions.filter(({ doc, node }) => !isMachinery(machinery, doc, node));
  const effects = createEffects(index);
  const groups = joiner(all);
  for (const fn of all) {
    noteCalls(library, fn, machinery);
    const uses = counterUses(fn.doc).filter(
      (use) => outermostFunction(use)?.startIndex === fn.node.startIndex,
    );
    noteCounters(effects, fn, uses);
    noteAddPlaces(library, fn);
  }
  noteQueueOrder(library, effects, all, groups.join);
  noteMemoryOrder(library, index, effects, all, groups.join);
  // Who drives the sending and who queues for it change together; who asks what is queued speaks for the file.
  for (const fn of all) {
    for (const { callee } of index.callsIn(fn))
      if (all.includes(callee) && callee.sites.some(({ kind }) => kind === 'send') && fn.sites.length > 0)
        groups.join([fn, callee]);
    if (
      fn.sites.some(({ hazards }) =>
        hazards.some(({ kind }) => kind === 'queue-state-read' || kind === 'early-release'),
      )
    )
      groups.join(all.filter(({ doc }) => doc.file === fn.doc.file));
  }
  for (const fn of all) dropConsequences(fn);
  noteLoops(library, all, groups.join);
  noteShim(library, all, messages, groups.join);
  return [...machinery.map(machineryPart), ...groups.list().flatMap((members) => partsOf(members))].sort(
    (a, b) => byPlace(a.group, b.group),
  );
}

// A field of that name may be anybody's: the struct tells, or the calls of the same file.
function isAboutConnection(
  library: Library,
  targets: SendTargets,
  doc: Document,
  use: Node,
  withCalls: ReadonlySet<Document>,
): boolean {
  const holder = use.childForFieldName('argument');
  const type = holder === null ? undefined : typeOf(library, doc, holder);
  const className = type === undefined ? undefined : classBehind(library, type.type);
  if (className !== undefined && isConnection(library, className) === false) return false;
  return withCalls.has(doc) || (className !== undefined && targets.of(className, doc.isC) !== undefined);
}

// Once there is a reason that says more, nobody needs to hear that the rest was not understood.
function dropConsequences(fn: DraftFunction): void {
  if (!fn.sites.some(({ hazards }) => hazards.some(({ kind }) => kind !== 'unknown-flow'))) return;
  for (const { kind, hazards } of fn.sites)
    if (kind === 'send')
      hazards.splice(0, hazards.length, ...hazards.filter((one) => one.kind !== 'unknown-flow'));
}

function noteMessages(
  library: Library,
  targets: SendTargets,
  machinery: readonly Machinery[],
  documents: readonly Document[],
  draftOf: (doc: Document, node: Node) => DraftFunction,
  uses: ReadonlySet<Document>,
): ReadonlySet<DraftFunction> {
  const found = new Set<DraftFunction>();
  for (const doc of documents) {
    for (const call of messageCallsIn(library, targets, doc)) {
      const node = outermostFunction(call.call);
      if (node === undefined || isMachinery(machinery, doc, node)) continue;
      // Without a target it is somebody else's, unless the file sends on the old path otherwise.
      if (call.target === undefined && !uses.has(doc)) continue;
      const fn = draftOf(doc, node);
      settleMessage(library, fn, call);
      found.add(fn);
    }
  }
  return found;
}

function noteCalls(library: Library, fn: DraftFunction, machinery: readonly Machinery[]): void {
  const { doc } = fn;
  const sites = new Map<SendCall, DraftSite>();
  const siteOf = (call: SendCall): DraftSite => {
    const known = sites.get(call);
    if (known !== undefined) return known;
    const site = draftSite(doc, call.call, kindOf(call));
    if (call.role === 'add') site.memory = { atLeast: 0, keptBy: 'owner' };
    sites.set(call, site);
    fn.sites.push(site);
    return site;
  };
  const without = fn.calls.filter(({ target }) => target === undefined);
  const speaker = without.find(({ role }) => role === 'add') ?? without[0];
  for (const call of fn.calls) {
    const site = siteOf(call);
    const { target } = call;
    if (target === undefined) {
      if (call !== speaker) continue;
      object(
        site,
        'no-send-target',
        doc,
        call.call,
        `nothing is known to send with to ${call.className ?? 'this connection'}`,
      );
      continue;
    }
    const isOwned = machinery.some(
      ({ family }) => call.className !== undefined && family.has(call.className),
    );
    if (call.role === 'begin') {
      site.change = () => {
        const gone = removal(doc, call);
        return 'statement' in gone ? { statements: [gone.statement] } : { edits: [gone.edit] };
      };
    } else if (call.role === 'add') site.change = () => ({ edits: copyEdits(library, doc, call, target) });
    else if (call.role === 'state')
      object(
        site,
        'queue-state-read',
        doc,
        call.call,
        `${site.name} tells what is queued, and a send buffer is empty again once it was sent`,
      );
    else if (call.role === 'send' && isOwned)
      object(
        site,
        'own-send-path',
        doc,
        call.call,
        `${site.name} drives the connection's own send path, which is in this tree`,
      );
    else if (call.role === 'send') settleTransmit(fn, call, site);
    else if (call.role === 'shrink' && isOwned)
      object(
        site,
        'own-send-path',
        doc,
        call.call,
        `${site.name} gives back what the connection's own send path queued with`,
      );
    else if ((call.role === 'release' || call.role === 'shrink') && target.kind !== 'same-calls' && !isOwned)
      site.change = () => ({ statements: [statementAround(call.call)] });
  }
  const canChain = fn.calls.some(({ target }) => target?.kind === 'stream' && target.chains);
  settleKept(library, fn, siteOf, canChain);
}

function statementAround(call: Node): Node {
  const parent = call.parent;
  if (parent?.type !== 'expression_statement') throw new Unspeakable('its answer is used', call);
  return parent;
}

function kindOf({ role }: SendCall): DraftSite['kind'] {
  return role === 'release' || role === 'shrink' || role === 'state' ? 'bookkeeping' : role;
}

function noteLoops(
  library: Library,
  all: readonly DraftFunction[],
  join: (functions: readonly DraftFunction[]) => void,
): void {
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

function noteShim(
  library: Library,
  all: readonly DraftFunction[],
  messages: ReadonlySet<DraftFunction>,
  join: (functions: readonly DraftFunction[]) => void,
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

interface Joiner {
  readonly join: (functions: readonly DraftFunction[]) => void;
  readonly list: () => readonly (readonly DraftFunction[])[];
}

function joiner(all: readonly DraftFunction[]): Joiner {
  const leader = new Map<DraftFunction, DraftFunction>();
  const find = (fn: DraftFunction): DraftFunction => {
    const up = leader.get(fn);
    return up === undefined || up === fn ? fn : find(up);
  };
  return {
    join: (functions) => {
      const [first, ...rest] = functions;
      if (first === undefined) return;
      for (const fn of rest) if (find(fn) !== find(first)) leader.set(find(fn), find(first));
    },
    list: () => {
      const groups = new Map<DraftFunction, DraftFunction[]>();
      for (const fn of all) groups.set(find(fn), [...(groups.get(find(fn)) ?? []), fn]);
      return [...groups.values()];
    },
  };
}

function machineryPart(one: Machinery): SendPart {
  const name = sendPathName(one);
  return {
    group: { id: `${name} ${one.sites[0]?.id ?? ''}`, name, sites: one.sites },
    spell: () => ({ edits: new Map() }),
  };
}

function partsOf(members: readonly DraftFunction[]): readonly SendPart[] {
  const own = members
    .flatMap((fn) => fn.sites.map((site) => ({ fn, site })))
    .sort((a, b) => compare(a.fn.doc.file, b.fn.doc.file) || a.site.node.startIndex - b.site.node.startIndex);
  const [first] = own;
  if (first === undefined) return [];
  const names = [...new Set(own.map(({ fn }) => fn.name))];
  const name = names.length === 1 ? `function ${names[0]}` : `functions ${names.join(', ')}`;
  return [
    {
      group: {
        id: `${first.site.id} ${name}`,
        name,
        sites: own.map(({ fn, site }) => settled(fn.doc, site)),
      },
      spell: (forms) => spell(own, forms),
    },
  ];
}

function spell(
  own: readonly { readonly fn: DraftFunction; readonly site: DraftSite }[],
  forms: ReadonlyMap<string, SendForm>,
): SendSpelling {
  const edits = new Map<string, TextEdit[]>();
  const give = (id: string, edit: TextEdit): void => {
    edits.set(id, [...(edits.get(id) ?? []), edit]);
  };
  const gone = new Map<Document, { readonly id: string; readonly statement: Node }[]>();
  for (const { fn, site } of own) {
    try {
      const change = site.change(forms.get(site.id) ?? 'copy');
      for (const edit of change.edits ?? []) give(site.id, edit);
      for (const statement of change.statements ?? [])
        gone.set(fn.doc, [...(gone.get(fn.doc) ?? []), { id: site.id, statement }]);
    } catch (error) {
      if (error instanceof Unspeakable) return { cannot: error.message, range: rangeOf(fn.doc, error.node) };
      throw error;
    }
  }
  for (const [doc, statements] of gone) {
    for (const edit of removeStatements(
      doc,
      statements.map(({ statement }) => statement),
    )) {
      const owner = statements.find(
        ({ statement }) => statement.startIndex >= edit.start && statement.startIndex <= edit.end,
      );
      if (owner !== undefined) give(owner.id, edit);
    }
  }
  return { edits: withoutNested(edits) };
}

// What stands in something that goes as a whole goes with it.
function withoutNested(
  edits: ReadonlyMap<string, readonly TextEdit[]>,
): ReadonlyMap<string, readonly TextEdit[]> {
  const all = [...edits.values()].flat();
  const isNested = (edit: TextEdit): boolean =>
    all.some(
      (other) =>
        other !== edit &&
        other.text === '' &&
        other.file === edit.file &&
        other.start <= edit.start &&
        other.end >= edit.end &&
        other.end - other.start > edit.end - edit.start &&
        other.start < edit.end,
    );
  return new Map([...edits].map(([id, own]) => [id, own.filter((edit) => !isNested(edit))]));
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function byPlace(a: SendGroup, b: SendGroup): number {
  const [x, y] = [a.sites[0]?.range, b.sites[0]?.range];
  return x === undefined || y === undefined ? 0 : compare(x.file, y.file) || x.start - y.start;
}
