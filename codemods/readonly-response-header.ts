// Codemod 1: what the contract made read-only becomes read-only in every implementation, transitively. Policy only.
import type { Codemod, CodemodInput, Verdict } from './facts/codemod.ts';
import type { Finding, Related } from './facts/finding.ts';
import {
  type FlowGraph,
  type Obstacle,
  type PlannedPlace,
  pathTo,
  planReadOnly,
  type ReadOnlyPlan,
} from './facts/flow.ts';
import type { Implementation, UnresolvedBinding } from './facts/implementation.ts';
import type { Place } from './facts/place.ts';
import { type ReadOnlyChange, slotKey } from './facts/slot.ts';
import { compareRanges } from './facts/text.ts';

const ID = 'readonly-response-header';

/** Rewrites implementations of a slot whose parameter became read-only, and everything that parameter flows to. */
export const readonlyResponseHeader: Codemod = {
  id: ID,
  about: 'slots',
  summary: 'take the response header (or whatever the contract made read-only) as read-only, transitively',
  explanation: `What became read-only is read from the difference of two contracts (--from, --to). In every implementation of such
a slot the parameter is spelled read-only, and so is every place it flows to: declarations and definitions, base methods
and overrides, local aliases, cast targets, and the parameters of functions it is passed to.

  before   static ENGINE_ERROR_CODE handler(ENGINE_HANDLE* h, const void* cookie, protocol_binary_response_header* response)
  after    static ENGINE_ERROR_CODE handler(ENGINE_HANDLE* h, const void* cookie, const protocol_binary_response_header* response)

  before   responseHandler(handle: EngineHandle, cookie: Cookie, response: ProtocolBinaryResponseHeader)
  after    responseHandler(handle: EngineHandle, cookie: Cookie, response: DeepReadonly<ProtocolBinaryResponseHeader>)

Where the header is written to in the implementation itself and read afterwards, the function gets a local mutable copy.
A write that only the caller could see, a write in a function that the header is passed to, a field that keeps it, a
function or macro that is not in the tree: those are left for review, with the reason and the path the header took.
Nothing is edited on that path.`,
  decide,
};

function decide({ program, changes }: CodemodInput): Verdict {
  const unresolved = program
    .unresolved()
    .flatMap((binding) =>
      changes
        .filter((change) => slotKey(change.slot) === slotKey(binding.slot))
        .map((change) => unresolvedFinding(binding, change)),
    );
  const implementations = program.implementations();
  const plans = changes.map((change) => {
    const roots = implementations
      .filter((implementation) => implementation.confidence === 'certain')
      .flatMap((implementation) => rootOf(implementation, change));
    return { change, plan: planReadOnly(program, roots, change.to) };
  });
  const edited = new Map<string, Finding>();
  const review = new Map<string, Finding>();
  const places = new Map<string, 'edited' | 'fine' | 'review'>();
  for (const { change, plan } of plans) {
    for (const planned of plan.planned)
      edited.set(planned.place.id, plannedFinding(plan.graph, planned, change));
    for (const obstacle of plan.obstacles)
      review.set(
        `${obstacle.range.file}:${obstacle.range.start}:${obstacle.reason}`,
        obstacleFinding(plan.graph, obstacle, change),
      );
    tally(places, plan);
  }
  const unplanned = [
    ...doubtful(implementations, changes),
    ...departed(implementations, changes),
    ...unresolved,
  ];
  for (const finding of unplanned) {
    const key = `${finding.range.file}:${finding.range.start}:${finding.reason}`;
    review.set(key, finding);
    places.set(key, 'review');
  }
  const states = [...places.values()];
  const count = (state: string): number => states.filter((candidate) => candidate === state).length;
  return {
    findings: [...edited.values(), ...review.values()].sort((a, b) => compareRanges(a.range, b.range)),
    sites: { found: states.length, edited: count('edited'), fine: count('fine'), review: count('review') },
  };
}

// One site is one place: held by one plan, it is for review even where another plan would leave it be.
function tally(places: Map<string, 'edited' | 'fine' | 'review'>, plan: ReadOnlyPlan): void {
  for (const place of plan.fine) if (!places.has(place.id)) places.set(place.id, 'fine');
  for (const { place } of plan.planned) places.set(place.id, 'edited');
  for (const place of plan.held) places.set(place.id, 'review');
  for (const { place } of plan.obstacles) places.set(place.id, 'review');
}

// The implementation's place for the changed parameter, unless its signature departs in a way that shifts parameters.
function rootOf(implementation: Implementation, change: ReadOnlyChange): readonly Place[] {
  if (slotKey(implementation.slot) !== slotKey(change.slot)) return [];
  const place = implementation.parameters[change.parameter];
  if (place === undefined) return [];
  const here = implementation.mismatches.filter((mismatch) => mismatch.parameter === change.parameter);
  const mutable = here.some((mismatch) => mismatch.kind === 'mutable-parameter');
  const shifted = implementation.mismatches.some((mismatch) =>
    /^(?:fewer|extra-required|swapped)-parameters?$/.test(mismatch.kind),
  );
  return mutable || (here.length === 0 && !shifted) ? [place] : [];
}

function plannedFinding(
  graph: FlowGraph,
  { place, edits, copies }: PlannedPlace,
  change: ReadOnlyChange,
): Finding {
  const message = copies
    ? `${place.name} becomes read-only; the function writes to a local copy of its own`
    : `${place.name} becomes read-only`;
  return {
    rule: ID,
    severity: 'error',
    applicability: 'automatic',
    message,
    range: place.range,
    expected: place.type === change.from.type ? change.to.type : `read-only ${place.type}`,
    ...(place.type === '' ? {} : { found: place.type }),
    related: [...pathRelated(graph, place, false), contractRelated(change)],
    edits,
  };
}

function obstacleFinding(
  graph: FlowGraph,
  { place, range, reason }: Obstacle,
  change: ReadOnlyChange,
): Finding {
  return {
    rule: ID,
    severity: 'warning',
    applicability: 'review',
    message: `${place.name} cannot become read-only by itself`,
    reason,
    range,
    expected: change.to.type,
    ...(place.type === '' ? {} : { found: place.type }),
    related: [...pathRelated(graph, place, true), contractRelated(change)],
    edits: [],
  };
}

// The way the value came, root first.
function pathRelated(graph: FlowGraph, place: Place, whole: boolean): readonly Related[] {
  const path = pathTo(graph, place);
  const steps = whole ? path : path.slice(0, -1);
  return steps.map(({ place: passed, step }) => ({
    range:
      step === undefined || step.how === 'declaration' || step.how === 'override' ? passed.range : step.at,
    message: step === undefined ? `it starts here: ${passed.name}` : `${HOW[step.how]} ${passed.name}`,
  }));
}

const HOW = {
  alias: 'it is aliased by',
  cast: 'it goes through',
  argument: 'it is passed to',
  return: 'it is returned through',
  store: 'it is stored in',
  declaration: 'it is declared as',
  override: 'it is overridden by or overrides',
} as const;

function contractRelated({ slot, to }: ReadOnlyChange): Related {
  return { range: to.range, message: `the contract's ${slotKey(slot)} takes ${to.type}` };
}

// Signatures that depart in more than the constness: which parameter is the changed one is no longer certain.
function departed(
  implementations: readonly Implementation[],
  changes: readonly ReadOnlyChange[],
): readonly Finding[] {
  return implementations.flatMap((implementation) =>
    changes.flatMap((change): readonly Finding[] => {
      const isSlot = slotKey(implementation.slot) === slotKey(change.slot);
      const isPlanned = rootOf(implementation, change).length > 0;
      const [first] = implementation.mismatches.filter(({ kind }) => /parameter/.test(kind));
      if (!isSlot || isPlanned || first === undefined || implementation.confidence !== 'certain') return [];
      return [
        {
          rule: ID,
          severity: 'warning',
          applicability: 'review',
          message: `${implementation.implementer}, in slot ${slotKey(change.slot)}, is not rewritten`,
          reason: `its signature departs from the contract in another way, too (${first.kind}): correct that first`,
          range: first.range,
          expected: implementation.slot.signature,
          found: implementation.signature,
          related: [contractRelated(change)],
          edits: [],
        },
      ];
    }),
  );
}

// Matched by name and shape only: said, never edited.
function doubtful(
  implementations: readonly Implementation[],
  changes: readonly ReadOnlyChange[],
): readonly Finding[] {
  return implementations.flatMap((implementation) =>
    changes.flatMap((change): readonly Finding[] => {
      const [root] = rootOf(implementation, change);
      if (implementation.confidence === 'certain' || root === undefined || root.access === 'read-only')
        return [];
      const finding: Finding = {
        rule: ID,
        severity: 'warning',
        applicability: 'review',
        message: `${implementation.implementer} looks like ${slotKey(change.slot)}`,
        reason: 'it is matched by name and shape only; nothing here names the contract',
        range: root.range,
        expected: change.to.type,
        ...(root.type === '' ? {} : { found: root.type }),
        related: [contractRelated(change)],
        edits: [],
      };
      return [finding];
    }),
  );
}

function unresolvedFinding({ slot, text, range }: UnresolvedBinding, change: ReadOnlyChange): Finding {
  return {
    rule: ID,
    severity: 'warning',
    applicability: 'review',
    message: `${text} stands in slot ${slotKey(slot)}`,
    reason: `no declaration of ${text} was found in this tree`,
    range,
    expected: change.to.type,
    related: [contractRelated(change)],
    edits: [],
  };
}
