// Classes, structs, unions and typedefs as their texts spell them: fields, bases, aliases.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from './document.ts';
import { declaredName } from './function-facts.ts';
import { parseTypeName, spelled, type TypeName } from './type-name.ts';

/** A member variable (or a function pointer, which is one). */
export interface CppField {
  readonly name: string;
  readonly nameNode: Node;
  readonly node: Node;
  readonly type: TypeName;
  readonly spelling: string;
  /** An array member decays to a pointer into the object. */
  readonly isArray: boolean;
  /** The anonymous struct or union that is the field's type. */
  readonly inline: CppClass | undefined;
}

/** A class, or an alias of one. */
export interface CppClass {
  readonly doc: Document;
  readonly name: string;
  readonly node: Node;
  readonly bases: readonly string[];
  readonly fields: readonly CppField[];
  /** For a typedef of another name. */
  readonly aliasOf: TypeName | undefined;
}

const CLASSES = ['class_specifier', 'struct_specifier', 'union_specifier'];

/** Definitions and aliases of a name in one document. */
export function classesNamed(doc: Document, name: string): readonly CppClass[] {
  const found: CppClass[] = [];
  for (const node of occurrences(doc, name)) {
    const parent = node.parent;
    if (parent === null) continue;
    if (CLASSES.includes(parent.type) && parent.childForFieldName('name')?.id === node.id) {
      if (parent.childForFieldName('body') !== null) found.push(readClass(doc, parent, name));
    } else {
      const alias = aliasNamedBy(doc, node, name);
      if (alias !== undefined) found.push(alias);
    }
  }
  return found;
}

function aliasNamedBy(doc: Document, node: Node, name: string): CppClass | undefined {
  const definition = enclosing(
    node,
    'type_definition',
    'alias_declaration',
    'field_declaration_list',
    'compound_statement',
  );
  if (definition === undefined || !/^(type_definition|alias_declaration)$/.test(definition.type))
    return undefined;
  const type = definition.childForFieldName('type');
  if (type === null) return undefined;
  if (definition.type === 'alias_declaration') {
    if (definition.childForFieldName('name')?.id !== node.id) return undefined;
    return { doc, name, node: definition, bases: [], fields: [], aliasOf: parseTypeName(textOf(doc, type)) };
  }
  const declarator = definition
    .childrenForFieldName('declarator')
    .find(
      (child) => child !== null && node.startIndex >= child.startIndex && node.endIndex <= child.endIndex,
    );
  if (declarator === undefined || declarator === null || declaredName(declarator)?.id !== node.id)
    return undefined;
  if (CLASSES.includes(type.type) && type.childForFieldName('body') !== null)
    return readClass(doc, type, name);
  const spelling = `${textOf(doc, type)} ${doc.text.slice(declarator.startIndex, node.startIndex)}${doc.text.slice(node.endIndex, declarator.endIndex)}`;
  const aliasOf = parseTypeName(
    `${doc.text.slice(definition.startIndex, type.startIndex).replace('typedef', '')} ${spelling}`,
  );
  return { doc, name, node: definition, bases: [], fields: [], aliasOf };
}

/** The facts of one class_specifier, struct_specifier or union_specifier with a body. */
export function readClass(doc: Document, node: Node, name: string): CppClass {
  const body = node.childForFieldName('body');
  return {
    doc,
    name,
    node,
    bases: baseNames(doc, node),
    fields: body === null ? [] : readFields(doc, body),
    aliasOf: undefined,
  };
}

/** Names of the direct bases, without namespace and template arguments. */
export function baseNames(doc: Document, node: Node): readonly string[] {
  const clause = parts(node).find((child) => child.type === 'base_class_clause');
  if (clause === undefined) return [];
  return parts(clause)
    .filter((child) => child.type !== 'access_specifier')
    .map((child) =>
      textOf(doc, child)
        .replace(/<[\s\S]*$/, '')
        .replace(/^.*::/, '')
        .trim(),
    );
}

function readFields(doc: Document, body: Node): readonly CppField[] {
  return parts(body).flatMap((child) => {
    if (/^preproc_/.test(child.type)) return readFields(doc, child);
    return child.type === 'field_declaration' ? readField(doc, child) : [];
  });
}

function readField(doc: Document, node: Node): readonly CppField[] {
  const type = node.childForFieldName('type');
  if (type === null) return [];
  const inlineBody = CLASSES.includes(type.type) ? type.childForFieldName('body') : null;
  const inline = inlineBody === null ? undefined : readClass(doc, type, '');
  const declarators = node
    .childrenForFieldName('declarator')
    .filter((child): child is Node => child !== null);
  // The members of an anonymous union are the members of what holds it.
  if (declarators.length === 0) return inline?.fields ?? [];
  return declarators.flatMap((declarator) => {
    const nameNode = declaredName(declarator);
    if (nameNode === undefined) return [];
    const head =
      inline === undefined
        ? doc.text.slice(node.startIndex, Math.max(type.endIndex, declarators[0]?.startIndex ?? 0))
        : '';
    const around = `${doc.text.slice(declarator.startIndex, nameNode.startIndex)} ${doc.text.slice(nameNode.endIndex, declarator.endIndex)}`;
    return [
      {
        name: textOf(doc, nameNode),
        nameNode,
        node,
        type: parseTypeName(`${head} ${around.replace(/\[[^\]]*\]/g, '')}`),
        spelling: spelled(`${head} ${around}`),
        isArray: /\[/.test(around),
        inline,
      },
    ];
  });
}

/** Classes of one document that name `base` as a direct base. */
export function derivedClasses(doc: Document, base: string): readonly CppClass[] {
  const found: CppClass[] = [];
  for (const node of occurrences(doc, base)) {
    const clause = enclosing(node, 'base_class_clause', 'template_argument_list', 'compound_statement');
    if (clause?.type !== 'base_class_clause' || clause.parent === null) continue;
    const name = clause.parent.childForFieldName('name');
    if (name !== null)
      found.push(
        readClass(
          doc,
          clause.parent,
          textOf(doc, name)
            .replace(/<[\s\S]*$/, '')
            .trim(),
        ),
      );
  }
  return found;
}
