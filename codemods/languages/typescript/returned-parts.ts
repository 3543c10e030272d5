// Which parts of an argument a function gives back, so that a call's result is followed at that call and at no other.
import type { ts } from 'ts-morph';
import type { Sink, Spot, TracedValue } from './traced-value.ts';

const busy = new Set<ts.Node>();

/** The returned value for every way in which the value that starts at a parameter of `fn` comes back. */
export function returnedParts(
  fn: ts.SignatureDeclaration,
  start: Spot,
  trace: (spot: Spot, sink: Sink) => void,
): readonly TracedValue[] {
  const body = (fn as { body?: ts.Node }).body;
  if (body === undefined || busy.has(start.node)) return [];
  busy.add(start.node);
  try {
    return searchReturns(fn, start, trace);
  } finally {
    busy.delete(start.node);
  }
}

function searchReturns(
  fn: ts.SignatureDeclaration,
  start: Spot,
  trace: (spot: Spot, sink: Sink) => void,
): readonly TracedValue[] {
  const parts: TracedValue[] = [];
  const seen = new Set<string>();
  const queue: Spot[] = [start];
  const sink: Sink = {
    write: () => undefined,
    escape: () => undefined,
    flow: (spot, _at, how) => {
      if (how === 'return') {
        if (spot.node === fn) parts.push(spot.value);
        return;
      }
      const isInside =
        spot.node.pos >= fn.pos &&
        spot.node.end <= fn.end &&
        spot.node.getSourceFile() === fn.getSourceFile();
      if (isInside && (spot.kind === 'local' || spot.kind === 'pattern' || spot.kind === 'cast'))
        queue.push(spot);
    },
  };
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const key = `${next.kind}:${next.node.pos}:${next.since?.pos ?? ''}:${JSON.stringify(next.value)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    trace(next, sink);
  }
  return parts;
}
