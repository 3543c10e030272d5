// The one worklist that follows a value from its roots through aliases, casts, calls and overrides, and what has to
// hold for all of those places to become read-only together. Language-free: it only asks a program to look.
import type { Program } from './language.ts';
import type { Flow, Place, PlaceFacts, Write } from './place.ts';
import type { SlotParameter } from './slot.ts';
import type { TextEdit, TextRange } from './text.ts';

/** A place that a value reaches, and the step that led there first. */
export interface Reached {
  readonly place: Place;
  readonly facts: PlaceFacts;
  /** Undefined for a root. */
  readonly from: Place | undefined;
  readonly step: Flow | undefined;
}

/** Everything reached, by place id, in the order of discovery. */
export type FlowGraph = ReadonlyMap<string, Reached>;

/** Follows values from the roots until nothing new is reached. `cut` places are reached but not followed. */
export function follow(
  roots: readonly Place[],
  look: (place: Place) => PlaceFacts,
  cut: ReadonlySet<string> = new Set(),
): FlowGraph {
  const graph = new Map<string, Reached>();
  const queue: Omit<Reached, 'facts'>[] = roots.map((place) => ({ place, from: undefined, step: undefined }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (graph.has(next.place.id)) continue;
    const facts = look(next.place);
    graph.set(next.place.id, { ...next, facts });
    const { place } = next;
    for (const step of facts.peers) queue.push({ place: step.to, from: place, step });
    if (cut.has(place.id)) continue;
    for (const step of facts.flows) queue.push({ place: step.to, from: place, step });
  }
  return graph;
}

/** The steps from a root to a place, root first. */
export function pathTo(graph: FlowGraph, place: Place): readonly Reached[] {
  const path: Reached[] = [];
  for (
    let at = graph.get(place.id);
    at !== undefined;
    at = at.from === undefined ? undefined : graph.get(at.from.id)
  )
    path.unshift(at);
  return path;
}

/** Something that keeps a place from becoming read-only. */
export interface Obstacle {
  readonly place: Place;
  readonly range: TextRange;
  readonly reason: string;
}

/** A place that becomes read-only, with the edits that spell it. */
export interface PlannedPlace {
  readonly place: Place;
  readonly edits: readonly TextEdit[];
  /** The function keeps writing, to a local copy of its own. */
  readonly copies: boolean;
}

/** What it takes to make a value read-only from its roots on. */
export interface ReadOnlyPlan {
  readonly graph: FlowGraph;
  readonly planned: readonly PlannedPlace[];
  /** Reached and read-only already, or without a spelled type. */
  readonly fine: readonly Place[];
  readonly obstacles: readonly Obstacle[];
  /** Mutable places that stay as they are because an obstacle lies behind them. */
  readonly held: readonly Place[];
}

/** Plans the change for roots that share one contract parameter. A mutable place behind which lies an obstacle is held, with everything that leads to it. */
export function planReadOnly(program: Program, roots: readonly Place[], like: SlotParameter): ReadOnlyPlan {
  const look = (place: Place): PlaceFacts => program.look(place);
  const { copies, refusals } = localCopies(program, roots, like, look);
  const graph = follow(roots, look, new Set(copies.keys()));
  // Behind places that are read-only already the compiler has agreed to every escape.
  const changing = follow(
    [...graph.values()].map(({ place }) => place).filter(({ access }) => access === 'mutable'),
    look,
    new Set(copies.keys()),
  );
  const obstacles: Obstacle[] = [];
  const spelled = new Map<string, readonly TextEdit[]>();
  for (const { place, facts } of graph.values()) {
    const copy = copies.get(place.id);
    if (copy !== undefined) {
      spelled.set(place.id, copy);
      continue;
    }
    const [write, ...others] = facts.writes;
    if (write !== undefined) {
      const more =
        others.length === 0
          ? ''
          : `, and in ${others.length} more place${others.length === 1 ? '' : 's'} here`;
      const refusal = refusals.get(write);
      const reason = `it is written to: ${write.how}${more}`;
      obstacles.push({
        place,
        range: write.range,
        reason: refusal === undefined ? reason : `${reason}; no local copy, because ${refusal}`,
      });
    }
    for (const escaped of changing.has(place.id) ? facts.escapes : [])
      obstacles.push({ place, range: escaped.range, reason: escaped.reason });
    const spelling = program.spellReadOnly(place, like);
    if ('cannot' in spelling) obstacles.push({ place, range: place.range, reason: spelling.cannot });
    else spelled.set(place.id, spelling.edits);
  }
  const blocked = leadingTo(
    graph,
    obstacles.map((obstacle) => obstacle.place),
    new Set(copies.keys()),
  );
  const places = [...graph.values()].map((reached) => reached.place);
  const needed = new Set(
    follow(
      roots.filter((root) => !blocked.has(root.id)),
      look,
      new Set(copies.keys()),
    ).keys(),
  );
  const planned = places.flatMap((place): readonly PlannedPlace[] => {
    const edits = spelled.get(place.id) ?? [];
    if (blocked.has(place.id) || !needed.has(place.id) || edits.length === 0) return [];
    return [{ place, edits, copies: copies.has(place.id) }];
  });
  const changed = new Set(planned.map((one) => one.place.id));
  return {
    graph,
    planned,
    fine: places.filter((place) => place.access !== 'mutable' && !changed.has(place.id)),
    obstacles,
    held: places.filter((place) => place.access === 'mutable' && !changed.has(place.id)),
  };
}

interface Copies {
  /** Edits by the id of the root that keeps a copy. */
  readonly copies: ReadonlyMap<string, readonly TextEdit[]>;
  /** Why a write could not be moved to a copy. */
  readonly refusals: ReadonlyMap<Write, string>;
}

// A root whose own function writes, and nothing behind it does, can go on writing to a copy.
function localCopies(
  program: Program,
  roots: readonly Place[],
  like: SlotParameter,
  look: (place: Place) => PlaceFacts,
): Copies {
  const copies = new Map<string, readonly TextEdit[]>();
  const refusals = new Map<Write, string>();
  for (const root of withPeers(roots, look)) {
    const writes = ownWrites(root, look);
    if (writes.length === 0) continue;
    const spelling = program.spellCopy(root, like, writes);
    if ('edits' in spelling) copies.set(root.id, spelling.edits);
    else for (const write of writes) refusals.set(write, spelling.cannot);
  }
  return { copies, refusals };
}

function withPeers(roots: readonly Place[], look: (place: Place) => PlaceFacts): readonly Place[] {
  const known = new Map(roots.map((root) => [root.id, root]));
  for (const root of known.values()) for (const peer of look(root).peers) known.set(peer.to.id, peer.to);
  return [...known.values()];
}

// Writes in the root's own function: directly, or through local aliases and casts.
function ownWrites(root: Place, look: (place: Place) => PlaceFacts): readonly Write[] {
  const local = follow([root], (place) => {
    const facts = look(place);
    return {
      ...facts,
      peers: [],
      flows: facts.flows.filter((flow) => /^(?:local|cast|pattern)$/.test(flow.to.kind)),
    };
  });
  return [...local.values()].flatMap((reached) => reached.facts.writes);
}

// Every place from which one of the targets is reached: it cannot change without them.
function leadingTo(
  graph: FlowGraph,
  targets: readonly Place[],
  cut: ReadonlySet<string>,
): ReadonlySet<string> {
  const sources = new Map<string, string[]>();
  for (const { place, facts } of graph.values()) {
    const steps = cut.has(place.id) ? facts.peers : [...facts.peers, ...facts.flows];
    for (const step of steps) sources.set(step.to.id, [...(sources.get(step.to.id) ?? []), place.id]);
  }
  const blocked = new Set<string>();
  const queue = targets.map((place) => place.id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (blocked.has(id)) continue;
    blocked.add(id);
    queue.push(...(sources.get(id) ?? []));
  }
  return blocked;
}
