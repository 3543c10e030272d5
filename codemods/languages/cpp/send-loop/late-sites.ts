// The adds whose memory is stored to later, as sites: hoisted where that is certain, pointed to where it is not.
import type { SendHazard } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf, textOf } from '../document.ts';
import { spellTest } from './datagrams.ts';
import { type Hoisted, hoisted } from './hoisted-stores.ts';
import { lateStores } from './late-stores.ts';
import { type Loop, type LoopSite, memberOf, siteAt } from './loop.ts';
import { type LateStore, storedName } from './queue-state.ts';
import { argumentsOf } from './tree-walk.ts';

/** One site for every add or helper's call that is followed by a late store; `counts`: the number of adds is kept. */
export function lateSites(loop: Loop, counts: boolean): readonly LoopSite[] {
  const { late, seen } = lateStores(loop.library, loop.shape);
  const settled = new Map<LateStore, Hoisted>();
  const open = new Set<number>();
  for (const each of late) {
    const way = hoisted(loop.library, loop.shape, each, seen);
    if (way === undefined) open.add(each.queued.add.id);
    else settled.set(each, way);
  }
  const sites = new Map<string, LoopSite>();
  for (const each of late) {
    const way = settled.get(each);
    const isOpen = open.has(each.queued.add.id);
    if (!isOpen && way === undefined) continue;
    const doc = isOpen ? each.queued.addDoc : each.fn.doc;
    const at = isOpen ? each.queued.add : each.queued.by;
    const hazard: SendHazard = {
      kind: 'store-after-add',
      range: rangeOf(each.fn.doc, each.store),
      detail: `${storedName(each)} is stored to after it was added`,
      related: [],
      ...(isOpen ? { canPoint: true } : { settledBy: way?.settledBy ?? '' }),
    };
    const key = `${doc.file}:${at.startIndex}`;
    const known = sites.get(key) ?? siteAt(doc, at, 'add', textOf(doc, at).replace(/\s+/g, ' '), []);
    const pointing = isOpen ? pointingEdits(loop, doc, at, counts) : undefined;
    sites.set(key, {
      ...known,
      hazards: [...known.hazards, hazard],
      edits: isOpen ? [] : [...known.edits, ...(way?.edits ?? [])],
      ...(pointing === undefined ? {} : { pointing }),
    });
  }
  return [...sites.values()];
}

// The memory is sent as it is when it is sent, as before; datagrams go on as they did.
function pointingEdits(loop: Loop, doc: Document, call: Node, counts: boolean): readonly TextEdit[] {
  const { append, fields } = loop.shape;
  const given = argumentsOf(call).map((each) => textOf(doc, each));
  const object = given[append.connection] ?? '';
  const out = memberOf(object, loop.output);
  const pointed = `evbuffer_add_reference(${out}, ${given[append.memory]}, ${given[append.length]}, NULL, NULL)`;
  const counted = counts ? `(${memberOf(object, fields.vectorsUsed)}++, ${pointed})` : pointed;
  const text =
    loop.datagrams.kind === 'told'
      ? `(${spellTest(loop.datagrams, object)} ? ${textOf(doc, call)} : ${counted})`
      : counted;
  return [{ ...rangeOf(doc, call), text }];
}
