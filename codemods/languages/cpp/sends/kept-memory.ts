// Items and buffers that a connection kept until everything was sent. Copies need them no longer.
import type { Library } from '../library.ts';
import { settleBuffer } from './kept-buffer.ts';
import { settleItem } from './kept-item.ts';
import { readKept } from './read-kept.ts';
import type { SendCall } from './send-functions.ts';
import { brief, type DraftFunction, type DraftSite, object } from './site-draft.ts';

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
