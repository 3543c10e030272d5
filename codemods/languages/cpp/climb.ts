// Follows one use of a value upwards through the expression that holds it, to what is done with it there.
import { climbCast } from './casts.ts';
import { enclosing, type Node, rangeOf, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import { isConstMethod } from './function-facts.ts';
import { classBehind, lineage } from './lineage.ts';
import { overloadedOperator } from './operators.ts';
import { climbArgument, constructed } from './pass-on.ts';
import { functionOf } from './scope.ts';
import { climbAssignment, climbInitialiser, climbList } from './stores.ts';
import { isReference, type Mode, noteEscape, noteWrite, type Trace } from './trace.ts';
import { isIndirect, isReadOnly, parseTypeName } from './type-name.ts';

const QUIET = new Set([
  'condition_clause',
  'expression_statement',
  'unary_expression',
  'sizeof_expression',
  'switch_statement',
  'case_statement',
  'subscript_argument_list',
  'if_statement',
  'while_statement',
  'do_statement',
  'for_statement',
  'decltype',
  'lambda_capture_specifier',
  'bitfield_clause',
  'array_declarator',
  'template_argument_list',
]);

// Follows an expression upwards to what is done with it.
/** Follows an expression upwards to what is done with it. */
export function climb(trace: Trace, node: Node, mode: Mode): void {
  const { doc, found } = trace;
  const parent = node.parent;
  if (parent === null || QUIET.has(parent.type)) return;
  if (overloadedOperator(trace, node, parent, mode)) return;
  switch (parent.type) {
    case 'parenthesized_expression':
    case 'parenthesized_declarator':
      return climb(trace, parent, mode);
    case 'field_expression':
      return climbMember(trace, node, parent, mode);
    case 'subscript_expression':
      if (parent.childForFieldName('argument')?.id === node.id && mode !== 'member')
        climb(trace, parent, 'object');
      return;
    case 'pointer_expression':
      return climbPointer(trace, parent, mode);
    case 'update_expression':
      if (mode !== 'pointer' && mode !== 'array') noteWrite(trace, parent, 'increment of');
      return;
    case 'assignment_expression':
      return climbAssignment(trace, node, parent, mode);
    case 'binary_expression':
      return climbBinary(trace, node, parent, mode);
    case 'conditional_expression':
      if (parent.childForFieldName('condition')?.id !== node.id) climb(trace, parent, mode);
      return;
    case 'comma_expression':
      if (parent.childForFieldName('right')?.id === node.id) climb(trace, parent, mode);
      return;
    case 'cast_expression':
      return climbCast(trace, parent, parent.childForFieldName('type'), mode);
    case 'argument_list':
      return climbArgument(trace, node, parent, mode);
    case 'init_declarator':
      return climbInitialiser(trace, parent, mode);
    case 'condition_declaration':
    case 'declaration':
      return climbInitialiser(trace, parent, mode);
    case 'return_statement':
      return climbReturn(trace, parent, mode);
    case 'for_range_loop':
      return climbInitialiser(trace, parent, mode === 'array' ? 'object' : mode);
    case 'throw_statement':
      return noteEscape(trace, parent, mode, 'it is thrown');
    case 'initializer_pair':
      return climbList(trace, parent, mode);
    case 'delete_expression':
      return noteEscape(trace, parent, mode, 'it is deleted here');
    case 'initializer_list':
      return climbList(trace, parent, mode);
    case 'lambda_capture_initializer':
      return noteEscape(trace, parent, mode, 'a lambda captures it under another name');
    case 'ERROR':
      return noteEscape(trace, parent, 'pointer', 'this statement did not parse');
    default:
      if (mode === 'pointer' || mode === 'array')
        found.escapes.push({
          range: rangeOf(doc, parent),
          reason: `it is used in a way that is not understood (${parent.type.replace(/_/g, ' ')})`,
        });
  }
}

function climbMember(trace: Trace, node: Node, parent: Node, mode: Mode): void {
  if (parent.childForFieldName('argument')?.id !== node.id || mode === 'member') return;
  const { doc, library } = trace;
  const call = parent.parent;
  if (call?.type === 'call_expression' && call.childForFieldName('function')?.id === parent.id) {
    const name = textOf(doc, parent.childForFieldName('field') ?? parent);
    // A function pointer is a member like any other: calling it only reads it.
    if (typeOf(library, doc, parent) !== undefined) return;
    const object = typeOf(library, doc, node);
    const owners = object === undefined ? undefined : lineage(library, classBehind(library, object.type));
    return climbMethod(trace, call, name, owners);
  }
  const type = typeOf(library, doc, parent);
  const arrow =
    textOf(doc, parent.childForFieldName('operator') ?? parent) === '->' ||
    doc.text.slice(node.endIndex, parent.endIndex).trimStart().startsWith('->');
  if (mode === 'untyped' && arrow) return;
  if (type === undefined) climb(trace, parent, 'untyped');
  else if (type.isArray) climb(trace, parent, 'array');
  else climb(trace, parent, isIndirect(type.type) ? 'member' : 'object');
}

// A const method only reads; where a const twin stands beside it, the compiler turns to that one and to what it returns.
function climbMethod(trace: Trace, call: Node, name: string, owners: ReadonlySet<string> | undefined): void {
  const { library, doc, found } = trace;
  const methods = library
    .methodsNamed(name)
    .filter((fn) => fn.owner !== '' && (owners === undefined || owners.has(fn.owner)));
  const reading = methods.filter(isConstMethod);
  const unsure = owners === undefined ? reading.length < methods.length : false;
  if (reading.length === 0 || unsure)
    found.escapes.push({
      range: rangeOf(doc, call),
      reason: `${name}() is called on it and is not known to be const`,
    });
  else if (reading.length < methods.length)
    trace.climb(trace, call, reading.some((fn) => isReference(fn.returns)) ? 'object' : 'pointer');
}

function climbPointer(trace: Trace, parent: Node, mode: Mode): void {
  const operator = trace.doc.text[parent.startIndex];
  if (operator === '*') {
    if (mode !== 'member') climb(trace, parent, 'object');
  } else if (mode === 'pointer')
    noteEscape(trace, parent, mode, 'the address of the pointer itself is taken');
  else if (mode !== 'member') climb(trace, parent, 'pointer');
}

function climbBinary(trace: Trace, node: Node, parent: Node, mode: Mode): void {
  if (mode !== 'pointer' && mode !== 'array' && mode !== 'untyped') return;
  const operator = textOf(trace.doc, parent.childForFieldName('operator') ?? parent);
  if (operator !== '+' && operator !== '-') return;
  const right = parent.childForFieldName('right');
  if (operator === '-' && right !== null) {
    if (right.id === node.id) return;
    const type = typeOf(trace.library, trace.doc, right);
    if (type !== undefined && (isIndirect(type.type) || type.isArray)) return;
  }
  climb(trace, parent, mode === 'untyped' ? mode : 'pointer');
}

function climbReturn(trace: Trace, statement: Node, mode: Mode): void {
  const { doc, found, places } = trace;
  const around = enclosing(statement, 'function_definition', 'lambda_expression');
  if (around?.type === 'lambda_expression') return noteEscape(trace, statement, mode, 'a lambda returns it');
  const fn = around === undefined ? undefined : functionOf(doc, around);
  if (fn === undefined)
    return noteEscape(trace, statement, mode, 'it is returned from a function whose head did not parse');
  const returns = parseTypeName(fn.returns);
  if (isReadOnly(returns) || (mode === 'object' && !isReference(fn.returns)) || mode === 'member') return;
  const place = places.returned(fn);
  const deduced = /\bauto\b/.test(fn.returns) || fn.templateNames.has(returns.base);
  if (!isIndirect(returns) && !deduced && (place.access === 'inferred' || mode === 'untyped')) {
    if (!doc.isC && mode !== 'untyped') constructed(trace, statement, mode, fn.returns, 1, 0);
    return;
  }
  found.flows.push({ to: place, at: rangeOf(doc, statement), how: 'return' });
}
