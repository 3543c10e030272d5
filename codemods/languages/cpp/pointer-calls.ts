// What a function pointer that is no slot of the contract takes: a member of some struct, or a variable.
import { functionPointer } from './contract-reader.ts';
import { type Document, type Node, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import { readParameters } from './function-facts.ts';
import type { Library } from './library.ts';
import { classBehind, fieldOf } from './lineage.ts';
import { resolveVariable } from './scope.ts';
import { isReadOnly } from './type-name.ts';

interface PointerDeclaration {
  readonly doc: Document;
  readonly parameters: Node;
}

/** The function pointer declares that parameter const. */
export function pointerTakesReadOnly(library: Library, doc: Document, callee: Node, index: number): boolean {
  const found =
    callee.type === 'identifier' ? variablePointer(doc, callee) : memberPointer(library, doc, callee);
  const parameter = found === undefined ? undefined : readParameters(found.doc, found.parameters)[index];
  return parameter !== undefined && isReadOnly(parameter.type);
}

function declaredPointer(doc: Document | undefined, node: Node): PointerDeclaration | undefined {
  const declarator = node
    .childrenForFieldName('declarator')
    .map((child) =>
      child === null
        ? undefined
        : functionPointer(
            child.type === 'init_declarator' ? (child.childForFieldName('declarator') ?? child) : child,
          ),
    )
    .find((pointer) => pointer !== undefined);
  return doc === undefined || declarator === undefined
    ? undefined
    : { doc, parameters: declarator.parameters };
}

function variablePointer(doc: Document, callee: Node): PointerDeclaration | undefined {
  const variable = resolveVariable(doc, callee);
  return variable === undefined ? undefined : declaredPointer(doc, variable.node);
}

function memberPointer(library: Library, doc: Document, callee: Node): PointerDeclaration | undefined {
  const object = callee.type === 'field_expression' ? callee.childForFieldName('argument') : null;
  const name = callee.type === 'field_expression' ? callee.childForFieldName('field') : null;
  const holder = object === null ? undefined : typeOf(library, doc, object);
  const field =
    name === null || holder === undefined
      ? undefined
      : fieldOf(library, classBehind(library, holder.type), textOf(doc, name));
  return field === undefined
    ? undefined
    : declaredPointer(
        library.parsed().find((parsed) => parsed.tree === field.node.tree),
        field.node,
      );
}
