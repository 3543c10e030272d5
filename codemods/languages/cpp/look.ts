// What happens to a pointer or reference at one place: stores through it, and the places it goes on to.
import type { Escape, Flow, Place, PlaceFacts, Write } from '../../facts/place.ts';
import type { SlotNames } from './bindings.ts';
import { resolveCallee } from './callees.ts';
import { type Document, enclosing, type Node, occurrences, parts, rangeOf, textOf } from './document.ts';
import { functionPointer } from './contract-reader.ts';
import { type CppFunction, readParameters } from './function-facts.ts';
import type { Library } from './library.ts';
import { libraryCall } from './library-calls.ts';
import { peersOf } from './peers.ts';
import type { Places } from './places.ts';
import { classBehind, type CppVariable, fieldOf, functionOf, lineage, resolveVariable, typeOf, variableType } from './scope.ts';
import { isIndirect, isReadOnly, parseTypeName } from './type-name.ts';

/**
 * `pointer` to the value's memory, an `object` in it, an `array` in it (which decays), a pointer `member` read from it,
 * or an `untyped` member: the struct is declared outside of the tree, so only the context tells whether it decays.
 */
type Mode = 'pointer' | 'object' | 'array' | 'member' | 'untyped';

interface Findings {
  readonly writes: Write[];
  readonly flows: Flow[];
  readonly escapes: Escape[];
}

interface Trace {
  readonly library: Library;
  readonly places: Places;
  readonly names: SlotNames;
  readonly doc: Document;
  readonly found: Findings;
}

const QUIET = new Set([
  'condition_clause', 'expression_statement', 'unary_expression', 'sizeof_expression', 'switch_statement', 'case_statement',
  'subscript_argument_list', 'if_statement', 'while_statement', 'do_statement', 'for_statement', 'decltype',
  'lambda_capture_specifier', 'throw_statement', 'bitfield_clause', 'array_declarator', 'template_argument_list',
]);

// A view or a copy that cannot write, by its name: `cb::const_byte_buffer`, `std::string_view`.
const READ_ONLY_VIEW = /\bstring\b|string_view|const_\w*(?:buffer|view|span|ptr)/;

/** `look` of a program: answers are remembered per place. */
export function createLook(library: Library, places: Places, names: SlotNames): (place: Place) => PlaceFacts {
  const known = new Map<string, PlaceFacts>();
  return (place) => {
    const hit = known.get(place.id);
    if (hit !== undefined) return hit;
    const facts = lookAt(library, places, names, place);
    known.set(place.id, facts);
    return facts;
  };
}

function lookAt(library: Library, places: Places, names: SlotNames, place: Place): PlaceFacts {
  const spot = places.spot(place);
  const found: Findings = { writes: [], flows: [], escapes: [] };
  const trace: Trace = { library, places, names, doc: spot.doc, found };
  let peers: readonly Flow[] = [];
  if (spot.kind === 'parameter') {
    peers = peersOf(library, places, spot.fn, spot.index);
    if (spot.fn.body !== undefined) traceVariable(trace, spot.parameter.nameNode, spot.fn.node, isReference(spot.parameter.spelling) ? 'object' : 'pointer');
    else if (!peers.some((peer) => hasBody(places, peer.to)) && spot.fn.node.type !== 'lambda_expression') noBody(trace, spot.fn, place);
  } else if (spot.kind === 'local') {
    const scope = enclosing(spot.variable.node, 'function_definition', 'lambda_expression', 'translation_unit') ?? spot.doc.root;
    const mode = localMode(trace, spot.variable);
    if (mode !== undefined) traceVariable(trace, spot.variable.nameNode, scope, mode);
    peers = siblings(trace, spot.variable);
  } else if (spot.kind === 'cast') climb(trace, spot.node, /&\s*$/.test(textOf(spot.doc, spot.type)) ? 'object' : 'pointer');
  else if (spot.kind === 'return') {
    peers = peersOf(library, places, spot.fn, 'return');
    traceCalls(trace, spot.fn);
  }
  return { ...found, peers };
}

function noBody(trace: Trace, fn: CppFunction, place: Place): void {
  const pure = /=\s*0\s*;?\s*$/.test(textOf(fn.doc, fn.node));
  if (!pure) trace.found.escapes.push({ range: place.range, reason: `${fn.qualified} is declared here, but its definition is not in this tree` });
}

function hasBody(places: Places, place: Place): boolean {
  const spot = places.spot(place);
  return (spot.kind === 'parameter' || spot.kind === 'return') && spot.fn.body !== undefined;
}

// Variables of one declaration share its type: they change together or not at all.
function siblings(trace: Trace, variable: CppVariable): readonly Flow[] {
  return variable.node.childrenForFieldName('declarator').flatMap((declarator): readonly Flow[] => {
    const name = declarator === null ? undefined : nameIn(declarator);
    if (name === undefined || name.id === variable.nameNode.id) return [];
    const value = declarator?.childForFieldName('value') ?? undefined;
    const other: CppVariable = { name: textOf(trace.doc, name), nameNode: name, node: variable.node, initialiser: value };
    return [{ to: trace.places.local(trace.doc, other), at: rangeOf(trace.doc, name), how: 'declaration' }];
  });
}

function isReference(spelling: string): boolean {
  return /&/.test(spelling.replace(/<[\s\S]*>/, ''));
}

// Undefined for a copy: what is stored there is another object.
function localMode(trace: Trace, variable: CppVariable): Mode | undefined {
  const declared = trace.doc.text.slice(variable.node.childForFieldName('type')?.endIndex ?? variable.node.startIndex, variable.nameNode.startIndex);
  if (/&/.test(declared)) return 'object';
  const type = variableType(trace.library, trace.doc, variable);
  const auto = /\bauto\b/.test(textOf(trace.doc, variable.node.childForFieldName('type') ?? variable.node));
  if (/\*/.test(declared) || auto || type === undefined || isIndirect(type.type)) return 'pointer';
  return 'pointer';
}

function traceVariable(trace: Trace, nameNode: Node | undefined, scope: Node, mode: Mode): void {
  if (nameNode === undefined) return;
  const { doc } = trace;
  for (const node of occurrences(doc, textOf(doc, nameNode), scope.startIndex, scope.endIndex)) {
    if (node.id === nameNode.id) continue;
    // `Reader reader(header);` parses as a prototype; it is a constructor's argument.
    if (node.type === 'type_identifier') vexingParse(trace, node, nameNode, mode);
    else if (node.type === 'identifier' && resolveVariable(doc, node)?.nameNode.id === nameNode.id) climb(trace, node, mode);
  }
}

function vexingParse(trace: Trace, node: Node, nameNode: Node, mode: Mode): void {
  const parameter = node.parent;
  const declaration = enclosing(node, 'declaration');
  if (parameter?.type !== 'parameter_declaration' || declaration === undefined || declaration.startIndex < nameNode.startIndex) return;
  if (enclosing(declaration, 'compound_statement') === undefined) return;
  const list = parameter.parent;
  const type = declaration.childForFieldName('type');
  if (list === null || type === null) return;
  const index = parts(list).findIndex((child) => child.id === parameter.id);
  constructed(trace, node, mode, textOf(trace.doc, type), parts(list).length, index);
}

function traceCalls(trace: Trace, fn: CppFunction): void {
  const mode: Mode = isReference(fn.returns) ? 'object' : 'pointer';
  for (const doc of trace.library.mentioning(fn.name)) {
    for (const node of occurrences(doc, fn.name)) {
      const call = enclosing(node, 'call_expression', 'argument_list', 'compound_statement');
      const callee = call?.type === 'call_expression' ? call.childForFieldName('function') : null;
      if (call === undefined || callee === null || callee === undefined || node.endIndex !== callee.endIndex) continue;
      const resolved = resolveCallee(trace.library, doc, call, 0);
      const reaches = resolved.kind === 'functions' && resolved.functions.some((candidate) => candidate.owner === fn.owner);
      if (reaches) climb({ ...trace, doc }, call, mode);
    }
  }
}

// Follows an expression upwards to what is done with it.
function climb(trace: Trace, node: Node, mode: Mode): void {
  const { doc, found } = trace;
  const parent = node.parent;
  if (parent === null || QUIET.has(parent.type)) return;
  switch (parent.type) {
    case 'parenthesized_expression':
    case 'parenthesized_declarator':
      return climb(trace, parent, mode);
    case 'field_expression':
      return climbMember(trace, node, parent, mode);
    case 'subscript_expression':
      if (parent.childForFieldName('argument')?.id === node.id && mode !== 'member') climb(trace, parent, 'object');
      return;
    case 'pointer_expression':
      return climbPointer(trace, parent, mode);
    case 'update_expression':
      if (mode !== 'pointer' && mode !== 'array') write(trace, parent, 'increment of');
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
    case 'delete_expression':
      return escape(trace, parent, mode, 'it is deleted here');
    case 'initializer_list':
      return climbList(trace, parent, mode);
    case 'lambda_capture_initializer':
      return escape(trace, parent, mode, 'a lambda captures it under another name');
    case 'ERROR':
      return escape(trace, parent, 'pointer', 'this statement did not parse');
    default:
      if (mode === 'pointer' || mode === 'array') found.escapes.push({ range: rangeOf(doc, parent), reason: `it is used in a way that is not understood (${parent.type.replace(/_/g, ' ')})` });
  }
}

function write(trace: Trace, node: Node, how: string): void {
  const target = node.childForFieldName('left') ?? node.childForFieldName('argument') ?? node;
  trace.found.writes.push({ range: rangeOf(trace.doc, target), how: `${how} ${textOf(trace.doc, target)}` });
}

// A plain object or a pointer read from it is a value by then: nothing escapes.
function escape(trace: Trace, node: Node, mode: Mode, reason: string): void {
  if (mode === 'pointer' || mode === 'array') trace.found.escapes.push({ range: rangeOf(trace.doc, node), reason });
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
    const methods = library.functionsNamed(name).filter((fn) => owners === undefined || owners.has(fn.owner));
    const isConst = methods.some((fn) => /\)\s*(?:noexcept\s*)?const\b/.test(fn.doc.text.slice(fn.nameNode.endIndex, fn.body?.startIndex ?? fn.node.endIndex)));
    if (!isConst) trace.found.escapes.push({ range: rangeOf(doc, call), reason: `${name}() is called on it and is not known to be const` });
    return;
  }
  const type = typeOf(library, doc, parent);
  const arrow = textOf(doc, parent.childForFieldName('operator') ?? parent) === '->' || doc.text.slice(node.endIndex, parent.endIndex).trimStart().startsWith('->');
  if (mode === 'untyped' && arrow) return;
  if (type === undefined) climb(trace, parent, 'untyped');
  else if (type.isArray) climb(trace, parent, 'array');
  else climb(trace, parent, isIndirect(type.type) ? 'member' : 'object');
}

function climbPointer(trace: Trace, parent: Node, mode: Mode): void {
  const operator = trace.doc.text[parent.startIndex];
  if (operator === '*') {
    if (mode !== 'member') climb(trace, parent, 'object');
  } else if (mode === 'pointer') escape(trace, parent, mode, 'the address of the pointer itself is taken');
  else if (mode !== 'member') climb(trace, parent, 'pointer');
}

function climbAssignment(trace: Trace, node: Node, parent: Node, mode: Mode): void {
  const { doc, found, places } = trace;
  const left = parent.childForFieldName('left');
  if (left?.id === node.id) {
    if (mode !== 'pointer') write(trace, parent, 'assignment to');
    return;
  }
  if (left === null || mode === 'object' || mode === 'member') return;
  // `T (&name)[n] = value;` reads as an assignment to the grammar.
  if (/\(\s*&\s*\w+\s*\)\s*\[/.test(textOf(doc, left))) {
    found.escapes.push({ range: rangeOf(doc, parent), reason: `${textOf(doc, left)} is a reference to an array, and its type has to be changed by hand` });
    return;
  }
  const variable = left.type === 'identifier' ? resolveVariable(doc, left) : undefined;
  const isLocal = variable !== undefined && enclosing(variable.node, 'function_definition', 'lambda_expression') !== undefined;
  if (mode === 'untyped' && (variable === undefined || variableType(trace.library, doc, variable)?.type.levels.length === 0)) return;
  if (isLocal && !/parameter_declaration$/.test(variable.node.type)) {
    found.flows.push({ to: places.local(doc, variable), at: rangeOf(doc, parent), how: 'alias' });
  } else escape(trace, parent, mode, `it is stored in ${textOf(doc, left)}`);
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

function climbCast(trace: Trace, cast: Node, type: Node | null, mode: Mode): void {
  if (type === null || mode === 'member') return;
  const { doc, found, places } = trace;
  const target = parseTypeName(textOf(doc, type));
  if (/^const_cast\b/.test(textOf(doc, cast))) {
    trace.found.escapes.push({ range: rangeOf(doc, cast), reason: 'const_cast takes the protection away on purpose' });
    return;
  }
  const place = places.cast(doc, cast, type);
  if (!isIndirect(target) && place.access === 'inferred') return;
  if (mode === 'object' && !target.levels.some((level) => level.kind !== '*')) return;
  found.flows.push({ to: place, at: rangeOf(doc, cast), how: 'cast' });
}

function climbArgument(trace: Trace, node: Node, list: Node, mode: Mode): void {
  const { doc } = trace;
  const call = list.parent;
  if (call === null || mode === 'member') return;
  const args = parts(list);
  const index = args.findIndex((child) => child.id === node.id);
  if (call.type === 'new_expression') {
    if (call.childForFieldName('placement')?.id === list.id) return write(trace, node, 'placement new into');
    return constructed(trace, node, mode, textOf(doc, call.childForFieldName('type') ?? call), args.length, index);
  }
  if (call.type === 'init_declarator') {
    const type = enclosing(call, 'declaration')?.childForFieldName('type');
    return constructed(trace, node, mode, type === null || type === undefined ? '' : textOf(doc, type), args.length, index);
  }
  if (call.type === 'field_initializer' && mode === 'untyped') return;
  if (call.type === 'field_initializer') return escape(trace, call, mode, `it is stored in the member ${textOf(doc, parts(call)[0] ?? call)}`);
  if (call.type !== 'call_expression') return escape(trace, call, mode, 'it is passed on in a way that is not understood');
  const callee = call.childForFieldName('function');
  if (callee === null) return;
  if (callee.type === 'template_function' && /^(?:reinterpret|static|dynamic|const)_cast\b/.test(textOf(doc, callee))) {
    const type = callee.childForFieldName('arguments');
    return climbCast(trace, call, type === null ? null : (parts(type)[0] ?? null), mode);
  }
  passed(trace, node, call, callee, index, mode);
}

function passed(trace: Trace, node: Node, call: Node, callee: Node, index: number, mode: Mode): void {
  const { library, doc, found, places } = trace;
  const name = textOf(doc, callee);
  if (slotCall(trace, callee, index)) return;
  const known = libraryCall(name, index);
  if (known === 'reads' || (known === 'stores' && mode === 'object')) return;
  if (known === 'stores') {
    found.writes.push({ range: rangeOf(doc, node), how: `${name}() into ${textOf(doc, node)}` });
    return;
  }
  const resolved = resolveCallee(library, doc, call, index);
  if (resolved.kind === 'functions') {
    for (const fn of resolved.functions) passedTo(trace, call, fn, index, mode, places, found);
    // The compiler turns to the read-only overload by itself, and its result is read-only, too.
    if (resolved.readOnlyOverload && mode !== 'object' && mode !== 'untyped') climb(trace, call, 'pointer');
    return;
  }
  if (mode === 'object' || mode === 'untyped') return;
  if (library.classesNamed(name.replace(/^.*::/, '')).length > 0) return constructed(trace, node, mode, name, parts(call.childForFieldName('arguments') ?? call).length, index);
  if (READ_ONLY_VIEW.test(name)) return;
  if (resolved.kind === 'pointer' && pointerTakesReadOnly(library, doc, callee, index)) return;
  if (resolved.kind === 'pointer') return escape(trace, call, mode, `it is passed through the function pointer ${name}`);
  if (resolved.kind === 'ambiguous') return escape(trace, call, mode, `it is passed to ${name}, and several unrelated classes have such a method`);
  if (library.definesMacro(name)) return escape(trace, call, mode, `it is passed to the macro ${name}`);
  escape(trace, call, mode, `it is passed to ${name}, whose declaration is not in this tree`);
}

function passedTo(trace: Trace, call: Node, fn: CppFunction, index: number, mode: Mode, places: Places, found: Findings): void {
  const parameter = fn.parameters[index];
  if (parameter === undefined) return;
  const place = places.parameter(fn, index);
  // Already const: the compiler guards it from there on.
  if (place === undefined || isReadOnly(parameter.type)) return;
  if (!isIndirect(parameter.type) && place.access === 'inferred' && !fn.templateNames.has(parameter.type.base)) return;
  if (mode === 'object' && !isReference(parameter.spelling)) return;
  found.flows.push({ to: place, at: rangeOf(trace.doc, call), how: 'argument' });
}

// A call through a slot of the contract: read-only there is the end, mutable there is a hole in the contract.
function slotCall(trace: Trace, callee: Node, index: number): boolean {
  const { doc, library, names } = trace;
  const field = callee.type === 'field_expression' ? callee.childForFieldName('field') : null;
  const object = callee.type === 'field_expression' ? callee.childForFieldName('argument') : null;
  if (field === null || object === null) return false;
  const slots = names.byName.get(textOf(doc, field)) ?? [];
  if (slots.length === 0) return false;
  const type = typeOf(library, doc, object);
  const known = type === undefined ? undefined : lineage(library, classBehind(library, type.type));
  const slot = slots.find((candidate) => known === undefined || [...known].some((cls) => names.containers.get(cls) === candidate.container));
  if (slot === undefined) return false;
  return slot.parameters[index]?.readOnly === true;
}

function constructed(trace: Trace, node: Node, mode: Mode, className: string, count: number, index: number): void {
  const { library, doc, found, places } = trace;
  if (mode !== 'pointer' && mode !== 'array') return;
  const plain = className.replace(/<[\s\S]*$/, '').replace(/^.*::/, '').trim();
  if (/^std::|\bint\w*\b/.test(className) || READ_ONLY_VIEW.test(className)) return;
  const constructors = library.functionsNamed(plain).filter((fn) => fn.owner === plain && fn.requiredParameters <= count && fn.parameters.length >= count);
  if (constructors.length === 0) return escape(trace, node, mode, `it is handed to a ${className}, whose constructor is not in this tree`);
  for (const fn of constructors) passedTo(trace, node, fn, index, mode, places, found);
}

function climbInitialiser(trace: Trace, declares: Node, mode: Mode): void {
  const { doc, found, places } = trace;
  if (mode === 'member') return;
  const declaration = declares.type === 'init_declarator' ? declares.parent : declares;
  const declarator = declares.childForFieldName('declarator');
  const name = declarator === null ? undefined : nameIn(declarator);
  const type = declaration?.childForFieldName('type');
  if (declaration === null || declaration === undefined || name === undefined || type === null || type === undefined) return;
  const around = doc.text.slice(type.endIndex, name.startIndex);
  const variable: CppVariable = { name: textOf(doc, name), nameNode: name, node: declaration, initialiser: declares.childForFieldName('value') ?? declares.childForFieldName('right') ?? undefined };
  const place = places.local(doc, variable);
  if (mode === 'untyped' && !/[*&]/.test(around)) return;
  if (mode === 'object') {
    // Without a reference the object is copied.
    if (!/&/.test(around)) return;
  } else if (!/[*&]/.test(around) && !/\bauto\b/.test(textOf(doc, type)) && place.access === 'inferred') return;
  found.flows.push({ to: place, at: rangeOf(doc, declares), how: 'alias' });
}

function nameIn(declarator: Node): Node | undefined {
  if (declarator.type === 'identifier') return declarator;
  const inner = declarator.childForFieldName('declarator') ?? parts(declarator).at(-1);
  return inner === undefined || inner === null ? undefined : nameIn(inner);
}

function climbReturn(trace: Trace, statement: Node, mode: Mode): void {
  const { doc, found, places } = trace;
  const around = enclosing(statement, 'function_definition', 'lambda_expression');
  if (around?.type === 'lambda_expression') return escape(trace, statement, mode, 'a lambda returns it');
  const fn = around === undefined ? undefined : functionOf(doc, around);
  if (fn === undefined) return escape(trace, statement, mode, 'it is returned from a function whose head did not parse');
  const returns = parseTypeName(fn.returns);
  if (isReadOnly(returns) || (mode === 'object' && !isReference(fn.returns)) || mode === 'member') return;
  const place = places.returned(fn);
  if (!isIndirect(returns) && (place.access === 'inferred' || mode === 'untyped')) return;
  found.flows.push({ to: place, at: rangeOf(doc, statement), how: 'return' });
}

function climbList(trace: Trace, list: Node, mode: Mode): void {
  const { doc, library } = trace;
  const outer = list.parent;
  const call = outer?.type === 'argument_list' ? outer.parent : null;
  const callee = call?.type === 'call_expression' ? call.childForFieldName('function') : null;
  let spelling = '';
  if (call !== null && call !== undefined && callee !== null && callee !== undefined && outer !== null) {
    const index = parts(outer).findIndex((child) => child.id === list.id);
    const resolved = resolveCallee(library, doc, call, index);
    spelling = resolved.kind === 'functions' ? (resolved.functions[0]?.parameters[index]?.spelling ?? '') : textOf(doc, callee);
  } else {
    const holder = enclosing(list, 'declaration', 'compound_literal_expression', 'return_statement', 'function_definition');
    const type = holder?.childForFieldName('type');
    spelling = type === null || type === undefined ? '' : textOf(doc, type);
  }
  if (READ_ONLY_VIEW.test(spelling)) return;
  escape(trace, list, mode, `it is put into an initialiser${spelling === '' ? '' : ` of ${spelling}`}`);
}

// A function pointer member whose declared parameter is const.
function pointerTakesReadOnly(library: Library, doc: Document, callee: Node, index: number): boolean {
  const object = callee.type === 'field_expression' ? callee.childForFieldName('argument') : null;
  const name = callee.type === 'field_expression' ? callee.childForFieldName('field') : null;
  const holder = object === null ? undefined : typeOf(library, doc, object);
  if (name === null || holder === undefined) return false;
  const field = fieldOf(library, classBehind(library, holder.type), textOf(doc, name));
  const declarator = field?.node.childrenForFieldName('declarator').map((child) => (child === null ? undefined : functionPointer(child))).find((pointer) => pointer !== undefined);
  const owner = field === undefined ? undefined : library.parsed().find((parsed) => parsed.tree === field.node.tree);
  if (declarator === undefined || owner === undefined) return false;
  const parameter = readParameters(owner, declarator.parameters)[index];
  return parameter !== undefined && isReadOnly(parameter.type);
}
