// Spells `const` for one place: a parameter, a local, a cast target, a return type.
import type { Place, Spelling } from '../../facts/place.ts';
import type { TextEdit } from '../../facts/text.ts';
import { type Document, type Node, parts, textOf } from './document.ts';
import { isBroken } from './health.ts';
import type { Places } from './places.ts';
import type { CppVariable } from './scope.ts';
import { isIndirect, parseTypeName, sameShape } from './type-name.ts';

/** Edits that make a place read-only; none when it is already, or when its type is inferred. */
export function spellReadOnly(places: Places, place: Place): Spelling {
  if (place.access !== 'mutable') return { edits: [] };
  const spot = places.spot(place);
  switch (spot.kind) {
    case 'parameter':
    case 'slot':
      return insertConst(
        spot.doc,
        spot.parameter.node,
        spot.parameter.type.levels.length > 0,
        spot.parameter.spelling,
      );
    case 'local':
      return spellLocal(spot.doc, spot.variable);
    case 'cast':
      return insertConst(
        spot.doc,
        spot.type,
        isIndirect(parseTypeName(textOf(spot.doc, spot.type))),
        place.type,
      );
    case 'return':
      return insertConst(spot.doc, spot.fn.node, isIndirect(parseTypeName(spot.fn.returns)), spot.fn.returns);
  }
}

// `const` goes before the type, or after it where the type is followed by a `const` of its own level.
function insertConst(doc: Document, holder: Node, indirect: boolean, spelling: string): Spelling {
  const type = holder.childForFieldName('type') ?? parts(holder)[0];
  if (!indirect) return { cannot: `${spelling} hides the pointer behind a typedef` };
  if (type === undefined || isBroken(holder)) return { cannot: 'the declaration did not parse' };
  return { edits: [constBefore(doc, type)] };
}

function constBefore(doc: Document, type: Node): TextEdit {
  return { file: doc.file, start: type.startIndex, end: type.startIndex, text: 'const ' };
}

function spellLocal(doc: Document, variable: CppVariable): Spelling {
  const type = variable.node.childForFieldName('type');
  if (type === null || isBroken(variable.node)) return { cannot: 'the declaration did not parse' };
  const several = variable.node.childrenForFieldName('declarator').length > 1;
  const shape = doc.text.slice(type.startIndex, variable.nameNode.startIndex);
  if (!/[*&]/.test(shape)) return { cannot: `${textOf(doc, type)} hides the pointer behind a typedef` };
  // The cast names the type already: say it once.
  if (
    !several &&
    !doc.isC &&
    variable.initialiser !== undefined &&
    castsTo(doc, variable.initialiser, shape)
  ) {
    return { edits: [{ file: doc.file, start: type.startIndex, end: type.endIndex, text: 'const auto' }] };
  }
  return { edits: [constBefore(doc, type)] };
}

function castsTo(doc: Document, initialiser: Node, shape: string): boolean {
  let target: string | undefined;
  if (initialiser.type === 'cast_expression')
    target = textOf(doc, initialiser.childForFieldName('type') ?? initialiser);
  else if (/^(?:reinterpret|static|dynamic)_cast\b/.test(textOf(doc, initialiser))) {
    const list = initialiser.childForFieldName('function')?.childForFieldName('arguments');
    target = list === null || list === undefined ? undefined : textOf(doc, list).replace(/^<|>$/g, '');
  }
  return target !== undefined && sameShape(parseTypeName(target), parseTypeName(shape));
}
