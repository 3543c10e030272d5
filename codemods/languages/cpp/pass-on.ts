// A value that is handed on as an argument: to a function of the tree, a slot, a constructor, or out of sight.
import { resolveCallee } from './callees.ts';
import { climbCast } from './casts.ts';
import { enclosing, type Node, parts, rangeOf, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import type { CppFunction, CppParameter } from './function-facts.ts';
import type { Library } from './library.ts';
import { type LibraryUse, libraryCall } from './library-calls.ts';
import { classBehind, lineage } from './lineage.ts';
import { pointerTakesReadOnly } from './pointer-calls.ts';
import { isReference, type Mode, noteEscape, noteWrite, READ_ONLY_VIEW, type Trace } from './trace.ts';
import { isIndirect, isReadOnly } from './type-name.ts';

/** What becomes of an argument of a call, a constructor, a `new` or a cast. */
export function climbArgument(trace: Trace, node: Node, list: Node, mode: Mode): void {
  const { doc } = trace;
  const call = list.parent;
  if (call === null || mode === 'member') return;
  const args = parts(list);
  const index = args.findIndex((child) => child.id === node.id);
  if (call.type === 'new_expression') {
    if (call.childForFieldName('placement')?.id === list.id)
      return noteWrite(trace, node, 'placement new into');
    return constructed(
      trace,
      node,
      mode,
      textOf(doc, call.childForFieldName('type') ?? call),
      args.length,
      index,
    );
  }
  if (call.type === 'init_declarator') {
    // `T *name(value);`
    if (/^(?:pointer|reference)_declarator$/.test(call.childForFieldName('declarator')?.type ?? ''))
      return trace.climb(trace, list, mode);
    const type = enclosing(call, 'declaration')?.childForFieldName('type');
    return constructed(
      trace,
      node,
      mode,
      type === null || type === undefined ? '' : textOf(doc, type),
      args.length,
      index,
    );
  }
  if (call.type === 'field_initializer' && mode === 'untyped') return;
  if (call.type === 'field_initializer')
    return noteEscape(trace, call, mode, `it is stored in the member ${textOf(doc, parts(call)[0] ?? call)}`);
  if (call.type !== 'call_expression')
    return noteEscape(trace, call, mode, 'it is passed on in a way that is not understood');
  const callee = call.childForFieldName('function');
  if (callee === null) return;
  if (
    callee.type === 'template_function' &&
    /^(?:reinterpret|static|dynamic|const)_cast\b/.test(textOf(doc, callee))
  ) {
    const type = callee.childForFieldName('arguments');
    return climbCast(trace, call, type === null ? null : (parts(type)[0] ?? null), mode);
  }
  passed(trace, node, call, callee, index, mode);
}

// A tree may have a `read` or a `find` of its own.
function isOwn(library: Library, name: string): boolean {
  return (
    /^[a-z]+$/.test(name) &&
    !/^(?:mem|str|f|hton|ntoh|printf|assert)/.test(name) &&
    library.functionsNamed(name).length > 0
  );
}

function usedByLibrary(
  trace: Trace,
  node: Node,
  call: Node,
  name: string,
  use: LibraryUse,
  mode: Mode,
): void {
  if (use === 'stores' && mode !== 'object')
    trace.found.writes.push({
      range: rangeOf(trace.doc, node),
      how: `${name}() into ${textOf(trace.doc, node)}`,
    });
  else if (use === 'exchanges')
    trace.found.writes.push({
      range: rangeOf(trace.doc, node),
      how: `${name}() with ${textOf(trace.doc, node)}`,
    });
  else if (use === 'points') trace.climb(trace, call, 'pointer');
  else if (use === 'forwards') trace.climb(trace, call, mode);
  else if (use === 'binds')
    noteEscape(trace, call, mode === 'object' ? 'pointer' : mode, `${name} keeps a reference to it`);
  else if (use === 'keeps') noteEscape(trace, call, mode, `${name} keeps it`);
}

// A method of a standard container takes an object by const reference.
function isStandard({ doc, library }: Trace, callee: Node): boolean {
  const object = callee.type === 'field_expression' ? callee.childForFieldName('argument') : null;
  return object !== null && /^(?:::)?std::/.test(typeOf(library, doc, object)?.type.base ?? '');
}

// `#define UNUSED(x) (void)(x)`
function discards(definition: string): boolean {
  const [, parameter, body] = /^[^(]*\(\s*(\w+)\s*\)([\s\S]*)$/.exec(definition) ?? [];
  return (
    parameter !== undefined &&
    body !== undefined &&
    /^(?:do\{)?(?:void|void sizeof)\w+;?(?:\}while0)?$/.test(body.replace(/[()\s\\]/g, '')) &&
    body.includes(parameter)
  );
}

// A struct, not a member's plain value, which goes by copy.
function isWholeObject({ doc, library }: Trace, node: Node): boolean {
  if (doc.isC) return false;
  if (node.type === 'identifier' || node.type === 'pointer_expression') {
    const base = typeOf(library, doc, node)?.type.base ?? '';
    return (
      !/^(?:bool|char|int|long|short|float|double|unsigned.*|u?int\d+_t|size_t|auto)?$/.test(
        base.replace(/^std::/, ''),
      ) && library.classesNamed(base.replace(/^.*::/, '')).every((cls) => cls.aliasOf === undefined)
    );
  }
  return false;
}

// The contract's own functions cannot be edited, but what they take read-only they only read.
function publishedReads(library: Library, name: string, index: number): boolean {
  const plain = /(\w+)$/.exec(name)?.[1] ?? name;
  const published = library.methodsNamed(plain);
  return (
    published.length > 0 &&
    published.every((fn) => {
      const parameter = fn.parameters[index];
      return parameter !== undefined && (isReadOnly(parameter.type) || !isIndirect(parameter.type));
    })
  );
}

function passed(trace: Trace, node: Node, call: Node, callee: Node, index: number, mode: Mode): void {
  const { library, doc } = trace;
  const name = textOf(doc, callee);
  if (slotCall(trace, callee, index)) return;
  const known = libraryCall(name, index);
  if (known !== 'unknown' && !isOwn(library, name))
    return usedByLibrary(trace, node, call, name, known, mode);
  const resolved = resolveCallee(library, doc, call, index);
  if (resolved.kind === 'functions') {
    for (const fn of resolved.functions) {
      if (callee.type === 'template_function' && fn.templateNames.has(fn.parameters[index]?.type.base ?? ''))
        noteEscape(trace, call, mode, `the template arguments of ${name} are spelled in this call`);
      else passedTo(trace, call, fn, index, mode);
    }
    // The compiler turns to the read-only overload by itself, and its result is read-only, too.
    if (resolved.readOnlyOverload && mode !== 'object' && mode !== 'untyped')
      trace.climb(trace, call, 'pointer');
    return;
  }
  if (mode === 'untyped' || (mode === 'object' && !isWholeObject(trace, node))) return;
  if (publishedReads(library, name, index)) return;
  if (mode === 'object') {
    if (
      resolved.kind === 'unknown' &&
      !isStandard(trace, callee) &&
      library.classesNamed(name.replace(/^.*::/, '')).length === 0 &&
      !READ_ONLY_VIEW.test(name)
    )
      noteEscape(
        trace,
        call,
        'pointer',
        `it may be passed by reference to ${name}, whose declaration is not in this tree`,
      );
    return;
  }
  if (library.classesNamed(name.replace(/^.*::/, '')).length > 0)
    return constructed(
      trace,
      node,
      mode,
      name,
      parts(call.childForFieldName('arguments') ?? call).length,
      index,
    );
  if (READ_ONLY_VIEW.test(name)) return;
  if (resolved.kind === 'pointer' && pointerTakesReadOnly(library, doc, callee, index)) return;
  if (resolved.kind === 'pointer')
    return noteEscape(trace, call, mode, `it is passed through the function pointer ${name}`);
  if (resolved.kind === 'ambiguous')
    return noteEscape(
      trace,
      call,
      mode,
      `it is passed to ${name}, and several unrelated classes have such a method`,
    );
  const macros = library.macroDefinitions(name);
  if (macros.length > 0 && macros.every(discards)) return;
  if (macros.length > 0) return noteEscape(trace, call, mode, `it is passed to the macro ${name}`);
  noteEscape(trace, call, mode, `it is passed to ${name}, whose declaration is not in this tree`);
}

function passedTo(trace: Trace, call: Node, fn: CppFunction, index: number, mode: Mode): void {
  const { doc, places, found } = trace;
  const parameter = fn.parameters[index];
  if (parameter === undefined) return;
  const place = places.parameter(fn, index);
  // Already const: the compiler guards it from there on.
  if (place === undefined || isReadOnly(parameter.type)) return;
  if (
    !isIndirect(parameter.type) &&
    place.access === 'inferred' &&
    !fn.templateNames.has(parameter.type.base) &&
    !/\bauto\b/.test(parameter.spelling)
  ) {
    if (!doc.isC) constructed(trace, call, mode, parameter.spelling, 1, 0);
    return;
  }
  if (mode === 'object' && !isReference(parameter.spelling)) return;
  if (mode !== 'object' && rebindable(parameter))
    return noteEscape(trace, call, mode, `${fn.qualified} takes the pointer itself by reference`);
  found.flows.push({ to: place, at: rangeOf(doc, call), how: 'argument' });
}

// `T *&`: other callers lend a pointer of their own, which has to keep its type.
function rebindable({ type }: CppParameter): boolean {
  const [pointer, reference] = type.levels;
  return pointer?.kind === '*' && !pointer.const && reference?.kind === '&';
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
  const slot = slots.find(
    (candidate) =>
      known === undefined || [...known].some((cls) => names.containers.get(cls) === candidate.container),
  );
  if (slot === undefined) return false;
  return slot.parameters[index]?.readOnly === true;
}

/** An object of a class is made from it: with a constructor of the tree, by a view that only reads, or out of sight. */
export function constructed(
  trace: Trace,
  node: Node,
  mode: Mode,
  className: string,
  count: number,
  index: number,
): void {
  const { library } = trace;
  if (mode !== 'pointer' && mode !== 'array') return;
  const plain = className
    .replace(/<[\s\S]*$/, '')
    .replace(/^.*::/, '')
    .trim();
  if (READ_ONLY_VIEW.test(className) || (SCALAR.test(plain) && !className.includes('<'))) return;
  if (/^(?:const\s+)?std::/.test(className)) {
    if (
      /<[^<>]*[*&]|\b(?:span|\w+_ptr|reference_wrapper|any)\b/.test(className) &&
      !/<\s*const\b/.test(className)
    )
      noteEscape(trace, node, mode, `a ${className} keeps it`);
    return;
  }
  const constructors = library
    .functionsNamed(plain)
    .filter((fn) => fn.owner === plain && fn.requiredParameters <= count && fn.parameters.length >= count);
  if (constructors.length === 0)
    return noteEscape(
      trace,
      node,
      mode,
      `it is handed to a ${className}, whose constructor is not in this tree`,
    );
  for (const fn of constructors) passedTo(trace, node, fn, index, mode);
}

const SCALAR =
  /^(?:const\s+)?(?:bool|_Bool|char|void|float|double|u?int\w*|size_t|ssize_t|long|short|signed|unsigned)\b/;
