// A C or C++ type as its spelling tells it: a base name, its constness, and pointer or reference levels.

/** One `*`, `&` or `&&`; `const` belongs to the level itself (`T* const`). */
export interface TypeLevel {
  readonly kind: '*' | '&' | '&&';
  readonly const: boolean;
}

/** A type taken apart. Function pointer types stay whole in `base`. */
export interface TypeName {
  /** Without elaborating keyword, storage class or qualifiers: `protocol_binary_response_header`. */
  readonly base: string;
  readonly baseConst: boolean;
  readonly levels: readonly TypeLevel[];
}

const NOISE = new Set([
  'struct',
  'class',
  'enum',
  'union',
  'typename',
  'register',
  'static',
  'extern',
  'inline',
  'virtual',
  'explicit',
  'constexpr',
  'mutable',
  'volatile',
  'restrict',
  '__restrict',
  '__restrict__',
  'friend',
  'thread_local',
]);
const ARITHMETIC = new Set(['unsigned', 'signed', 'short', 'long', 'int', 'char', 'double']);
const TOKEN = /[A-Za-z_]\w*|::|&&|\.\.\.|\d+|[^\s]/g;

/** Takes a type's spelling apart; comments are ignored. */
export function parseTypeName(text: string): TypeName {
  const tokens: readonly string[] = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ').match(TOKEN) ?? [];
  if (isFunctionType(tokens)) return { base: functionType(tokens), baseConst: false, levels: [] };
  const words: string[] = [];
  const levels: { kind: '*' | '&' | '&&'; const: boolean }[] = [];
  let baseConst = false;
  let depth = 0;
  for (const token of tokens) {
    if (token === '<') depth++;
    if (depth > 0) {
      words[words.length - 1] = `${words.at(-1) ?? ''}${token === 'const' ? 'const ' : token}`;
      if (token === '>') depth--;
    } else if (token === 'const') {
      const last = levels.at(-1);
      if (last === undefined) baseConst = true;
      else last.const = true;
    } else if (token === '*' || token === '&' || token === '&&') levels.push({ kind: token, const: false });
    else if (token === '[') levels.push({ kind: '*', const: false });
    else if (token === '::' || words.at(-1)?.endsWith('::') === true)
      words[Math.max(words.length - 1, 0)] = `${words.at(-1) ?? ''}${token}`;
    else if (/^[A-Za-z_.]/.test(token) && !NOISE.has(token) && levels.length === 0) words.push(token);
  }
  return { base: baseName(words), baseConst, levels };
}

// A bracket outside of template arguments: `R (*)(A)`, but not `std::function<R(A)>`.
function isFunctionType(tokens: readonly string[]): boolean {
  let depth = 0;
  for (const token of tokens) {
    if (token === '<') depth++;
    else if (token === '>') depth--;
    else if (token === '(' && depth === 0) return true;
  }
  return false;
}

// `R (*)(A, B)` without parameter names, so that two spellings of one function type are equal.
function functionType(tokens: readonly string[]): string {
  const kept: string[] = [];
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    const before = kept.at(-1);
    const named =
      before !== undefined &&
      (/^[*&>]/.test(before) || (/^\w+$/.test(before) && before !== 'const' && !ARITHMETIC.has(token)));
    const isName =
      /^[A-Za-z_]\w*$/.test(token) &&
      (next === ',' || next === ')' || next === '[') &&
      named &&
      token !== 'const';
    if (!NOISE.has(token) && !isName) kept.push(token);
  }
  return kept.join(' ');
}

function baseName(words: readonly string[]): string {
  if (!words.some((word) => ARITHMETIC.has(word))) return words.join(' ').replace(/^::/, '');
  // `unsigned`, `unsigned int` and `int unsigned` are one type.
  const rest = words.filter((word) => word !== 'int' && word !== 'signed').sort();
  if (words.includes('char')) return words.includes('signed') ? 'signed char' : rest.join(' ');
  return rest.length === 0 ? 'int' : rest.join(' ');
}

/** The pointee or referent is const: nothing may be written through it. */
export function isReadOnly(type: TypeName): boolean {
  return type.levels.length > 0 && type.baseConst;
}

/** A pointer or a reference. */
export function isIndirect(type: TypeName): boolean {
  return type.levels.length > 0;
}

/** Same name, or one is the other with a namespace in front. */
export function sameBase(a: string, b: string): boolean {
  const strip = (name: string): string => name.replace(/\bstd::/g, '').replace(/\s+/g, '');
  const [x, y] = [strip(a), strip(b)];
  return x === y || x.endsWith(`::${y}`) || y.endsWith(`::${x}`);
}

/** Equal but for the constness of the base and of the outermost level, which a caller cannot see. */
export function sameShape(a: TypeName, b: TypeName): boolean {
  return sameBase(a.base, b.base) && sameLevels(a, b);
}

/** The same levels, the outermost's own const aside. */
export function sameLevels(a: TypeName, b: TypeName): boolean {
  if (a.levels.length !== b.levels.length) return false;
  return a.levels.every((level, i) => {
    const other = b.levels[i];
    if (other === undefined || level.kind !== other.kind) return false;
    return i === a.levels.length - 1 || level.const === other.const;
  });
}

/** Collapses white space and drops comments, for people. */
export function spelled(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ?([*&]+) ?/g, '$1 ')
    .replace(/ ([,)>])/g, '$1')
    .trim();
}
