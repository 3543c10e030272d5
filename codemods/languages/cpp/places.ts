// Gives every place one identity and remembers the nodes behind it; facts carry the plain data only.
import type { Place } from '../../facts/place.ts';
import { resolveAlias } from './compare.ts';
import { type Document, enclosing, type Node, rangeOf, textOf } from './document.ts';
import { variableType } from './expression-type.ts';
import type { CppFunction, CppParameter } from './function-facts.ts';
import type { Library } from './library.ts';
import { type CppVariable, functionOf } from './scope.ts';
import { isIndirect, parseTypeName, spelled, type TypeName } from './type-name.ts';

/** What a place stands for in the syntax tree. */
export type Spot =
  | {
      readonly kind: 'parameter';
      readonly doc: Document;
      readonly fn: CppFunction;
      readonly index: number;
      readonly parameter: CppParameter;
    }
  | { readonly kind: 'slot'; readonly doc: Document; readonly parameter: CppParameter }
  | { readonly kind: 'local'; readonly doc: Document; readonly variable: CppVariable }
  | { readonly kind: 'cast'; readonly doc: Document; readonly node: Node; readonly type: Node }
  | { readonly kind: 'return'; readonly doc: Document; readonly fn: CppFunction };

/** The registry of the places of one program. */
export interface Places {
  parameter(fn: CppFunction, index: number): Place | undefined;
  slotParameter(doc: Document, slot: string, parameter: CppParameter): Place;
  local(doc: Document, variable: CppVariable): Place;
  cast(doc: Document, node: Node, type: Node): Place;
  returned(fn: CppFunction): Place;
  /** @throws TypeError for a place of another program. */
  spot(place: Place): Spot;
}

/** An empty registry. */
export function createPlaces(library: Library): Places {
  const places = new Map<string, { readonly place: Place; readonly spot: Spot }>();
  const keep = (spot: Spot, node: Node, name: string, type: string, access: Place['access']): Place => {
    const id = `${spot.doc.file}:${node.startIndex}:${spot.kind}`;
    const known = places.get(id);
    if (known !== undefined) return known.place;
    const place: Place = { id, kind: spot.kind, name, range: rangeOf(spot.doc, node), access, type };
    places.set(id, { place, spot });
    return place;
  };
  const accessOf = (type: TypeName, templateNames?: ReadonlySet<string>): Place['access'] => {
    if (templateNames?.has(type.base) === true || /\bauto\b/.test(type.base))
      return type.baseConst ? 'read-only' : 'inferred';
    const resolved = isIndirect(type) ? type : resolveAlias(library, type);
    if (!isIndirect(resolved)) return 'inferred';
    return resolved.baseConst ? 'read-only' : 'mutable';
  };
  return {
    parameter: (fn, index) => {
      const parameter = fn.parameters[index];
      if (parameter === undefined) return undefined;
      const name = `${parameter.name ?? `parameter ${index + 1}`} of ${fn.qualified}`;
      return keep(
        { kind: 'parameter', doc: fn.doc, fn, index, parameter },
        parameter.node,
        name,
        parameter.spelling,
        accessOf(parameter.type, fn.templateNames),
      );
    },
    slotParameter: (doc, slot, parameter) =>
      keep(
        { kind: 'slot', doc, parameter },
        parameter.node,
        `${parameter.name ?? 'parameter'} of the slot ${slot}`,
        parameter.spelling,
        accessOf(parameter.type),
      ),
    local: (doc, variable) => {
      const type = variable.node.childForFieldName('type');
      const spelling =
        type === null ? '' : spelled(doc.text.slice(variable.node.startIndex, variable.nameNode.startIndex));
      const auto = type !== null && /\bauto\b/.test(textOf(doc, type));
      const known = auto ? undefined : variableType(library, doc, variable);
      const access =
        known === undefined ? 'inferred' : accessOf(known.type, templateNamesAt(doc, variable.node));
      // Several variables of one declaration share the type: the name tells them apart.
      const several = variable.node.childrenForFieldName('declarator').length > 1;
      const at = variable.node.type === 'declaration' ? (type ?? variable.node) : variable.node;
      return keep(
        { kind: 'local', doc, variable },
        several ? variable.nameNode : at,
        variable.name,
        spelling,
        access,
      );
    },
    cast: (doc, node, type) =>
      keep(
        { kind: 'cast', doc, node, type },
        type,
        `the cast to ${spelled(textOf(doc, type))}`,
        spelled(textOf(doc, type)),
        accessOf(parseTypeName(textOf(doc, type)), templateNamesAt(doc, node)),
      ),
    returned: (fn) =>
      keep(
        { kind: 'return', doc: fn.doc, fn },
        fn.node.childForFieldName('type') ?? fn.nameNode,
        `the return type of ${fn.qualified}`,
        fn.returns,
        accessOf(parseTypeName(fn.returns), fn.templateNames),
      ),
    spot: (place) => {
      const known = places.get(place.id);
      if (known === undefined) throw new TypeError(`${place.id} is no place of this program`);
      return known.spot;
    },
  };
}

function templateNamesAt(doc: Document, node: Node): ReadonlySet<string> | undefined {
  const definition = enclosing(node, 'function_definition');
  return definition === undefined ? undefined : functionOf(doc, definition)?.templateNames;
}
