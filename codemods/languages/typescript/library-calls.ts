// What well-known functions of the language and of Node do to the objects they are given.
// Only behaviour that a read-only value cares about: stores, gives back, keeps, or just reads.

/** What a call does to its argument at some index. */
export type LibraryEffect =
  /** Stores into it; `returns` when it gives it back too. */
  | { readonly does: 'write'; readonly returns?: true }
  /** Gives the same object back. */
  | { readonly does: 'return' }
  /** Gives back something new that has the same members, or holds them one level deeper. */
  | { readonly does: 'copy'; readonly levels: 'members' | 'entries' | 'holder' }
  /** Copies its members into the argument `into`. */
  | { readonly does: 'copy-into'; readonly into: number }
  /** A view of the same memory when given a buffer, a copy otherwise. */
  | { readonly does: 'view' }
  | { readonly does: 'read' };

const READ: LibraryEffect = { does: 'read' };
const WRITE_FIRST = /^(?:Reflect\.(?:set|deleteProperty|defineProperty|setPrototypeOf|preventExtensions))$/;
const WRITE_AND_RETURN_FIRST = /^Object\.(?:assign|defineProperty|defineProperties|setPrototypeOf)$/;
const GIVE_BACK = /^(?:Object\.(?:freeze|seal|preventExtensions)|Promise\.resolve|Object)$/;
const READERS =
  /^(?:(?:Object|Array|String|Function)\.prototype\.(?:isPrototypeOf|hasOwnProperty|toString|slice|indexOf|includes)\.call|structuredClone|JSON\.\w+|console\.\w+|Object\.(?:keys|getOwn\w+|hasOwn|is|isFrozen|isSealed|isExtensible|getPrototypeOf|create)|Reflect\.(?:get|has|ownKeys|getPrototypeOf|getOwnPropertyDescriptor|isExtensible)|Number(?:\.\w+)?|String(?:\.\w+)?|Boolean|BigInt(?:\.\w+)?|Symbol|Math\.\w+|parseInt|parseFloat|isNaN|isFinite|Array\.isArray|ArrayBuffer\.isView|Atomics\.load|Buffer\.(?:isBuffer|byteLength|compare|concat|copyBytesFrom|isEncoding)|(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array\.(?:from|of)|Float(?:16|32|64)Array\.(?:from|of)|assert(?:\.\w+)*|util\.(?:inspect|format|isDeepStrictEqual|types\.\w+)|inspect|format|expect|isDeepStrictEqual|timingSafeEqual|crypto\.timingSafeEqual|crypto\.createHash|process\.(?:stdout|stderr)\.write|encodeURIComponent|queueMicrotask)$/;
const VIEWERS =
  /^(?:Buffer\.from|new (?:DataView|(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array|Float(?:16|32|64)Array|Buffer))$/;
const FILLERS: readonly (readonly [RegExp, number])[] = [
  [/(?:^|\.)(?:getRandomValues|randomFillSync|randomFill)$/, 0],
  [/\.encodeInto$/, 1],
  [/(?:^|\.)readSync$/, 1],
  [/^Atomics\.(?:store|add|sub|and|or|xor|exchange|compareExchange)$/, 0],
];

/** The effect of the function with this spelling (`Object.assign`, `new DataView`); undefined where it is not known. */
export function libraryEffect(callee: string, index: number): LibraryEffect | undefined {
  const name = callee.replace(/^(?:globalThis|window|self)\./, '');
  if (WRITE_FIRST.test(name)) return index === 0 ? { does: 'write' } : READ;
  if (WRITE_AND_RETURN_FIRST.test(name)) {
    if (index === 0) return { does: 'write', returns: true };
    return name === 'Object.assign' ? { does: 'copy-into', into: 0 } : READ;
  }
  for (const [pattern, written] of FILLERS)
    if (pattern.test(name)) return index === written ? { does: 'write' } : READ;
  if (GIVE_BACK.test(name)) return { does: 'return' };
  if (name === 'Object.values' || name === 'Array.from')
    return index === 0 ? { does: 'copy', levels: 'members' } : READ;
  if (name === 'Object.entries') return { does: 'copy', levels: 'entries' };
  if (name === 'Array.of' || name === 'Promise.all') return { does: 'copy', levels: 'holder' };
  if (/^new (?:Map|Set|Array)$/.test(name)) return { does: 'copy', levels: 'members' };
  if (VIEWERS.test(name)) return { does: 'view' };
  return READERS.test(name) ? READ : undefined;
}

/** What a method of an array, byte view, map, set or date does to its receiver. */
export type MethodEffect =
  | 'write'
  | 'same'
  | 'element'
  | 'members'
  | 'entries'
  | 'callback'
  | 'copy-or-view'
  | 'read';

/** How a receiver behaves, whatever it is called. */
export type ReceiverKind = 'list' | 'bytes' | 'view' | 'keyed' | 'date';

const STORES: Readonly<Record<ReceiverKind, RegExp>> = {
  list: /^(?:push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/,
  bytes: /^(?:set|fill|copyWithin|reverse|sort|write\w*|swap(?:16|32|64))$/,
  view: /^set(?:Ui|I|BigI|BigUi)nt\d+$|^setFloat\d+$/,
  keyed: /^(?:set|add|delete|clear)$/,
  date: /^set[A-Z]\w*$/,
};

/** The effect of `receiver.name()`; undefined for a method that nothing is known of. */
export function methodEffect(kind: ReceiverKind | undefined, name: string): MethodEffect | undefined {
  if (kind !== undefined && STORES[kind].test(name)) return 'write';
  if (kind === undefined) {
    // A receiver of unknown type: only names that cannot mean anything else.
    if (/^(?:push|unshift|splice|copyWithin|setUint\d+|setInt\d+|writeU?Int\d+(?:BE|LE)?)$/.test(name))
      return 'write';
    return /^(?:toString|toLocaleString|toJSON|toFixed|replace|replaceAll|split|trim|toLowerCase|toUpperCase|startsWith|endsWith|includes|indexOf|join|charCodeAt|substring|padStart|padEnd|match|hasOwnProperty)$/.test(
      name,
    )
      ? 'read'
      : undefined;
  }
  if (/^(?:subarray|valueOf)$/.test(name)) return 'same';
  if (name === 'slice') return kind === 'bytes' ? 'copy-or-view' : 'members';
  if (/^(?:at|get|find|findLast|with)$/.test(name)) return 'element';
  if (/^(?:filter|concat|flat|toSorted|toReversed|toSpliced|values|keys)$/.test(name)) return 'members';
  if (name === 'entries') return 'entries';
  if (/^(?:forEach|map|flatMap|some|every|reduce|reduceRight|findIndex|findLastIndex)$/.test(name))
    return 'callback';
  return 'read';
}

/** Methods that keep what they are given, by the index from which on; undefined for others. */
export function keepsFrom(kind: ReceiverKind | undefined, name: string): number | undefined {
  if (/^(?:push|unshift)$/.test(name)) return 0;
  if (name === 'splice') return 2;
  if (kind === 'keyed' && name === 'add') return 0;
  if (kind === 'keyed' && name === 'set') return 1;
  if (kind === 'list' && name === 'fill') return 0;
  return undefined;
}

const READING_METHODS =
  /^(?:update|write|end|equals|compare|decode|send|toString|digest|inspect|deepEqual|strictEqual|includes|indexOf|lastIndexOf|has|concat|test|exec|isPrototypeOf|hasOwnProperty|log|info|warn|debug|trace|error)$/;

/** Methods of the library and of Node that only look at their arguments. */
export function onlyReadsArguments(name: string): boolean {
  return READING_METHODS.test(name);
}
