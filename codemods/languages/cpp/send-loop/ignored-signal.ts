// MSG_NOSIGNAL kept a write to a closed connection from raising SIGPIPE; evbuffer_write cannot, so the process ignores the signal.
import type { SendHazard } from '../../../facts/send.ts';
import { parts, rangeOf } from '../document.ts';
import { insertBefore, lineEnd } from './layout.ts';
import { type Loop, type LoopSite, siteAt } from './loop.ts';

/** The site in `main`, or a hazard at the call of sendmsg where there is not one `main` to put it in; nothing where it is not needed. */
export function ignoredSignal({ library, shape }: Loop): {
  readonly sites: readonly LoopSite[];
  readonly hazards: readonly SendHazard[];
} {
  const { fn, call, flags } = shape.transmit;
  const isIgnored = library
    .mentioning('SIGPIPE')
    .some((doc) => /\bSIGPIPE\b/.test(doc.text) && /\bSIG_IGN\b|\bsigignore\b/.test(doc.text));
  if (!/\bMSG_NOSIGNAL\b/.test(flags) || isIgnored) return { sites: [], hazards: [] };
  const mains = library.functionsNamed('main').filter((each) => each.body !== undefined);
  const main = mains.find((each) => each.doc === fn.doc) ?? (mains.length === 1 ? mains[0] : undefined);
  const first =
    main?.body === undefined ? undefined : parts(main.body).find((each) => each.type !== 'declaration');
  if (main === undefined || first === undefined) {
    const detail = 'MSG_NOSIGNAL has no like in evbuffer_write, and nothing here ignores SIGPIPE';
    return {
      sites: [],
      hazards: [{ kind: 'unknown-flow', range: rangeOf(fn.doc, call), detail, related: [] }],
    };
  }
  const { doc } = main;
  const edits = [insertBefore(doc, first, ['signal(SIGPIPE, SIG_IGN);'])];
  const include = /^[ \t]*#[ \t]*include[ \t]*<(?:std\w+|string|unistd)\.h>[^\n]*$/m.exec(doc.text);
  if (!/#[ \t]*include[ \t]*<signal\.h>/.test(doc.text) && include !== null)
    edits.unshift({
      file: doc.file,
      start: include.index,
      end: include.index,
      text: `#include <signal.h>${lineEnd(doc)}`,
    });
  return { sites: [siteAt(doc, main.nameNode, 'machinery', 'SIGPIPE in main', edits)], hazards: [] };
}
