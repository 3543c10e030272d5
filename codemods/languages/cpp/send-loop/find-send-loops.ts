// Servers of the tree that own their sendmsg loop.
import type { SendForm, SendSpelling } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, rangeOf } from '../document.ts';
import type { Library } from '../library.ts';
import type { SendPart } from '../send-part.ts';
import { machineryBeside } from './beside-datagrams.ts';
import { bufferBeside } from './buffer-life.ts';
import { declaredBeside, drainsAtClose } from './connection-field.ts';
import { datagramsOf } from './datagrams.ts';
import { loopFieldUses } from './field-uses.ts';
import { ignoredSignal } from './ignored-signal.ts';
import { lateSites } from './late-sites.ts';
import { reachOfEvbuffers } from './libevent.ts';
import { freeFieldName, type Loop, type LoopSite, siteAt } from './loop.ts';
import { loopHazards } from './loop-hazards.ts';
import { type LoopShape, loopShapes } from './loop-shape.ts';
import { filesOfMovedLoops } from './moved-loops.ts';
import { replacedLoop } from './replaced-loop.ts';
import { drainsBeside } from './resets.ts';

/** A server's own send path. */
export interface SendLoop extends SendPart {
  /** The files that its sends stand in: nobody else looks at them. */
  readonly files: readonly string[];
}

/** Every server of which the loop was recognised by the shape of its functions, whatever their names. */
export function findSendLoops(library: Library, senders: readonly string[]): readonly SendLoop[] {
  const documents = senders
    .filter((file) => /\b(?:sendmsg|msghdr|msg_iov)\b/.test(library.document(file)?.text ?? ''))
    .map((file) => library.document(file))
    .filter((doc): doc is Document => doc !== undefined);
  const moved = filesOfMovedLoops(library);
  const loops = loopShapes(library, documents)
    .filter((shape) => !moved.includes(shape.transmit.fn.doc.file))
    .map((shape) => sendLoop(library, shape));
  if (moved.length === 0) return loops;
  const group = { id: 'loop:moved', name: 'send loops that were moved already', sites: [] };
  return [...loops, { group, spell: () => ({ edits: new Map() }), files: moved }];
}

function sendLoop(library: Library, shape: LoopShape): SendLoop {
  const loop: Loop = { library, shape, output: freeFieldName(library, shape), datagrams: datagramsOf(shape) };
  const plan = planned(loop);
  const { fn } = shape.transmit;
  const sites = 'cannot' in plan ? [siteAt(fn.doc, fn.nameNode, 'machinery', fn.name, [])] : plan.sites;
  return {
    group: { id: `loop:${fn.doc.file}`, name: `the send loop of ${fn.doc.file}`, sites },
    spell: (forms) => ('cannot' in plan ? plan : spell(sites, forms)),
    files: filesOf(loop),
  };
}

type Planned = { readonly sites: readonly LoopSite[] } | Extract<SendSpelling, { readonly cannot: string }>;

function planned(loop: Loop): Planned {
  const { transmit } = loop.shape;
  const hazards = loopHazards(loop);
  const signal = ignoredSignal(loop);
  if (hazards.length + signal.hazards.length > 0) {
    const { fn } = transmit;
    const site = siteAt(fn.doc, fn.nameNode, 'machinery', fn.name, []);
    return { sites: [{ ...site, hazards: [...hazards, ...signal.hazards] }] };
  }
  if (!isMadeSomewhere(loop))
    return {
      cannot:
        'nothing shows where the arrays of a connection are made, so the evbuffer has no place to be made at',
      range: rangeOf(loop.shape.connection.doc, loop.shape.connection.node),
    };
  const moved = loop.datagrams.kind === 'told' ? besideDatagrams(loop) : replacedLoop(loop);
  if ('cannot' in moved) return moved;
  const sites = [...moved.sites, ...lateSites(loop, moved.counts), ...signal.sites];
  return { sites: [...includeSites(loop, sites), ...sites] };
}

function isMadeSomewhere({ library, shape }: Loop): boolean {
  return loopFieldUses(library, shape, [shape.fields.messages]).some(({ kind }) => kind === 'allocate');
}

function besideDatagrams(
  loop: Loop,
):
  | { readonly sites: readonly LoopSite[]; readonly counts: boolean }
  | Extract<SendSpelling, { readonly cannot: string }> {
  const machinery = machineryBeside(loop);
  if ('cannot' in machinery) return machinery;
  const { fields } = loop.shape;
  const messages = loopFieldUses(loop.library, loop.shape, [fields.messages]);
  const counts = loopFieldUses(loop.library, loop.shape, [fields.used]);
  const declared = declaredBeside(loop);
  return {
    sites: [
      ...(declared === undefined ? [] : [declared]),
      ...bufferBeside(loop, messages),
      ...drainsBeside(loop, [...counts, ...messages]),
      ...drainsAtClose(loop, messages),
      ...machinery.sites,
    ],
    counts: true,
  };
}

// Where an evbuffer is used, it has to be declared.
function includeSites({ library, shape }: Loop, sites: readonly LoopSite[]): readonly LoopSite[] {
  const files = new Set(
    sites.flatMap(({ edits }) =>
      edits.filter(({ text }) => /\bevbuffer_\w+\(/.test(text)).map(({ file }) => file),
    ),
  );
  const missing = new Map<string, TextEdit>();
  for (const file of files) {
    const doc = library.document(file);
    const reach = doc === undefined ? undefined : reachOfEvbuffers(library, doc);
    if (reach?.kind === 'missing') missing.set(`${reach.edit.file}:${reach.edit.start}`, reach.edit);
  }
  return [...missing.values()].flatMap((edit) => {
    const doc = library.document(edit.file) ?? shape.connection.doc;
    const include = doc.root.descendantForIndex(edit.start - 1, edit.start - 1) ?? doc.root;
    return [siteAt(doc, include, 'declaration', 'event2/buffer.h', [edit])];
  });
}

function spell(sites: readonly LoopSite[], forms: ReadonlyMap<string, SendForm>): SendSpelling {
  const edits = new Map<string, readonly TextEdit[]>();
  for (const site of sites) {
    const own =
      forms.get(site.id) === 'reference' && site.pointing !== undefined ? site.pointing : site.edits;
    edits.set(site.id, [...(edits.get(site.id) ?? []), ...own]);
  }
  return { edits };
}

function filesOf({ library, shape }: Loop): readonly string[] {
  const names = [shape.append.fn.name, shape.begin.name, shape.fields.messages];
  return [...new Set(names.flatMap((name) => library.mentioning(name).map((doc) => doc.file)))];
}
