// Functions as their declarators spell them: name, owner, parameters, return type, body.
import { type Document, enclosing, type Node, parts, textOf } from './document.ts';
import { parseTypeName, spelled, type TypeName } from './type-name.ts';

/** One parameter of a declarator. */
export interface CppParameter {
  readonly node: Node;
  readonly name: string | undefined;
  readonly nameNode: Node | undefined;
  /** The type's spelling without name and default, white space collapsed. */
  readonly spelling: string;
  readonly type: TypeName;
}

/** A declaration or a definition of a function, a method or a lambda. */
export interface CppFunction {
  readonly doc: Document;
  readonly name: string;
  /** The class it belongs to, last component only; empty for a free function. */
  readonly owner: string;
  /** Namespaces around it, outermost first, joined by `::`; anonymous ones are left out. */
  readonly space: string;
  /** `DcpConsumer::handleResponse`. */
  readonly qualified: string;
  readonly nameNode: Node;
  /** function_definition, declaration, field_declaration or lambda_expression. */
  readonly node: Node;
  readonly parameters: readonly CppParameter[];
  readonly variadic: boolean;
  /** Parameters without a default value: the fewest arguments of a call. */
  readonly requiredParameters: number;
  readonly returns: string;
  readonly body: Node | undefined;
  readonly isStatic: boolean;
  readonly isVirtual: boolean;
  readonly hasOverride: boolean;
  /** Names of template type parameters in scope. */
  readonly templateNames: ReadonlySet<string>;
}

const DECLARATIONS = ['function_definition', 'declaration', 'field_declaration', 'friend_declaration'];
const PARAMETERS = new Set([
  'parameter_declaration',
  'optional_parameter_declaration',
  'variadic_parameter_declaration',
]);

/** The function whose name this node is; undefined when the node names something else. */
export function functionNamedBy(doc: Document, nameNode: Node): CppFunction | undefined {
  let top: Node = nameNode;
  const scopes: string[] = [];
  while (top.parent?.type === 'qualified_identifier' && top.parent.childForFieldName('name')?.id === top.id) {
    top = top.parent;
    const scope = top.childForFieldName('scope');
    if (scope !== null)
      scopes.unshift(
        textOf(doc, scope)
          .replace(/<[\s\S]*$/, '')
          .trim(),
      );
  }
  if (top.parent?.type === 'template_function') top = top.parent;
  const declarator = top.parent;
  if (declarator === null || declarator.type !== 'function_declarator') return undefined;
  if (declarator.childForFieldName('declarator')?.id !== top.id) return undefined;
  let outer = declarator;
  while (outer.parent !== null && /^(pointer|reference)_declarator$/.test(outer.parent.type))
    outer = outer.parent;
  const node = outer.parent;
  if (node === null || !DECLARATIONS.includes(node.type)) return undefined;
  // `Type name(argument);` in a body is an object, not a prototype.
  if (node.type === 'declaration' && enclosing(node, 'compound_statement') !== undefined) return undefined;
  // Only the innermost scope can be the class; the others are namespaces (or outer classes, which names tell as well).
  const last = scopes.at(-1);
  const qualifiedOwner = last === undefined || doc.isNamespace(last) ? '' : (scopes.pop() ?? '');
  const owner = qualifiedOwner === '' ? enclosingClassName(doc, node.parent) : qualifiedOwner;
  const space = [...lexicalNamespaces(doc, node), ...scopes].join('::');
  return build(doc, textOf(doc, nameNode), owner, space, nameNode, node, declarator, outer);
}

/** The facts of a lambda. */
export function lambdaFunction(doc: Document, lambda: Node): CppFunction | undefined {
  const declarator = lambda.childForFieldName('declarator');
  if (declarator === null) return undefined;
  return build(doc, 'lambda', '', '', lambda, lambda, declarator, declarator);
}

function build(
  doc: Document,
  name: string,
  owner: string,
  space: string,
  nameNode: Node,
  node: Node,
  declarator: Node,
  outer: Node,
): CppFunction {
  const list = declarator.childForFieldName('parameters');
  const parameters = list === null ? [] : readParameters(doc, list);
  const head = doc.text.slice(node.startIndex, declarator.startIndex);
  const tail = doc.text.slice(list?.endIndex ?? declarator.endIndex, declarator.endIndex);
  const body = node.childForFieldName('body');
  const hasOverride = /\b(?:override|final)\b/.test(tail);
  return {
    doc,
    name,
    owner,
    space,
    qualified: owner === '' ? name : `${owner}::${name}`,
    nameNode,
    node,
    parameters,
    variadic:
      list?.children.some((child) => child?.type === '...' || child?.type === 'variadic_parameter') ?? false,
    requiredParameters: parameters.filter((parameter) => parameter.node.type === 'parameter_declaration')
      .length,
    returns: returnSpelling(doc, node, declarator, outer),
    body: body ?? undefined,
    isStatic: /\bstatic\b/.test(head),
    isVirtual: /\bvirtual\b/.test(head) || hasOverride,
    hasOverride,
    templateNames: templateNames(doc, node),
  };
}

function returnSpelling(doc: Document, node: Node, declarator: Node, outer: Node): string {
  const trailing = parts(declarator).find((child) => child.type === 'trailing_return_type');
  if (trailing !== undefined) return spelled(textOf(doc, trailing).replace(/^->/, ''));
  const type = node.childForFieldName('type');
  if (type === null) return '';
  const stars = doc.text.slice(outer.startIndex, declarator.startIndex);
  const qualifiers = parts(node)
    .filter(
      (child) =>
        child.type === 'type_qualifier' &&
        child.startIndex < outer.startIndex &&
        /const/.test(textOf(doc, child)),
    )
    .map(() => 'const ');
  return spelled(`${qualifiers.join('')}${textOf(doc, type)}${stars}`);
}

/** The parameters of a parameter list; a lone `void` is none. */
export function readParameters(doc: Document, list: Node): readonly CppParameter[] {
  const parameters = parts(list)
    .filter((child) => PARAMETERS.has(child.type))
    .map((node) => readParameter(doc, node));
  const only = parameters[0];
  return parameters.length === 1 && only?.spelling === 'void' ? [] : parameters;
}

function readParameter(doc: Document, node: Node): CppParameter {
  const declarator = node.childForFieldName('declarator');
  const nameNode = declarator === null ? undefined : declaredName(declarator);
  const equals = node.childForFieldName('default_value');
  let end = node.endIndex;
  if (equals !== null) end = doc.code.lastIndexOf('=', equals.startIndex);
  const text =
    nameNode === undefined
      ? doc.code.slice(node.startIndex, end)
      : `${doc.code.slice(node.startIndex, nameNode.startIndex)} ${doc.code.slice(nameNode.endIndex, end)}`;
  const spelling = spelled(text);
  return {
    node,
    name: nameNode === undefined ? undefined : textOf(doc, nameNode),
    nameNode,
    spelling,
    type: parseTypeName(text),
  };
}

/** The identifier that a declarator declares; undefined for an abstract one. */
export function declaredName(declarator: Node): Node | undefined {
  if (/^(identifier|field_identifier|type_identifier)$/.test(declarator.type)) return declarator;
  const inner =
    declarator.childForFieldName('declarator') ??
    parts(declarator).find((child) => /declarator$|identifier$/.test(child.type));
  return inner === undefined || inner === null ? undefined : declaredName(inner);
}

/** The name of the class around a node, without template arguments; empty outside of one. */
export function enclosingClassName(doc: Document, node: Node | null): string {
  const type = enclosing(node, 'class_specifier', 'struct_specifier', 'union_specifier');
  const name = type?.childForFieldName('name');
  return name === null || name === undefined
    ? ''
    : textOf(doc, name)
        .replace(/<[\s\S]*$/, '')
        .replace(/^.*::/, '')
        .trim();
}

/** Names of the namespaces around a node, outermost first. */
export function lexicalNamespaces(doc: Document, node: Node): readonly string[] {
  const names: string[] = [];
  for (let at = node.parent; at !== null; at = at.parent) {
    const name = at.type === 'namespace_definition' ? at.childForFieldName('name') : null;
    if (name !== null) names.unshift(textOf(doc, name));
  }
  return names;
}

function templateNames(doc: Document, node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  for (let at: Node | null = node; at !== null; at = at.parent) {
    if (at.type !== 'template_declaration') continue;
    const list = at.childForFieldName('parameters');
    for (const child of list === null ? [] : parts(list)) {
      const name = /(\w+)\s*(?:=.*)?$/.exec(textOf(doc, child))?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** Both may be the same function: name, owner, and parameter types but for constness. */
export function sameFunction(a: CppFunction, b: CppFunction): boolean {
  return a.name === b.name && a.owner === b.owner && sameSpace(a.space, b.space) && sameParameters(a, b);
}

// A class may be defined out of line by a shorter path (`using namespace`); two different paths are two functions.
function sameSpace(a: string, b: string): boolean {
  return a === b || a === '' || b === '' || a.endsWith(`::${b}`) || b.endsWith(`::${a}`);
}

/** The parameter lists agree but for constness and names. */
export function sameParameters(a: CppFunction, b: CppFunction): boolean {
  if (a.parameters.length !== b.parameters.length) return false;
  return a.parameters.every((parameter, i) => {
    const other = b.parameters[i];
    if (other === undefined) return false;
    return shape(parameter.type) === shape(other.type);
  });
}

function shape(type: TypeName): string {
  return `${type.base.replace(/^.*::/, '')}${type.levels.map((level) => level.kind).join('')}`;
}

/** A member function that may be called on a const object. */
export function isConstMethod(fn: CppFunction): boolean {
  return /\)\s*(?:noexcept\s*)?const\b/.test(
    fn.doc.text.slice(fn.nameNode.endIndex, fn.body?.startIndex ?? fn.node.endIndex),
  );
}
