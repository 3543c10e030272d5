// One look at a place: what the tracer finds, as facts with places.
import { ts } from 'ts-morph';
import type { Escape, Flow, Place, PlaceFacts, Write } from '../../facts/place.ts';
import { findPeers } from './peers.ts';
import type { PlaceRegistry } from './place-registry.ts';
import { rangeOf } from './ranges.ts';
import type { Session } from './session.ts';
import type { Sink } from './traced-value.ts';
import { trace } from './value-trace.ts';

const NOTHING: PlaceFacts = { writes: [], flows: [], escapes: [], peers: [] };

/** Looks at a place that the registry gave out. */
export function lookAt(session: Session, places: PlaceRegistry, place: Place): PlaceFacts {
  const record = places.record(place.id);
  if (record === undefined) return NOTHING;
  const { node, target, wrappings, since } = record;
  const writes = new Map<string, Write>();
  const escapes = new Map<string, Escape>();
  const flows = new Map<string, Flow>();
  const key = (at: ts.Node, more: string): string =>
    `${at.getSourceFile().fileName}:${at.pos}:${at.end}:${more}`;
  const sink: Sink = {
    write: (at, how) => void writes.set(key(at, how), { range: rangeOf(session.name, at), how }),
    escape: (at, reason) => void escapes.set(key(at, reason), { range: rangeOf(session.name, at), reason }),
    flow: (spot, at, how) => {
      const to = places.at(spot.kind, spot.node, spot.value.target, spot.value.wrappings, spot.since);
      if (to.id !== place.id) flows.set(key(at, to.id), { to, at: rangeOf(session.name, at), how });
    },
  };
  // Peers first: finding them may bring in files, and a checker's answers must not be mixed with the next one's.
  const peers = ts.isParameter(node)
    ? findPeers(session, node).map(
        (peer): Flow => ({
          to: places.at('parameter', peer.node, target, wrappings),
          at: rangeOf(session.name, peer.node),
          how: peer.how,
        }),
      )
    : [];
  trace(
    session,
    { kind: place.kind, node, value: { target, wrappings }, ...(since === undefined ? {} : { since }) },
    sink,
  );
  return { writes: [...writes.values()], flows: [...flows.values()], escapes: [...escapes.values()], peers };
}
