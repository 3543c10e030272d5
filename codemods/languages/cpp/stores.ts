// A value that is put into a variable: by assignment, by an initialiser, through braces or a structured binding.
import type { Place } from '../../facts/place.ts';
import { resolveCallee } from './callees.ts';
import { enclosing, type Node, parts, rangeOf, textOf } from './document.ts';
import { typeOf, variableType } from './expression-type.ts';
import { lambdaFunction } from './function-facts.ts';
import { classBehind } from './lineage.ts';
import { constructed } from './pass-on.ts';
import { type CppVariable, functionOf, resolveVariable } from './scope.ts';
import { type Mode, nameIn, noteEscape, noteWrite, READ_ONLY_VIEW, type Trace } from './trace.ts';
import { isIndirect } from './type-name.ts';
import { traceUses } from './uses.ts';

/** What an assignment does: a store through its left side, or a new name for its right side. */
export function climbAssignment(trace: Trace, node: Node, parent: Node, mode: Mode): void {
  const { doc, found } = trace;
  const left = parent.childForFieldName('left');
  if (left?.id === node.id) {
    if (mode !== 'pointer') noteWrite(trace, parent, 'assignment to');
    return;
  }
  if (left === null || mode === 'object' || mode === 'member') return;
  // `(name = value)->member`
  if (mode !== 'untyped' && parent.parent?.type === 'parenthesized_expression')
    trace.climb(trace, parent, 'pointer');
  // `T (&name)[n] = value;` reads as an assignment to the grammar.
  if (/\(\s*&\s*\w+\s*\)\s*\[/.test(textOf(doc, left))) {
    found.escapes.push({
      range: rangeOf(doc, parent),
      reason: `${textOf(doc, left)} is a reference to an array, and its type has to be changed by hand`,
    });
    return;
  }
  const variable = left.type === 'identifier' ? resolveVariable(doc, left) : undefined;
  const isLocal =
    variable !== undefined &&
    enclosing(variable.node, 'function_definition', 'lambda_expression') !== undefined;
  if (
    mode === 'untyped' &&
    (variable === undefined || variableType(trace.library, doc, variable)?.type.levels.length === 0)
  )
    return;
  const to = isLocal ? placeOf(trace, variable) : undefined;
  if (to !== undefined) found.flows.push({ to, at: rangeOf(doc, parent), how: 'alias' });
  else noteEscape(trace, parent, mode, `it is stored in ${textOf(doc, left)}`);
}

// A parameter is a local of its function like any other.
function placeOf({ doc, places }: Trace, variable: CppVariable): Place | undefined {
  if (!/parameter_declaration$/.test(variable.node.type)) return places.local(doc, variable);
  const around = enclosing(variable.node, 'function_definition', 'lambda_expression');
  const fn =
    around?.type === 'lambda_expression'
      ? lambdaFunction(doc, around)
      : around === undefined
        ? undefined
        : functionOf(doc, around);
  const index =
    fn?.parameters.findIndex((parameter) => parameter.nameNode?.id === variable.nameNode.id) ?? -1;
  return fn === undefined || index < 0 ? undefined : places.parameter(fn, index);
}

/** A variable is initialised with it: a new name, unless the object is copied. */
export function climbInitialiser(trace: Trace, declares: Node, mode: Mode): void {
  const { doc, found, places } = trace;
  if (mode === 'member') return;
  const declaration = declares.type === 'init_declarator' ? declares.parent : declares;
  const declarator = declares.childForFieldName('declarator');
  const bound =
    declarator?.type === 'structured_binding_declarator'
      ? declarator
      : declarator?.descendantsOfType('structured_binding_declarator')[0];
  if (bound !== undefined && bound !== null) return structuredBinding(trace, declares, bound, mode);
  const name = declarator === null ? undefined : nameIn(declarator);
  const type = declaration?.childForFieldName('type');
  if (
    declaration === null ||
    declaration === undefined ||
    name === undefined ||
    type === null ||
    type === undefined
  )
    return;
  const around = doc.text.slice(type.endIndex, name.startIndex);
  const variable: CppVariable = {
    name: textOf(doc, name),
    nameNode: name,
    node: declaration,
    initialiser: declares.childForFieldName('value') ?? declares.childForFieldName('right') ?? undefined,
  };
  const place = places.local(doc, variable);
  if (mode === 'untyped' && !/[*&]/.test(around)) return;
  if (mode === 'object') {
    // Without a reference the object is copied.
    if (!/&/.test(around)) return;
  } else if (
    !/[*&]/.test(around) &&
    !/\bauto\b|\bdecltype\b/.test(textOf(doc, type)) &&
    place.access === 'inferred'
  ) {
    if (!doc.isC) constructed(trace, declares, mode, textOf(doc, type), 1, 0);
    return;
  }
  found.flows.push({ to: place, at: rangeOf(doc, declares), how: 'alias' });
}

// `auto &[a, b] = header;`: every name is a member; without `&` all are members of a copy.
function structuredBinding(trace: Trace, declares: Node, bound: Node, mode: Mode): void {
  const { doc, library } = trace;
  const value = declares.childForFieldName('value');
  if (bound.parent?.type !== 'reference_declarator' || (mode !== 'object' && mode !== 'untyped')) return;
  const type = value === null ? undefined : typeOf(library, doc, value);
  const fields =
    type === undefined
      ? []
      : (library.classesNamed(classBehind(library, type.type)).find((cls) => cls.aliasOf === undefined)
          ?.fields ?? []);
  const scope = enclosing(bound, 'function_definition', 'lambda_expression') ?? doc.root;
  parts(bound).forEach((name, i) => {
    const field = fields[i];
    traceUses(
      trace,
      name,
      scope,
      field?.isArray === true ? 'array' : field !== undefined && isIndirect(field.type) ? 'member' : 'object',
    );
  });
}

/** It stands in braces: a pointer or reference initialised by them, a read-only view, or something that keeps it. */
export function climbList(trace: Trace, list: Node, mode: Mode): void {
  const { doc, library } = trace;
  const outer = list.parent;
  // `T *name{value};`
  if (outer?.type === 'init_declarator' && parts(list).length === 1 && namesValue(trace, outer))
    return climbInitialiser(trace, outer, mode);
  const call = outer?.type === 'argument_list' ? outer.parent : null;
  const callee = call?.type === 'call_expression' ? call.childForFieldName('function') : null;
  let spelling = '';
  if (call !== null && call !== undefined && callee !== null && callee !== undefined && outer !== null) {
    const index = parts(outer).findIndex((child) => child.id === list.id);
    const resolved = resolveCallee(library, doc, call, index);
    spelling =
      resolved.kind === 'functions'
        ? (resolved.functions[0]?.parameters[index]?.spelling ?? '')
        : textOf(doc, callee);
  } else {
    const holder = enclosing(
      list,
      'declaration',
      'compound_literal_expression',
      'return_statement',
      'function_definition',
    );
    const type = holder?.childForFieldName('type');
    spelling = type === null || type === undefined ? '' : textOf(doc, type);
  }
  if (READ_ONLY_VIEW.test(spelling)) return;
  noteEscape(trace, list, mode, `it is put into an initialiser${spelling === '' ? '' : ` of ${spelling}`}`);
}

/** The declarator is that of a pointer, a reference or a deduced type, not of an object that is constructed. */
export function namesValue({ doc }: Trace, declares: Node): boolean {
  const type = declares.parent?.childForFieldName('type');
  return (
    /^(?:pointer|reference)_declarator$/.test(declares.childForFieldName('declarator')?.type ?? '') ||
    (type !== null && type !== undefined && /\bauto\b/.test(textOf(doc, type)))
  );
}
