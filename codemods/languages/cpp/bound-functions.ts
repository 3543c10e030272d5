// Which functions of the tree a binding's value names.
import { type Binding, unwrap } from './bindings.ts';
import { type Document, type Node, occurrences, textOf } from './document.ts';
import { type CppFunction, functionNamedBy, lambdaFunction, lexicalNamespaces } from './function-facts.ts';
import type { Library } from './library.ts';
import { enclosingOwner } from './scope.ts';

/** The declarations and definitions of the function that a binding's value names; several where it is declared and defined. */
export function boundFunctions(library: Library, binding: Binding): readonly CppFunction[] {
  const { doc, value } = binding;
  if (value === undefined) return [];
  if (value.type === 'lambda_expression')
    return [lambdaFunction(doc, value)].filter((fn) => fn !== undefined);
  if (value.type === 'conditional_expression') {
    return ['consequence', 'alternative'].flatMap((field) => {
      const branch = value.childForFieldName(field);
      return branch === null ? [] : boundFunctions(library, { ...binding, ...unwrap(doc, branch) });
    });
  }
  const nameNode = nameIn(value);
  const path =
    value.type === 'qualified_identifier'
      ? doc.text
          .slice(value.startIndex, nameNode.startIndex)
          .replace(/<[^<>]*>/g, '')
          .split('::')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : [];
  const last = path.at(-1);
  const isClass = last !== undefined && !doc.isNamespace(last);
  const owner = last === undefined ? enclosingOwner(doc, value) : isClass ? last : '';
  const space = last === undefined || isClass ? lexicalNamespaces(doc, value).join('::') : path.join('::');
  return select(library, doc, textOf(doc, nameNode), owner, space, binding.slot.parameters.length);
}

function nameIn(value: Node): Node {
  const name = value.childForFieldName('name');
  return name === null ? value : nameIn(name);
}

// Nearest first: a member of the class around, a static of this file, then anything of the tree.
function select(
  library: Library,
  doc: Document,
  name: string,
  owner: string,
  space: string,
  arity: number,
): readonly CppFunction[] {
  const here = occurrences(doc, name)
    .map((node) => functionNamedBy(doc, node))
    .filter((fn) => fn !== undefined);
  const usable = (fns: readonly CppFunction[], of: string): readonly CppFunction[] => {
    const owned = fns.filter((fn) => fn.owner === of);
    const near = owned.filter(
      (fn) => fn.space === space || fn.space.endsWith(`::${space}`) || space.endsWith(`::${fn.space}`),
    );
    const visible = near.length > 0 ? near : owned;
    const fitting = visible.filter((fn) => fn.parameters.length === arity);
    return fitting.length > 0 ? fitting : visible;
  };
  for (const of of owner === '' ? [''] : [owner, '']) {
    const local = usable(here, of);
    // A definition here is the whole story unless a header declares it too, which the flow's peers find.
    if (local.some((fn) => fn.body !== undefined)) return local;
    const everywhere = usable(library.functionsNamed(name), of).filter(
      (fn) => fn.doc.file === doc.file || !(fn.isStatic && of === ''),
    );
    if (everywhere.length > 0) return everywhere;
  }
  return [];
}
