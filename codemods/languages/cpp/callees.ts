// Which functions of the tree a call may reach, by name, receiver, arity and argument type.
import { type Document, type Node, parts, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import { type CppFunction, lambdaFunction, sameParameters } from './function-facts.ts';
import type { Library } from './library.ts';
import { classBehind, descendants, lineage } from './lineage.ts';
import { enclosingOwner, resolveVariable } from './scope.ts';
import { isReadOnly, sameBase } from './type-name.ts';

/** What a call leads to. `pointer`: through a function pointer; `ambiguous`: several unrelated classes fit. */
export type Callee =
  | {
      readonly kind: 'functions';
      readonly name: string;
      readonly functions: readonly CppFunction[];
      /** A twin with a const parameter exists: once the argument is const the call goes there. */
      readonly readOnlyOverload: boolean;
    }
  | { readonly kind: 'pointer' | 'ambiguous' | 'unknown'; readonly name: string };

/** Resolves the function of a call_expression, for its argument at `index`. */
export function resolveCallee(library: Library, doc: Document, call: Node, index: number): Callee {
  const callee = call.childForFieldName('function');
  const list = call.childForFieldName('arguments');
  if (callee === null || list === null) return { kind: 'unknown', name: textOf(doc, call) };
  const args = parts(list);
  const fits = (fn: CppFunction): boolean =>
    args.length >= fn.requiredParameters && (args.length <= fn.parameters.length || fn.variadic);
  const argument = args[index];
  const narrow = (name: string, fns: readonly CppFunction[]): Callee => {
    const fitting = byArgument(library, doc, fns.filter(fits), argument, index);
    if (fitting.length === 0) return { kind: 'unknown', name };
    const twins = fitting.filter((fn) => fitting.some((other) => isReadOnlyTwin(fn, other, index)));
    return {
      kind: 'functions',
      name,
      functions: fitting.filter((fn) => !twins.includes(fn)),
      readOnlyOverload: twins.length > 0,
    };
  };
  const name = textOf(doc, callee);
  const word = /([A-Za-z_]\w*)\s*(?:<[\s\S]*>)?$/.exec(name)?.[1] ?? name;
  if (callee.type === 'field_expression') return method(library, doc, callee, narrow);
  if (callee.type === 'qualified_identifier') {
    const scope = textOf(doc, callee.childForFieldName('scope') ?? callee);
    const fns = library.functionsNamed(word);
    const last = lastScope(name);
    const owned = fns.filter(
      (fn) => fn.owner === last || (fn.owner === '' && fn.space.split('::').includes(last)),
    );
    return narrow(
      word,
      owned.length > 0 ? owned : /^std\b/.test(scope) ? [] : fns.filter((fn) => fn.owner === ''),
    );
  }
  if (callee.type === 'lambda_expression')
    return narrow(
      'lambda',
      [lambdaFunction(doc, callee)].filter((fn) => fn !== undefined),
    );
  const variable = callee.type === 'identifier' ? resolveVariable(doc, callee) : undefined;
  if (variable !== undefined) {
    // A `std::function` has parameter types of its own.
    const deduced = /\bauto\b/.test(textOf(doc, variable.node.childForFieldName('type') ?? variable.node));
    const lambda =
      deduced && variable.initialiser?.type === 'lambda_expression'
        ? lambdaFunction(doc, variable.initialiser)
        : undefined;
    return lambda === undefined ? { kind: 'pointer', name } : narrow(word, [lambda]);
  }
  const owner = enclosingOwner(doc, call);
  const visible = library
    .functionsNamed(word)
    .filter((fn) => fn.owner !== '' || !fn.isStatic || fn.doc.file === doc.file || /\.h/.test(fn.doc.file));
  const family = owner === '' ? new Set<string>() : lineage(library, owner);
  const own = visible.filter((fn) => family.has(fn.owner));
  return narrow(word, own.some(fits) ? own : visible.filter((fn) => fn.owner === '' || fn.owner === word));
}

// The same function for const arguments, declared beside the mutable one.
function isReadOnlyTwin(fn: CppFunction, other: CppFunction, index: number): boolean {
  const [mutable, constant] = [fn.parameters[index], other.parameters[index]];
  if (mutable === undefined || constant === undefined || fn.owner !== other.owner || fn.space !== other.space)
    return false;
  return sameParameters(fn, other) && isReadOnly(constant.type) && !isReadOnly(mutable.type);
}

function lastScope(name: string): string {
  return /(?:^|::)(\w+)(?:<[^>]*>)?::[^:]*$/.exec(name)?.[1] ?? '';
}

function method(
  library: Library,
  doc: Document,
  callee: Node,
  narrow: (name: string, fns: readonly CppFunction[]) => Callee,
): Callee {
  const object = callee.childForFieldName('argument');
  const field = callee.childForFieldName('field');
  if (object === null || field === null) return { kind: 'unknown', name: textOf(doc, callee) };
  const word = textOf(doc, field).replace(/<[\s\S]*$/, '');
  const methods = library.functionsNamed(word).filter((fn) => fn.owner !== '');
  const type = typeOf(library, doc, object);
  if (type !== undefined) {
    const cls = classBehind(library, type.type);
    const family = new Set([...lineage(library, cls), ...descendants(library, cls)]);
    const own = methods.filter((fn) => family.has(fn.owner));
    if (own.length > 0) return narrow(word, own);
    // The class is known and has no such method: a function pointer member, or a class outside of the tree.
    if (library.classesNamed(cls).length > 0) return { kind: 'pointer', name: textOf(doc, callee) };
    return { kind: 'unknown', name: textOf(doc, callee) };
  }
  const guess = narrow(word, methods);
  if (guess.kind !== 'functions') return guess;
  const owners = [...new Set(guess.functions.map((fn) => fn.owner))];
  const first = owners[0] ?? '';
  const family = new Set(lineage(library, first));
  for (const name of [...family]) for (const heir of descendants(library, name)) family.add(heir);
  return owners.every((owner) => family.has(owner)) ? guess : { kind: 'ambiguous', name: word };
}

// Overloads: those whose parameter can take the argument's type, or all when that tells nothing.
function byArgument(
  library: Library,
  doc: Document,
  fns: readonly CppFunction[],
  argument: Node | undefined,
  index: number,
): readonly CppFunction[] {
  const type = argument === undefined ? undefined : typeOf(library, doc, argument);
  if (type === undefined || fns.length < 2) return fns;
  const taking = fns.filter((fn) => {
    const parameter = fn.parameters[index];
    return (
      parameter !== undefined &&
      (sameBase(parameter.type.base, type.type.base) || fn.templateNames.has(parameter.type.base))
    );
  });
  if (taking.length > 0) return taking;
  const generic = fns.filter((fn) => fn.parameters[index]?.type.base === 'void');
  return generic.length > 0 ? generic : fns;
}
