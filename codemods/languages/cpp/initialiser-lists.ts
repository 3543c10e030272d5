// What an initialiser list initialises: the class of the list, of its elements, and of a designated member.
import type { CppClass, CppField } from './class-facts.ts';
import { type Document, enclosing, type Node, parts, textOf } from './document.ts';
import type { Library } from './library.ts';
import { pointee } from './lineage.ts';

// The class that an initialiser list initialises.
export function listType(library: Library, doc: Document, list: Node): string | undefined {
  const parent = list.parent;
  if (parent === null) return undefined;
  if (parent.type === 'initializer_pair') {
    const designator = parent.childForFieldName('designator');
    const holder = parent.parent === null ? undefined : listType(library, doc, parent.parent);
    if (designator?.type === 'subscript_designator') return holder;
    return holder === undefined || designator === null
      ? undefined
      : memberClass(library, holder, textOf(doc, designator).replace(/^\./, ''));
  }
  if (parent.type === 'initializer_list') {
    const holder = listType(library, doc, parent);
    const cls = holder === undefined ? undefined : definition(library, holder);
    const index = parts(parent).findIndex((child) => child.id === list.id);
    const field = cls?.fields[index];
    return isArrayList(parent) ? holder : field === undefined ? undefined : pointee(field.type);
  }
  const declaration = enclosing(
    list,
    'declaration',
    'compound_literal_expression',
    'field_declaration',
    'return_statement',
  );
  const type = declaration?.childForFieldName('type');
  return type === null || type === undefined ? undefined : typeWord(doc, type);
}

export function isArrayList(list: Node): boolean {
  return (
    list.parent?.type === 'init_declarator' &&
    list.parent.childForFieldName('declarator')?.type === 'array_declarator'
  );
}

function typeWord(doc: Document, type: Node): string {
  const name = type.childForFieldName('name');
  return textOf(doc, name ?? type)
    .replace(/\b(?:struct|const)\b/g, '')
    .replace(/^.*::/, '')
    .trim();
}

export function definition(library: Library, name: string, depth = 0): CppClass | undefined {
  const classes = library.classesNamed(name);
  const own = classes.find((cls) => cls.aliasOf === undefined);
  const alias = classes[0]?.aliasOf;
  return own ?? (alias === undefined || depth > 8 ? undefined : definition(library, alias.base, depth + 1));
}

export function memberClass(library: Library, holder: string, member: string): string | undefined {
  const field: CppField | undefined = definition(library, holder)?.fields.find(
    (candidate) => candidate.name === member,
  );
  return field === undefined ? undefined : pointee(field.type);
}

// `{ {...}, [3] = {...} }`
export function elementLists(list: Node): readonly Node[] {
  return parts(list)
    .map((child) => (child.type === 'initializer_pair' ? child.childForFieldName('value') : child))
    .filter((child): child is Node => child?.type === 'initializer_list');
}
