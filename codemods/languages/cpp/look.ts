// What happens to a pointer or reference at one place: stores through it, and the places it goes on to.
import type { Flow, Place, PlaceFacts } from '../../facts/place.ts';
import { addressTaken } from './address-taken.ts';
import type { Binding, SlotNames } from './bindings.ts';
import { resolveCallee } from './callees.ts';
import { climb } from './climb.ts';
import { enclosing, occurrences, rangeOf, textOf } from './document.ts';
import type { CppFunction } from './function-facts.ts';
import type { Library } from './library.ts';
import { peersOf } from './peers.ts';
import type { Places } from './places.ts';
import type { CppVariable } from './scope.ts';
import { type Findings, isReference, type Mode, nameIn, type Trace } from './trace.ts';
import { traceUses } from './uses.ts';

/** `look` of a program: answers are remembered per place. */
export function createLook(
  library: Library,
  places: Places,
  names: SlotNames,
  bindings: readonly Binding[],
): (place: Place) => PlaceFacts {
  const known = new Map<string, PlaceFacts>();
  return (place) => {
    const hit = known.get(place.id);
    if (hit !== undefined) return hit;
    const facts = lookAt(library, places, names, bindings, place);
    known.set(place.id, facts);
    return facts;
  };
}

function lookAt(
  library: Library,
  places: Places,
  names: SlotNames,
  bindings: readonly Binding[],
  place: Place,
): PlaceFacts {
  const spot = places.spot(place);
  const found: Findings = { writes: [], flows: [], escapes: [] };
  const trace: Trace = { library, places, names, doc: spot.doc, found, climb };
  let peers: readonly Flow[] = [];
  if (spot.kind === 'parameter') {
    peers = peersOf(library, places, spot.fn, spot.index);
    addressTaken(trace, bindings, spot.fn, spot.index);
    if (spot.fn.body !== undefined)
      traceUses(
        trace,
        spot.parameter.nameNode,
        spot.fn.node,
        isReference(spot.parameter.spelling) ? 'object' : 'pointer',
      );
    else if (!peers.some((peer) => hasBody(places, peer.to)) && spot.fn.node.type !== 'lambda_expression')
      noBody(trace, spot.fn, place);
  } else if (spot.kind === 'local') {
    const scope =
      enclosing(spot.variable.node, 'function_definition', 'lambda_expression', 'translation_unit') ??
      spot.doc.root;
    const declared = spot.doc.text.slice(
      spot.variable.node.childForFieldName('type')?.endIndex ?? spot.variable.node.startIndex,
      spot.variable.nameNode.startIndex,
    );
    traceUses(trace, spot.variable.nameNode, scope, /&/.test(declared) ? 'object' : 'pointer');
    peers = siblings(trace, spot.variable);
  } else if (spot.kind === 'cast')
    climb(trace, spot.node, /&\s*$/.test(textOf(spot.doc, spot.type)) ? 'object' : 'pointer');
  else if (spot.kind === 'return') {
    peers = peersOf(library, places, spot.fn, 'return');
    traceCalls(trace, spot.fn);
  }
  return { ...found, peers };
}

function noBody(trace: Trace, fn: CppFunction, place: Place): void {
  const pure = /=\s*0\s*;?\s*$/.test(textOf(fn.doc, fn.node));
  if (!pure)
    trace.found.escapes.push({
      range: place.range,
      reason: `${fn.qualified} is declared here, but its definition is not in this tree`,
    });
}

function hasBody(places: Places, place: Place): boolean {
  const spot = places.spot(place);
  return (spot.kind === 'parameter' || spot.kind === 'return') && spot.fn.body !== undefined;
}

// Variables of one declaration share its type: they change together or not at all.
function siblings(trace: Trace, variable: CppVariable): readonly Flow[] {
  return variable.node.childrenForFieldName('declarator').flatMap((declarator): readonly Flow[] => {
    const name = declarator === null ? undefined : nameIn(declarator);
    if (name === undefined || name.id === variable.nameNode.id) return [];
    const value = declarator?.childForFieldName('value') ?? undefined;
    const other: CppVariable = {
      name: textOf(trace.doc, name),
      nameNode: name,
      node: variable.node,
      initialiser: value,
    };
    return [{ to: trace.places.local(trace.doc, other), at: rangeOf(trace.doc, name), how: 'declaration' }];
  });
}

function traceCalls(trace: Trace, fn: CppFunction): void {
  const mode: Mode = isReference(fn.returns) ? 'object' : 'pointer';
  for (const doc of trace.library.mentioning(fn.name)) {
    for (const node of occurrences(doc, fn.name)) {
      const call = enclosing(node, 'call_expression', 'argument_list', 'compound_statement');
      const callee = call?.type === 'call_expression' ? call.childForFieldName('function') : null;
      if (call === undefined || callee === null || callee === undefined || node.endIndex !== callee.endIndex)
        continue;
      const resolved = resolveCallee(trace.library, doc, call, 0);
      const reaches =
        resolved.kind === 'functions' && resolved.functions.some((candidate) => candidate.owner === fn.owner);
      if (reaches) climb({ ...trace, doc }, call, mode);
    }
  }
}
