// A function whose address is taken: whoever holds it expects the parameter as it is spelled today.
import type { Binding } from './bindings.ts';
import { enclosing, type Node, occurrences, rangeOf, textOf } from './document.ts';
import { type CppFunction, functionNamedBy } from './function-facts.ts';
import { lineage } from './lineage.ts';
import { enclosingOwner, resolveVariable } from './scope.ts';
import type { Trace } from './trace.ts';

/** Notes an escape for every use of the function's name that is no call, no declaration and no slot that takes the parameter read-only. */
export function addressTaken(
  trace: Trace,
  bindings: readonly Binding[],
  fn: CppFunction,
  index: number,
): void {
  const { library, found } = trace;
  if (
    fn.node.type === 'lambda_expression' ||
    (fn.owner !== '' &&
      !fn.isStatic &&
      !library
        .textsMentioning(fn.name)
        .some((text) => new RegExp(`&\\s*[\\w:<>]*::\\s*${fn.name}\\b`).test(text)))
  )
    return;
  const uncalled = new RegExp(`(?<![\\w.>])${fn.name}\\b(?!\\s*[(<])`);
  for (const doc of library.mentioningLike(fn.name, uncalled)) {
    if (
      fn.isStatic &&
      fn.owner === '' &&
      doc.file !== fn.doc.file &&
      !/\.(?:h|hh|hpp|hxx|inc)$/.test(fn.doc.file)
    )
      continue;
    for (const node of occurrences(doc, fn.name)) {
      if (!names({ ...trace, doc }, fn, node)) continue;
      const binding = bindings.find(
        (candidate) =>
          candidate.doc.file === doc.file &&
          candidate.element !== undefined &&
          node.startIndex >= candidate.element.startIndex &&
          node.endIndex <= candidate.element.endIndex,
      );
      if (binding?.slot.parameters[index]?.readOnly === true) continue;
      const where =
        binding === undefined
          ? 'its address is taken here, and whoever holds it'
          : `it also stands in slot ${binding.slot.container}.${binding.slot.name}, which`;
      found.escapes.push({ range: rangeOf(doc, node), reason: `${where} expects ${fn.qualified} as it is` });
    }
  }
}

// The name as a value: not called, not declared, and not of a variable or another class.
function names({ doc, library }: Trace, fn: CppFunction, node: Node): boolean {
  if (
    node.type !== 'identifier' ||
    functionNamedBy(doc, node) !== undefined ||
    resolveVariable(doc, node) !== undefined
  )
    return false;
  let top = node;
  while (top.parent?.type === 'qualified_identifier') top = top.parent;
  const scope =
    top.id === node.id ? undefined : /(\w+)\s*(?:<[^<>]*>)?\s*::\s*\w+$/.exec(textOf(doc, top))?.[1];
  const owner = scope === undefined || doc.isNamespace(scope) ? undefined : scope;
  if (
    fn.owner === ''
      ? owner !== undefined
      : owner === undefined
        ? !lineage(library, enclosingOwner(doc, node)).has(fn.owner)
        : owner !== fn.owner
  )
    return false;
  const parent = top.parent;
  if (parent === null || functionDeclared(top)) return false;
  if (parent.type === 'call_expression' && parent.childForFieldName('function')?.id === top.id) return false;
  if (parent.type === 'template_function' || parent.type === 'enumerator') return false;
  if (
    /^(?:using_declaration|friend_declaration|labeled_statement|goto_statement|preproc_def|preproc_defined|preproc_ifdef)$/.test(
      parent.type,
    )
  )
    return false;
  // A deduced variable follows by itself.
  if (
    parent.type === 'init_declarator' &&
    /\bauto\b/.test(textOf(doc, enclosing(parent, 'declaration')?.childForFieldName('type') ?? parent))
  )
    return false;
  return !(parent.type === 'cast_expression' && /^\(\s*void\s*\)/.test(textOf(doc, parent)));
}

function functionDeclared(node: Node): boolean {
  const declarator = enclosing(
    node,
    'function_declarator',
    'compound_statement',
    'initializer_list',
    'argument_list',
  );
  return (
    declarator?.type === 'function_declarator' && declarator.childForFieldName('declarator')?.id === node.id
  );
}
