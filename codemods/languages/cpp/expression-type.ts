// Which type an expression or a variable has, as far as spellings tell.
import type { CppClass, CppField } from './class-facts.ts';
import { type Document, type Node, parts, textOf } from './document.ts';
import type { Library } from './library.ts';
import { classBehind, fieldOf } from './lineage.ts';
import { type CppVariable, enclosingOwner, resolveVariable } from './scope.ts';
import { parseTypeName, type TypeName } from './type-name.ts';

/** An expression's type; `inline` for an anonymous struct or union. */
export interface ExpressionType {
  readonly type: TypeName;
  readonly isArray: boolean;
  readonly inline?: CppClass | undefined;
}

/** The type of an expression; undefined where spellings do not tell. */
export function typeOf(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  switch (node.type) {
    case 'parenthesized_expression':
      return typeOfFirst(library, doc, node);
    case 'this':
      return plain(`${enclosingOwner(doc, node)} *`);
    case 'identifier':
      return typeOfIdentifier(library, doc, node);
    case 'field_expression':
      return typeOfField(library, doc, node);
    case 'subscript_expression':
      return dereferenced(typeOf(library, doc, node.childForFieldName('argument') ?? node));
    case 'pointer_expression':
      return typeOfPointerExpression(library, doc, node);
    case 'cast_expression':
    case 'new_expression':
    case 'compound_literal_expression': {
      const type = node.childForFieldName('type');
      return type === null
        ? undefined
        : plain(`${textOf(doc, type)}${node.type === 'new_expression' ? '*' : ''}`);
    }
    case 'qualified_identifier':
      return typeOfQualified(library, doc, node);
    case 'call_expression':
      return typeOfCall(library, doc, node);
    case 'conditional_expression': {
      const branch = node.childForFieldName('consequence');
      return branch === null ? undefined : typeOf(library, doc, branch);
    }
    default:
      return undefined;
  }
}

function plain(spelling: string): ExpressionType {
  return { type: parseTypeName(spelling), isArray: false };
}

function typeOfFirst(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  const inner = parts(node)[0];
  return inner === undefined ? undefined : typeOf(library, doc, inner);
}

function typeOfIdentifier(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  const variable = resolveVariable(doc, node);
  if (variable !== undefined) return variableType(library, doc, variable);
  const owner = enclosingOwner(doc, node);
  const field = owner === '' ? undefined : fieldOf(library, owner, textOf(doc, node));
  return field === undefined ? undefined : fieldType(field);
}

function fieldType(field: CppField): ExpressionType {
  return { type: field.type, isArray: field.isArray, inline: field.inline };
}

function typeOfField(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  const object = node.childForFieldName('argument');
  const name = node.childForFieldName('field');
  if (object === null || name === null) return undefined;
  const holder = typeOf(library, doc, object);
  if (holder === undefined) return undefined;
  const field =
    holder.inline === undefined
      ? fieldOf(library, classBehind(library, holder.type), textOf(doc, name))
      : holder.inline.fields.find((candidate) => candidate.name === textOf(doc, name));
  return field === undefined ? undefined : fieldType(field);
}

function dereferenced(type: ExpressionType | undefined): ExpressionType | undefined {
  if (type === undefined) return undefined;
  if (type.isArray) return { ...type, isArray: false };
  return { ...type, type: { ...type.type, levels: type.type.levels.slice(0, -1) } };
}

function typeOfPointerExpression(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  const argument = node.childForFieldName('argument');
  const type = argument === null ? undefined : typeOf(library, doc, argument);
  if (type === undefined) return undefined;
  if (doc.text[node.startIndex] === '*') return dereferenced(type);
  return {
    ...type,
    isArray: false,
    type: { ...type.type, levels: [...type.type.levels, { kind: '*', const: false }] },
  };
}

function typeOfQualified(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  const scope = node.childForFieldName('scope');
  const name = node.childForFieldName('name');
  if (scope === null || name === null) return undefined;
  const field = fieldOf(library, textOf(doc, scope).replace(/^.*::/, ''), textOf(doc, name));
  return field === undefined ? undefined : fieldType(field);
}

function typeOfCall(library: Library, doc: Document, node: Node): ExpressionType | undefined {
  const callee = node.childForFieldName('function');
  if (callee === null) return undefined;
  if (
    callee.type === 'template_function' &&
    /^(?:reinterpret|static|dynamic|const)_cast\b/.test(textOf(doc, callee))
  ) {
    const list = callee.childForFieldName('arguments');
    return list === null ? undefined : plain(textOf(doc, list).replace(/^<|>$/g, ''));
  }
  const name =
    callee.type === 'field_expression'
      ? callee.childForFieldName('field')
      : callee.type === 'qualified_identifier'
        ? callee.childForFieldName('name')
        : callee;
  if (name === null || !/identifier$/.test(name.type)) return undefined;
  const word = textOf(doc, name);
  const returns = new Set(library.functionsNamed(word).map((fn) => fn.returns));
  const [only] = returns;
  return returns.size === 1 && only !== undefined && only !== '' ? plain(only) : undefined;
}

/** The declared type of a variable; `auto` is taken from its initialiser. */
export function variableType(
  library: Library,
  doc: Document,
  variable: CppVariable,
): ExpressionType | undefined {
  const type = variable.node.childForFieldName('type');
  if (type === null || variable.nameNode.parent?.type === 'structured_binding_declarator') return undefined;
  const declarators = variable.node.childrenForFieldName('declarator');
  const declarator = declarators.find(
    (child) =>
      child !== null &&
      child.startIndex <= variable.nameNode.startIndex &&
      child.endIndex >= variable.nameNode.endIndex,
  );
  if (declarator === undefined || declarator === null) return undefined;
  const end =
    variable.initialiser !== undefined && declarator.type === 'init_declarator'
      ? (declarator.childForFieldName('declarator')?.endIndex ?? declarator.endIndex)
      : declarator.endIndex;
  const around = `${doc.text.slice(declarator.startIndex, variable.nameNode.startIndex)} ${doc.text.slice(variable.nameNode.endIndex, end)}`;
  if (/\bauto\b/.test(textOf(doc, type))) {
    const value = variable.initialiser;
    if (value === undefined || variable.node.type === 'for_range_loop') return undefined;
    return typeOf(library, doc, value);
  }
  // `T name(argument)`: what follows the name is no part of the type.
  const shape =
    declarator.type === 'function_declarator'
      ? doc.text.slice(declarator.startIndex, variable.nameNode.startIndex)
      : around;
  // `T const *name`: a qualifier may stand behind the type.
  const head = doc.text.slice(
    variable.node.startIndex,
    Math.max(type.endIndex, declarators[0]?.startIndex ?? 0),
  );
  const plainShape = shape.replace(/\[[^\]]*\]/g, '');
  // `(&name)[24]` is a reference; only a parameter list makes a function.
  const levels = /\)\s*\(/.test(plainShape) ? plainShape : plainShape.replace(/[()]/g, ' ');
  return { type: parseTypeName(`${head} ${levels}`), isArray: /\[/.test(shape) && !/&/.test(levels) };
}
