// Calls of the old send path by code that does not own it: engines, executors, notifiers. Puts what is known of them together.
import type { Document, Node } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { classBehind } from '../lineage.ts';
import type { SendPart } from '../send-part.ts';
import { noteAddPlaces } from './add-places.ts';
import { counterUses, noteCounters } from './counters.ts';
import { noteDirectSends } from './direct-sends.ts';
import { createEffects } from './effects.ts';
import { type FunctionIndex, indexFunctions } from './function-index.ts';
import { byPlace, type Joiner, joiner, partsOf } from './group-sends.ts';
import { findMachinery, isMachinery, type Machinery, sendPathName } from './machinery.ts';
import { noteMemoryOrder } from './memory-order.ts';
import { messageCallsIn, settleMessage } from './messages.ts';
import { noteCalls } from './note-calls.ts';
import { discards, oldMethodsTaken } from './old-calls.ts';
import { noteQueueOrder } from './queue-order.ts';
import { isConnection, outermostFunction, type SendCall, sendFunctions } from './send-functions.ts';
import { type SendTargets, sendTargets } from './send-target.ts';
import { type DraftFunction, draftFunction, draftSite, object } from './site-draft.ts';
import { macroFunctions, noteLoops, noteShim, strayCalls } from './whole-file.ts';

/** Every call and assembled msghdr of the senders, in groups that change together. */
export function findSendCalls(
  library: Library,
  senders: readonly string[],
  contractIsNamed: boolean,
): readonly SendPart[] {
  const targets = sendTargets(library, contractIsNamed);
  const documents = senders.map((file) => library.document(file)).filter((doc) => doc !== undefined);
  const functions = sendFunctions(library, targets, documents);
  const withCalls = new Set(functions.map(({ doc }) => doc));
  const classNames = functions.flatMap(({ calls }) => calls.flatMap(({ className }) => className ?? []));
  // A contract that names nothing to send with says nothing of how a connection is built either.
  const machinery = targets.any ? findMachinery(library, [...new Set(classNames)]) : [];
  const drafts = new Map<string, DraftFunction>();
  const draftOf = (doc: Document, node: Node, calls: readonly SendCall[] = []): DraftFunction => {
    const draft = draftFunction(doc, node, calls);
    const known = drafts.get(draft.key) ?? draft;
    drafts.set(draft.key, known);
    return known;
  };
  for (const { doc, node, calls } of functions)
    if (!isMachinery(machinery, doc, node)) draftOf(doc, node, calls);
  const messages = new Set<DraftFunction>();
  const counters = new Map<string, Node[]>();
  for (const doc of targets.any ? documents : []) {
    for (const call of messageCallsIn(library, targets, doc)) {
      const node = outermostFunction(call.call);
      if (node === undefined || isMachinery(machinery, doc, node)) continue;
      // Without a target it is somebody else's, unless the file sends on the old path otherwise.
      if (call.target === undefined && !withCalls.has(doc)) continue;
      const fn = draftOf(doc, node);
      settleMessage(fn, call);
      messages.add(fn);
    }
    for (const taken of oldMethodsTaken(doc)) {
      const node = outermostFunction(taken);
      if (node === undefined || isMachinery(machinery, doc, node)) continue;
      const site = draftSite(doc, taken, 'add');
      object(
        site,
        'unknown-flow',
        doc,
        taken,
        `${site.name} is taken as a value, and nobody sees when it is called`,
      );
      draftOf(doc, node).sites.push(site);
    }
    for (const use of counterUses(doc)) {
      const node = outermostFunction(use);
      if (node === undefined || isMachinery(machinery, doc, node)) continue;
      if (!isAboutConnection(library, targets, doc, use, withCalls)) continue;
      const { key } = draftOf(doc, node);
      counters.set(key, [...(counters.get(key) ?? []), use]);
    }
  }
  const seeds = [...drafts.values()];
  const index = indexFunctions(library, [...documents, ...discardersFrom(library, documents, seeds)], seeds);
  const outside = index.functions.filter(({ doc, node }) => !isMachinery(machinery, doc, node));
  for (const fn of outside) noteCalls(library, fn, machinery);
  // Where nothing can be sent with, nothing else is worth a word.
  const stuck = new Set(outside.filter(isWithoutTarget));
  const all = outside.filter((fn) => !stuck.has(fn));
  const groups = joiner(outside);
  if (targets.any) {
    const effects = createEffects(index);
    for (const fn of all) {
      noteCounters(effects, fn, counters.get(fn.key) ?? []);
      noteAddPlaces(library, fn);
      noteDirectSends(library, fn);
    }
    noteQueueOrder(library, effects, all, groups.join);
    noteMemoryOrder(library, index, effects, all, groups.join);
    joinDependants(index, outside, groups);
    noteLoops(library, all, groups.join);
    noteShim(library, all, messages, groups.join);
  }
  const parts = [
    ...machinery.map(machineryPart),
    ...groups.list().flatMap((members) => partsOf(members)),
    ...(targets.any
      ? [...macroFunctions(documents), ...strayCalls(documents)].flatMap((fn) => partsOf([fn]))
      : []),
  ].sort((a, b) => byPlace(a.group, b.group));
  if (parts.length === 0 || !targets.isPremature()) return parts;
  return parts.map((part) => ({ ...part, group: { ...part.group, isPremature: true } }));
}

/** A name that more files say is too common to be worth their parse. */
const FEW_FILES = 16;

// Files that send by helpers only, and start a message over by one: what they call is looked for by name.
function discardersFrom(
  library: Library,
  documents: readonly Document[],
  seeds: readonly DraftFunction[],
): readonly Document[] {
  if (
    !seeds.some(({ doc, calls }) =>
      calls.some((call) => call.role === 'begin' && (!call.isMethod || discards(doc, call))),
    )
  )
    return [];
  const index = indexFunctions(library, documents, seeds);
  const effects = createEffects(index);
  const names = index.functions
    .filter(
      (fn) =>
        fn.fn !== undefined &&
        !(fn.fn.owner === '' && fn.fn.isStatic) &&
        effects.of(fn).some(({ what }) => what === 'discard'),
    )
    .flatMap(({ fn }) => fn?.name ?? [])
    // `TEST_F(...) { }` reads as a function of that name.
    .filter((name) => /[a-z]/.test(name) && library.textsMentioning(name).length <= FEW_FILES);
  const known = new Set(documents);
  const others = [...new Set(names)].flatMap((name) =>
    library.mentioningLike(name, new RegExp(`\\b${name}\\s*\\(`)),
  );
  return [...new Set(others)].filter((doc) => !known.has(doc));
}

// Who drives the sending and who queues for it change together; who asks what is queued speaks for the file.
function joinDependants(index: FunctionIndex, all: readonly DraftFunction[], groups: Joiner): void {
  const members = new Set(all);
  for (const fn of all) {
    for (const { callee } of index.callsIn(fn))
      if (members.has(callee) && callee.sites.some(({ kind }) => kind === 'send') && fn.sites.length > 0)
        groups.join([fn, callee]);
    const speaksForFile = fn.sites.some(({ hazards }) =>
      hazards.some(({ kind }) => kind === 'queue-state-read' || kind === 'early-release'),
    );
    if (speaksForFile) groups.join(all.filter(({ doc }) => doc.file === fn.doc.file));
    dropConsequences(fn);
  }
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
  if (className !== undefined && isConnection(library, className, targets.isNamed) === false) return false;
  return withCalls.has(doc) || (className !== undefined && targets.of(className, doc.isC) !== undefined);
}

// Once there is a reason that says more, nobody needs to hear that the rest was not understood.
function dropConsequences(fn: DraftFunction): void {
  if (!fn.sites.some(({ hazards }) => hazards.some(({ kind }) => kind !== 'unknown-flow'))) return;
  for (const { kind, hazards } of fn.sites)
    if (kind === 'send')
      hazards.splice(0, hazards.length, ...hazards.filter((one) => one.kind !== 'unknown-flow'));
}

function isWithoutTarget(fn: DraftFunction): boolean {
  return fn.sites.some(({ hazards }) => hazards.some(({ kind }) => kind === 'no-send-target'));
}

function machineryPart(one: Machinery): SendPart {
  const name = sendPathName(one);
  return {
    group: { id: `${name} ${one.sites[0]?.id ?? ''}`, name, sites: one.sites },
    spell: () => ({ edits: new Map() }),
  };
}
