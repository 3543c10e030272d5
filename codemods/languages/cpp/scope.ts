// Which variable a name means at a spot, and what type an expression has as far as spellings tell.
import type { CppClass, CppField } from './class-facts.ts';
import { type Document, enclosing, type Node, occurrences, parts, textOf } from './document.ts';
import { type CppFunction, declaredName, enclosingClassName, functionNamedBy } from './function-facts.ts';
import type { Library } from './library.ts';
import { parseTypeName, type TypeName } from './type-name.ts';

/** A declaration that introduces a local, a parameter, a global or a static variable. */
export interface CppVariable {
  readonly name: string;
  readonly nameNode: Node;
  /** declaration, parameter_declaration, for_range_loop, condition_clause's declaration, ... */
  readonly node: Node;
  /** The declarator with its initialiser, if it has one. */
  readonly initialiser: Node | undefined;
}

/** An expression's type; `inline` for an anonymous struct or union. */
export interface ExpressionType {
  readonly type: TypeName;
  readonly isArray: boolean;
  readonly inline?: CppClass | undefined;
}

const SCOPES = new Set([
  'compound_statement', 'for_statement', 'for_range_loop', 'if_statement', 'while_statement', 'switch_statement',
  'catch_clause', 'lambda_expression', 'function_definition', 'translation_unit', 'namespace_definition', 'declaration_list',
  'case_statement',
]);

/** The variable that an identifier means, by the nearest scope that declares it; undefined for a member or unknown name. */
export function resolveVariable(doc: Document, identifier: Node): CppVariable | undefined {
  const name = textOf(doc, identifier);
  for (let at: Node | null = identifier.parent; at !== null; at = at.parent) {
    if (!SCOPES.has(at.type)) continue;
    const variable = declaredIn(doc, at, name, identifier);
    if (variable !== undefined) return variable;
  }
  return undefined;
}

function declaredIn(doc: Document, scope: Node, name: string, use: Node): CppVariable | undefined {
  const limit = scope.type === 'translation_unit' ? doc.text.length : Math.min(scope.endIndex, use.endIndex);
  let best: CppVariable | undefined;
  for (const node of occurrences(doc, name, scope.startIndex, limit)) {
    const variable = variableNamedBy(doc, node);
    if (variable !== undefined && nearestScope(variable.node, node)?.id === scope.id) best = variable;
  }
  return best;
}

function nearestScope(declaration: Node, nameNode: Node): Node | undefined {
  if (/^(optional_)?parameter_declaration$/.test(declaration.type)) {
    return enclosing(nameNode, 'function_definition', 'lambda_expression', 'catch_clause');
  }
  for (let at: Node | null = declaration.type === 'for_range_loop' ? declaration : declaration.parent; at !== null; at = at.parent) {
    if (SCOPES.has(at.type)) return at;
  }
  return undefined;
}

/** The variable whose declared name this node is. */
export function variableNamedBy(doc: Document, node: Node): CppVariable | undefined {
  let declarator: Node = node;
  while (declarator.parent !== null && /^(pointer|reference|array|parenthesized|init|structured_binding)_declarator$/.test(declarator.parent.type)) {
    if (declarator.parent.type === 'init_declarator' && declarator.parent.childForFieldName('declarator')?.id !== declarator.id) return undefined;
    if (declarator.parent.type === 'array_declarator' && declarator.parent.childForFieldName('declarator')?.id !== declarator.id) return undefined;
    declarator = declarator.parent;
  }
  // Function pointers and `Type name(argument)` keep their name one level deeper.
  if (declarator.parent?.type === 'function_declarator' && declarator.parent.childForFieldName('declarator')?.id === declarator.id) {
    if (functionNamedBy(doc, node) !== undefined) return undefined;
    declarator = declarator.parent;
    while (declarator.parent !== null && /^(pointer|reference|init)_declarator$/.test(declarator.parent.type)) declarator = declarator.parent;
  }
  const parent = declarator.parent;
  if (parent === null) return undefined;
  const declares = parent.type === 'condition_declaration' || /^(declaration|parameter_declaration|optional_parameter_declaration|for_range_loop)$/.test(parent.type);
  if (!declares || !parent.childrenForFieldName('declarator').some((child) => child?.id === declarator.id)) return undefined;
  return { name: textOf(doc, node), nameNode: node, node: parent, initialiser: initialiserOf(parent, declarator) };
}

function initialiserOf(parent: Node, declarator: Node): Node | undefined {
  if (parent.type === 'for_range_loop') return parent.childForFieldName('right') ?? undefined;
  const value = declarator.type === 'init_declarator' ? declarator.childForFieldName('value') : parent.childForFieldName('value');
  return value ?? undefined;
}

/** The declared type of a variable; `auto` is taken from its initialiser. */
export function variableType(library: Library, doc: Document, variable: CppVariable): ExpressionType | undefined {
  const type = variable.node.childForFieldName('type');
  if (type === null) return undefined;
  const declarators = variable.node.childrenForFieldName('declarator');
  const declarator = declarators.find((child) => child !== null && child.startIndex <= variable.nameNode.startIndex && child.endIndex >= variable.nameNode.endIndex);
  if (declarator === undefined || declarator === null) return undefined;
  const end = variable.initialiser !== undefined && declarator.type === 'init_declarator' ? (declarator.childForFieldName('declarator')?.endIndex ?? declarator.endIndex) : declarator.endIndex;
  const around = `${doc.text.slice(declarator.startIndex, variable.nameNode.startIndex)} ${doc.text.slice(variable.nameNode.endIndex, end)}`;
  if (/\bauto\b/.test(textOf(doc, type))) {
    const value = variable.initialiser;
    if (value === undefined || variable.node.type === 'for_range_loop') return undefined;
    return typeOf(library, doc, value);
  }
  // `T name(argument)`: what follows the name is no part of the type.
  const shape = declarator.type === 'function_declarator' ? doc.text.slice(declarator.startIndex, variable.nameNode.startIndex) : around;
  const head = doc.text.slice(variable.node.startIndex, type.endIndex);
  const plainShape = shape.replace(/\[[^\]]*\]/g, '');
  // `(&name)[24]` is a reference; only a parameter list makes a function.
  const levels = /\)\s*\(/.test(plainShape) ? plainShape : plainShape.replace(/[()]/g, ' ');
  return { type: parseTypeName(`${head} ${levels}`), isArray: /\[/.test(shape) && !/&/.test(levels) };
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
      return type === null ? undefined : plain(`${textOf(doc, type)}${node.type === 'new_expression' ? '*' : ''}`);
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
  const field = holder.inline === undefined
    ? fieldOf(library, classBehind(library, holder.type), textOf(doc, name))
    : holder.inline.fields.find((candidate) => candidate.name === textOf(doc, name));
  return field === undefined ? undefined : fieldType(field);
}

/** What `->` reaches by spelling alone: the class of a pointer, a smart pointer's argument, or the class itself. */
export function pointee(type: TypeName): string {
  const smart = /^(?:\w+::)*\w*(?:ptr|Ptr|_pointer|optional|reference_wrapper)<([^<>,]+)/.exec(type.base)?.[1];
  return (smart ?? type.base).replace(/<[\s\S]*$/, '').replace(/^const\s*/, '').replace(/^.*::/, '').trim();
}

/** The class that a value's members are looked up in, aliases of smart pointers looked through. */
export function classBehind(library: Library, type: TypeName): string {
  let current = type;
  for (let step = 0; step < 5; step++) {
    const name = pointee(current);
    const alias = library.classesNamed(name).find((cls) => cls.aliasOf?.base.includes('<') === true)?.aliasOf;
    if (alias === undefined) return name;
    current = alias;
  }
  return pointee(current);
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
  return { ...type, isArray: false, type: { ...type.type, levels: [...type.type.levels, { kind: '*', const: false }] } };
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
  if (callee.type === 'template_function' && /^(?:reinterpret|static|dynamic|const)_cast\b/.test(textOf(doc, callee))) {
    const list = callee.childForFieldName('arguments');
    return list === null ? undefined : plain(textOf(doc, list).replace(/^<|>$/g, ''));
  }
  const name = callee.type === 'field_expression' ? callee.childForFieldName('field') : callee.type === 'qualified_identifier' ? callee.childForFieldName('name') : callee;
  if (name === null || !/identifier$/.test(name.type)) return undefined;
  const word = textOf(doc, name);
  const returns = new Set(library.functionsNamed(word).map((fn) => fn.returns));
  const [only] = returns;
  return returns.size === 1 && only !== undefined && only !== '' ? plain(only) : undefined;
}

/** The class whose member function a node is in: by the definition's qualified name, or lexically. */
export function enclosingOwner(doc: Document, node: Node): string {
  const definition = enclosing(node, 'function_definition');
  const fn = definition === undefined ? undefined : functionOf(doc, definition);
  return fn !== undefined && fn.owner !== '' ? fn.owner : enclosingClassName(doc, node);
}

/** The facts of a function_definition node. */
export function functionOf(doc: Document, definition: Node): CppFunction | undefined {
  const declarator = definition.childForFieldName('declarator');
  let name: Node | undefined = declarator === null ? undefined : innermost(declarator);
  if (name?.type === 'qualified_identifier') {
    while (name?.type === 'qualified_identifier') name = name.childForFieldName('name') ?? undefined;
  }
  return name === undefined ? undefined : functionNamedBy(doc, name);
}

function innermost(declarator: Node): Node | undefined {
  if (/identifier$|_name$/.test(declarator.type)) return declarator;
  const inner = declarator.childForFieldName('declarator') ?? parts(declarator).find((child) => /declarator$|identifier$/.test(child.type));
  return inner === undefined || inner === null ? undefined : innermost(inner);
}

/** A member variable of a class, its bases and the names it is an alias of. */
export function fieldOf(library: Library, className: string, name: string, seen: ReadonlySet<string> = new Set()): CppField | undefined {
  if (className === '' || seen.has(className)) return undefined;
  const visited = new Set(seen).add(className);
  for (const cls of library.classesNamed(className)) {
    const own = cls.fields.find((field) => field.name === name);
    if (own !== undefined) return own;
    const bases = cls.aliasOf === undefined ? cls.bases : [cls.aliasOf.base.replace(/^.*::/, '')];
    for (const base of bases) {
      const inherited = fieldOf(library, base, name, visited);
      if (inherited !== undefined) return inherited;
    }
  }
  return undefined;
}

/** The class and everything it derives from or is an alias of. */
export function lineage(library: Library, className: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (className === '' || seen.has(className)) return seen;
  seen.add(className);
  for (const cls of library.classesNamed(className)) {
    if (cls.aliasOf !== undefined) lineage(library, cls.aliasOf.base.replace(/^.*::/, ''), seen);
    const tag = cls.node.childForFieldName('name');
    if (cls.aliasOf === undefined && tag !== null) lineage(library, textOf(cls.doc, tag), seen);
    for (const base of cls.bases) lineage(library, base, seen);
  }
  return seen;
}

/** Everything that derives from a class, transitively; the class itself is not in it. */
export function descendants(library: Library, className: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  for (const cls of library.derivedFrom(className)) {
    if (seen.has(cls.name)) continue;
    seen.add(cls.name);
    descendants(library, cls.name, seen);
  }
  return seen;
}
