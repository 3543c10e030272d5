// Which statements may change places: what only adds, what only stores, and what reads nothing that is changed in between.
import { type Document, type Node, parts, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { libraryCall } from '../library-calls.ts';
import type { LoopShape } from './loop-shape.ts';
import { bare, calledName, every, fieldUse } from './tree-walk.ts';

/** An add, with or without a look at its answer, or a plain assignment. */
export function isSimple(doc: Document, shape: LoopShape, statement: Node): boolean {
  const calls = every(statement, 'call_expression').map((call) => calledName(doc, call));
  const onlyAdds = calls.every((name) => name === shape.append.fn.name);
  if (statement.type === 'expression_statement') return onlyAdds;
  if (statement.type !== 'if_statement') return false;
  return onlyAdds && every(statement, 'assignment_expression', 'update_expression').length === 0;
}

/** onlyStores */
export function onlyStores(doc: Document, statement: Node): boolean {
  if (statement.type === 'if_statement') {
    const inner = [statement.childForFieldName('consequence'), statement.childForFieldName('alternative')];
    return inner.every((each) => each === null || innerStatements(each).every((one) => onlyStores(doc, one)));
  }
  if (statement.type !== 'expression_statement') return false;
  const [expression] = parts(statement);
  if (expression?.type === 'assignment_expression') return true;
  return (
    expression?.type === 'call_expression' && libraryCall(calledName(doc, expression) ?? '', 0) === 'stores'
  );
}

function innerStatements(node: Node): readonly Node[] {
  return /^(?:compound_statement|else_clause)$/.test(node.type)
    ? parts(node).flatMap((each) => innerStatements(each))
    : [node];
}

/** Nothing that is passed gives a value to a name that the store reads. */
export function isFree(doc: Document, store: Node, passed: readonly Node[]): boolean {
  const names = new Set(every(store, 'identifier', 'field_identifier').map((each) => textOf(doc, each)));
  return passed.every((statement) =>
    [...every(statement, 'assignment_expression'), ...every(statement, 'update_expression')].every((each) => {
      const target = bare(each.childForFieldName('left') ?? each.childForFieldName('argument') ?? each);
      const name = fieldUse(doc, target)?.name ?? textOf(doc, target);
      return !names.has(name);
    }),
  );
}

/** Calls in what is stored only read: macros, and functions without a store. */
export function isMovable(library: Library, node: Node): boolean {
  return every(node, 'call_expression').every((call) => {
    const name = call.childForFieldName('function')?.text ?? '';
    const known = libraryCall(name, 0);
    if (known === 'reads' || known === 'stores' || known === 'points') return true;
    const macros = library.macroDefinitions(name);
    if (macros.length > 0) return macros.every((macro) => !/(?<![=!<>])=(?!=)|\+\+|--/.test(macro));
    const bodies = library.functionsNamed(name).flatMap((fn) => (fn.body === undefined ? [] : [fn.body]));
    return (
      bodies.length > 0 &&
      bodies.every(
        (body) =>
          [...every(body, 'assignment_expression'), ...every(body, 'update_expression')].every(
            (each) =>
              bare(each.childForFieldName('left') ?? each.childForFieldName('argument') ?? each).type ===
              'identifier',
          ) &&
          every(body, 'call_expression').every(
            (inner) => inner.childForFieldName('function')?.text !== name,
          ) &&
          isMovable(library, body),
      )
    );
  });
}
