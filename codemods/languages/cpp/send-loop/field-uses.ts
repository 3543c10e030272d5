// Every place of a tree that names a field of a connection, and what it does there with it.
import { type Document, type Node, occurrences, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { classBehind, lineage } from '../lineage.ts';
import { functionOf, resolveVariable } from '../scope.ts';
import type { LoopShape } from './loop-shape.ts';
import {
  argumentsOf,
  bare,
  calledName,
  definitionAround,
  every,
  operatorOf,
  statementOf,
} from './tree-walk.ts';

/** What a place does with the field. `missing` and `there`: asks whether the array was allocated. */
export type UseKind =
  | 'clear'
  | 'allocate'
  | 'resize'
  | 'free'
  | 'missing'
  | 'there'
  | 'set'
  | 'count'
  | 'read';

/** One place. */
export interface LoopFieldUse {
  readonly doc: Document;
  /** The field expression. */
  readonly node: Node;
  readonly field: string;
  /** What stands before the field: `c`. */
  readonly object: string;
  readonly kind: UseKind;
  readonly statement: Node;
  /** The function around it; undefined at the top of a file. */
  readonly fn: CppFunction | undefined;
}

/** The uses of some fields of the loop's connection in a tree, in file order. */
export function loopFieldUses(
  library: Library,
  { connection }: LoopShape,
  fields: readonly string[],
): readonly LoopFieldUse[] {
  return fields.flatMap((field) =>
    library.mentioningLike(field, new RegExp(`(?:->|\\.)\\s*${field}\\b`)).flatMap((doc) =>
      occurrences(doc, field).flatMap((name) => {
        const node = name.parent;
        if (node?.type !== 'field_expression' || node.childForFieldName('field')?.id !== name.id) return [];
        const object = node.childForFieldName('argument');
        if (object === null || isOfAnother(library, doc, object, connection.name)) return [];
        const definition = definitionAround(node);
        return [
          {
            doc,
            node,
            field,
            object: textOf(doc, object),
            kind: kindOf(doc, node, field),
            statement: statementOf(node),
            fn: definition === undefined ? undefined : functionOf(doc, definition),
          },
        ];
      }),
    ),
  );
}

// What cannot be told apart is taken for the connection's own: it is looked at, or left for review.
function isOfAnother(library: Library, doc: Document, object: Node, connection: string): boolean {
  const known = typeOf(library, doc, object);
  if (known === undefined) return isOfOwnType(doc, object);
  if (known.inline !== undefined) return true;
  const name = classBehind(library, known.type);
  if (name === '' || name === connection) return false;
  const own = lineage(library, connection);
  return ![...lineage(library, name)].some((each) => own.has(each));
}

// `union { ... } both;` has a type of its own.
function isOfOwnType(doc: Document, object: Node): boolean {
  const [root] = every(object, 'identifier');
  const type = root === undefined ? undefined : resolveVariable(doc, root)?.node.childForFieldName('type');
  return type !== undefined && type !== null && type.childForFieldName('body') !== null;
}

function kindOf(doc: Document, node: Node, field: string): UseKind {
  let at = node;
  while (at.parent !== null && /^(?:parenthesized_expression|cast_expression)$/.test(at.parent.type))
    at = at.parent;
  const { parent } = at;
  if (parent === null) return 'read';
  if (parent.type === 'assignment_expression' && parent.childForFieldName('left')?.id === at.id)
    return assignedKind(doc, parent, field);
  if (parent.type === 'update_expression') return 'count';
  if (parent.type === 'argument_list' && parent.parent !== null) {
    const call = parent.parent;
    const isStatement =
      call.parent?.type === 'expression_statement' || call.parent?.type === 'comma_expression';
    return isStatement &&
      argumentsOf(call).length === 1 &&
      !/^(?:assert|ASSERT)$/.test(calledName(doc, call) ?? '')
      ? 'free'
      : 'read';
  }
  return testKind(doc, at, parent) ?? 'read';
}

function testKind(doc: Document, at: Node, parent: Node): UseKind | undefined {
  if (parent.type === 'unary_expression' && doc.text[parent.startIndex] === '!') return 'missing';
  if (parent.type === 'condition_clause' || /^[&|]{2}$/.test(operatorOf(doc, parent))) return 'there';
  if (parent.type !== 'binary_expression') return undefined;
  const other =
    parent.childForFieldName('left')?.id === at.id
      ? parent.childForFieldName('right')
      : parent.childForFieldName('left');
  if (other === null || !isNothing(doc, other)) return undefined;
  const operator = operatorOf(doc, parent);
  return operator === '==' ? 'missing' : operator === '!=' ? 'there' : undefined;
}

/** `0` or `NULL`, under casts. */
export function isNothing(doc: Document, node: Node): boolean {
  return /^(?:NULL|nullptr|0)$/.test(textOf(doc, bare(node)));
}

/** The value at the end of a chain of assignments. */
export function assignedValue(doc: Document, assignment: Node): Node | undefined {
  if (operatorOf(doc, assignment) !== '=') return undefined;
  const right = assignment.childForFieldName('right');
  if (right === null) return undefined;
  const value = bare(right);
  return value.type === 'assignment_expression' ? assignedValue(doc, value) : value;
}

function assignedKind(doc: Document, assignment: Node, field: string): UseKind {
  const value = assignedValue(doc, assignment);
  if (value === undefined) return 'count';
  if (isNothing(doc, value)) return 'clear';
  const source = value.type === 'identifier' ? sourceOf(doc, value) : value;
  const calls = source === undefined ? [] : every(source, 'call_expression');
  if (calls.length === 0) return 'set';
  return new RegExp(`(?:->|\\.)\\s*${field}\\b(?!\\s*\\[)`).test(
    calls
      .map((call) =>
        argumentsOf(call)
          .filter((each) => !/^sizeof/.test(textOf(doc, each)))
          .map((each) => textOf(doc, each).replace(/sizeof\s*\([^()]*\)/g, ''))
          .join(),
      )
      .join(),
  )
    ? 'resize'
    : 'allocate';
}

// The value that a local was given last before it is used.
function sourceOf(doc: Document, identifier: Node): Node | undefined {
  const definition = definitionAround(identifier);
  const variable = resolveVariable(doc, identifier);
  const name = textOf(doc, identifier);
  const given = every(definition ?? identifier, 'assignment_expression').filter(
    (each) =>
      textOf(doc, each.childForFieldName('left') ?? each) === name &&
      each.startIndex < identifier.startIndex &&
      each.startIndex > (variable?.node.startIndex ?? 0),
  );
  return given.at(-1)?.childForFieldName('right') ?? variable?.initialiser;
}
