// Which variable a name means at a spot, and which function or class a spot is in.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from './document.ts';
import { type CppFunction, enclosingClassName, functionNamedBy } from './function-facts.ts';

/** A declaration that introduces a local, a parameter, a global or a static variable. */
export interface CppVariable {
  readonly name: string;
  readonly nameNode: Node;
  /** declaration, parameter_declaration, for_range_loop, condition_clause's declaration, ... */
  readonly node: Node;
  /** The declarator with its initialiser, if it has one. */
  readonly initialiser: Node | undefined;
}

const SCOPES = new Set([
  'compound_statement',
  'for_statement',
  'for_range_loop',
  'if_statement',
  'while_statement',
  'switch_statement',
  'catch_clause',
  'lambda_expression',
  'function_definition',
  'translation_unit',
  'namespace_definition',
  'declaration_list',
  'case_statement',
]);

/** The variable that an identifier means, by the nearest scope that declares it; undefined for a member or unknown name. */
export function resolveVariable(doc: Document, identifier: Node): CppVariable | undefined {
  const known = resolved.get(doc) ?? new Map<number, CppVariable | undefined>();
  resolved.set(doc, known);
  if (known.has(identifier.startIndex)) return known.get(identifier.startIndex);
  const variable = lookUp(doc, identifier);
  known.set(identifier.startIndex, variable);
  return variable;
}

// The same identifier is asked for over and over; a document never changes.
const resolved = new WeakMap<Document, Map<number, CppVariable | undefined>>();

function lookUp(doc: Document, identifier: Node): CppVariable | undefined {
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
  for (
    let at: Node | null = declaration.type === 'for_range_loop' ? declaration : declaration.parent;
    at !== null;
    at = at.parent
  ) {
    if (SCOPES.has(at.type)) return at;
  }
  return undefined;
}

/** The variable whose declared name this node is. */
export function variableNamedBy(doc: Document, node: Node): CppVariable | undefined {
  let declarator: Node = node;
  while (
    declarator.parent !== null &&
    /^(pointer|reference|array|parenthesized|init|structured_binding)_declarator$/.test(
      declarator.parent.type,
    )
  ) {
    if (
      declarator.parent.type === 'init_declarator' &&
      declarator.parent.childForFieldName('declarator')?.id !== declarator.id
    )
      return undefined;
    if (
      declarator.parent.type === 'array_declarator' &&
      declarator.parent.childForFieldName('declarator')?.id !== declarator.id
    )
      return undefined;
    declarator = declarator.parent;
  }
  // Function pointers and `Type name(argument)` keep their name one level deeper.
  if (
    declarator.parent?.type === 'function_declarator' &&
    declarator.parent.childForFieldName('declarator')?.id === declarator.id
  ) {
    if (functionNamedBy(doc, node) !== undefined) return undefined;
    declarator = declarator.parent;
    while (declarator.parent !== null && /^(pointer|reference|init)_declarator$/.test(declarator.parent.type))
      declarator = declarator.parent;
  }
  const parent = declarator.parent;
  if (parent === null) return undefined;
  const declares =
    parent.type === 'condition_declaration' ||
    /^(declaration|parameter_declaration|optional_parameter_declaration|for_range_loop)$/.test(parent.type);
  if (!declares || !parent.childrenForFieldName('declarator').some((child) => child?.id === declarator.id))
    return undefined;
  return {
    name: textOf(doc, node),
    nameNode: node,
    node: parent,
    initialiser: initialiserOf(parent, declarator),
  };
}

function initialiserOf(parent: Node, declarator: Node): Node | undefined {
  if (parent.type === 'for_range_loop') return parent.childForFieldName('right') ?? undefined;
  const value =
    declarator.type === 'init_declarator'
      ? declarator.childForFieldName('value')
      : parent.childForFieldName('value');
  return value ?? undefined;
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
  const inner =
    declarator.childForFieldName('declarator') ??
    parts(declarator).find((child) => /declarator$|identifier$/.test(child.type));
  return inner === undefined || inner === null ? undefined : innermost(inner);
}
