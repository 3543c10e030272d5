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
import { lateSites } from './late-sites.ts';
import { freeFieldName, type Loop, type LoopSite } from './loop.ts';
import { type LoopShape, loopShapes } from './loop-shape.ts';
import { filesOfMovedLoops } from './moved-loops.ts';
import { drainsBeside } from './resets.ts';

/** A server's own send path. */
export interface SendLoop extends SendPart {
  /** The files that its sends stand in: nobody else looks at them. */
  readonly files: readonly string[];
}

/** Every server of which the loop was recognised by the shape of its functions, whatever their names. */
export function findSendLoops(library: Library, senders: readonly string[]): readonly SendLoop[] {
  const documents = senders
    .filter((file) => /\bsendmsg\b/.test(library.document(file)?.text ?? ''))
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
  const sites = sitesOf(loop);
  const id = `loop:${shape.transmit.fn.doc.file}`;
  return {
    group: { id, name: `the send loop of ${shape.transmit.fn.doc.file}`, sites },
    spell: (forms) =>
      loop.datagrams.kind === 'told'
        ? spell(sites, forms)
        : {
            cannot: 'the loop cannot be replaced as a whole yet',
            range: rangeOf(shape.begin.doc, shape.begin.nameNode),
          },
    files: filesOf(loop),
  };
}

function sitesOf(loop: Loop): readonly LoopSite[] {
  const { fields } = loop.shape;
  const messages = loopFieldUses(loop.library, loop.shape, [fields.messages]);
  const counts = loopFieldUses(loop.library, loop.shape, [fields.used]);
  const declared = declaredBeside(loop);
  return [
    ...(declared === undefined ? [] : [declared]),
    ...bufferBeside(loop, messages),
    ...drainsBeside(loop, [...counts, ...messages]),
    ...drainsAtClose(loop),
    ...machineryBeside(loop),
    ...lateSites(loop),
  ];
}

function spell(sites: readonly LoopSite[], forms: ReadonlyMap<string, SendForm>): SendSpelling {
  const edits = new Map<string, readonly TextEdit[]>();
  for (const site of sites)
    edits.set(
      site.id,
      forms.get(site.id) === 'reference' && site.pointing !== undefined ? site.pointing : site.edits,
    );
  return { edits };
}

function filesOf({ library, shape }: Loop): readonly string[] {
  const names = [shape.append.fn.name, shape.begin.name, shape.fields.messages];
  return [...new Set(names.flatMap((name) => library.mentioning(name).map((doc) => doc.file)))];
}
