// What a function-like macro of the tree stores to, read from its definition: through what it is given, or by a name of its own.
import type { Library } from '../library.ts';
import { libraryCall } from '../library-calls.ts';

/** Steps from what a macro is given to what it stores to (`*, cas`). */
type MacroSteps = readonly string[];

const DEPTH = 3;
const STORE = /(?:<<|>>|[-+*/%&|^])=|(?<![=!<>])=(?!=)|\+\+|--/g;
const MACRO = /^#[ \t]*define[ \t]+\w+\(([^)]*)\)([\s\S]*)$/;
// Comments, literals and line ends say nothing here.
const NOISE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\\r?\n/g;

interface Macro {
  readonly parameters: readonly string[];
  readonly body: string;
}

function macrosNamed(library: Library, name: string): readonly Macro[] {
  return library.macroDefinitions(name).flatMap((text) => {
    const [, parameters, body] = MACRO.exec(text.trim().replace(NOISE, ' ')) ?? [];
    return parameters === undefined || body === undefined
      ? []
      : [{ parameters: parameters.split(',').map((one) => one.trim()), body }];
  });
}

// The statement that each store stands in.
function storedIn({ body }: Macro): readonly string[] {
  return [...body.matchAll(STORE)].map(({ index, 0: operator }) => {
    const before = body.slice(0, index).split(/[;{}]/).at(-1) ?? '';
    const isStep = operator === '++' || operator === '--';
    return isStep && !/[\w)\]]\s*$/.test(before) ? (body.slice(index + 2).split(/[;{}]/)[0] ?? '') : before;
  });
}

/** What a macro stores to through one of its arguments; empty for what is no macro of the tree. */
export function storedByMacro(
  library: Library,
  name: string,
  index: number,
  depth = 0,
): readonly MacroSteps[] {
  if (depth > DEPTH) return [];
  return macrosNamed(library, name).flatMap((macro) => {
    const parameter = macro.parameters[index];
    if (parameter === undefined || !/^\w+$/.test(parameter)) return [];
    const own = storedIn(macro).flatMap((left) => stepsFrom(left, parameter));
    return [...own, ...callsIn(macro).flatMap((call) => storedByCall(library, call, parameter, depth))];
  });
}

/** Names that a macro stores to though it is not given them: its own parameters are left out. */
export function namesStoredByMacro(library: Library, name: string): readonly string[] {
  return macrosNamed(library, name).flatMap((macro) =>
    storedIn(macro).flatMap((left) => {
      const target = /[*(\s]*\b([A-Za-z_]\w*)[\s)]*(?:(?:->|\.)\s*\w+|\[[^\]]*\])*[\s)]*$/.exec(left)?.[1];
      return target === undefined || macro.parameters.includes(target) ? [] : [target];
    }),
  );
}

// `(h)->f.b` of h: `*, f, b`. What an element of a member belongs to may be an array or what a pointer leads to.
function stepsFrom(left: string, parameter: string): readonly MacroSteps[] {
  const use = new RegExp(
    `(\\*?)[(\\s]*\\b${parameter}\\b[)\\s]*((?:(?:->|\\.)\\s*\\w+|\\[[^\\]]*\\]|[)\\s])*)`,
  );
  const [whole, star, members = ''] = use.exec(left) ?? [];
  if (whole === undefined) return [];
  const steps: string[] = [];
  for (const [step, arrow, member] of members.matchAll(/(->|\.)\s*(\w+)|\[/g)) {
    if (step === '[') return steps.length === 0 ? [['*']] : [steps, [...steps, '*']];
    steps.push(...(arrow === '->' ? ['*'] : []), member ?? '');
  }
  if (star === '*') steps.push('*');
  return [steps];
}

interface MacroCall {
  readonly name: string;
  readonly args: readonly string[];
}

function callsIn({ body }: Macro): readonly MacroCall[] {
  return [...body.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)].flatMap(({ index, 0: head, 1: name = '' }) => {
    const args: string[] = [''];
    let depth = 0;
    for (const sign of body.slice(index + head.length)) {
      if (sign === ')' && depth-- === 0) return [{ name, args }];
      if (sign === '(') depth++;
      if (sign === ',' && depth === 0) args.push('');
      else args.push(`${args.pop() ?? ''}${sign}`);
    }
    return [];
  });
}

function storedByCall(
  library: Library,
  { name, args }: MacroCall,
  parameter: string,
  depth: number,
): readonly MacroSteps[] {
  return args.flatMap((arg, i): readonly MacroSteps[] => {
    if (!new RegExp(`\\b${parameter}\\b`).test(arg)) return [];
    const isAddress = /^\s*&/.test(arg);
    const from = stepsFrom(arg, parameter)[0] ?? [];
    const inside = isAddress ? from : [...from, '*'];
    if (libraryCall(name, i) === 'stores') return [inside, from];
    return storedByMacro(library, name, i, depth + 1).map((steps) =>
      steps[0] === '*' ? [...inside, ...steps.slice(1)] : [...from, ...steps],
    );
  });
}
