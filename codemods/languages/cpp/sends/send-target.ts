// What to send with instead: read from the contract that was named, else from the tree's own declarations, else kv_engine's today.
import { type Document, enclosing, type Node, parts, textOf } from '../document.ts';
import { type CppFunction, type CppParameter, functionNamedBy } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { descendants, lineage } from '../lineage.ts';

/** What takes the memory that a connection's output stream is given. */
export type StreamArgument = 'char view' | 'byte view' | 'pointer and length';

/** How a connection is sent to on the new path. */
export type SendTarget =
  /** Its own addIov goes on and copies; only the message headers go (kv_engine 2990f2f1f). */
  | { readonly kind: 'same-calls' }
  /** copyToOutputStream, and chainDataToOutputStream(view, cleanup, argument) where there is one. */
  | { readonly kind: 'stream'; readonly argument: StreamArgument; readonly chains: boolean }
  /** libevent's bufferevent or evbuffer of the connection. `spell` gives it for the text of a connection. */
  | { readonly kind: 'bufferevent' | 'evbuffer'; readonly accessor: Accessor };

/** A function, a method or a field that gives the bufferevent or evbuffer of a connection. */
export interface Accessor {
  readonly name: string;
  readonly how: 'function' | 'method' | 'field';
  /** The class that it is given or belongs to. */
  readonly connection: string;
  /** A function takes the connection by reference. */
  readonly byReference: boolean;
}

/** The targets of one program. */
export interface SendTargets {
  /** There is something to send with, or the tree itself decides. */
  readonly any: boolean;
  /** The user named the contract that they were read from. */
  readonly isNamed: boolean;
  /** No contract was named, and the tree's own connections have no send buffer yet: nothing asks for a move. */
  isPremature(): boolean;
  /** The target of a connection of that class (undefined: not known), used from C or C++. */
  of(className: string | undefined, isC: boolean): SendTarget | undefined;
}

/** kv_engine's today, where neither the user nor the tree says anything else. */
const TODAY: SendTarget = { kind: 'stream', argument: 'char view', chains: true };

/** Reads the targets; nothing of the tree is parsed before it is asked for. */
export function sendTargets(library: Library, contractIsNamed: boolean): SendTargets {
  const contract = library.contractDocuments();
  if (contractIsNamed) {
    const named = targetsIn(contract, false);
    return {
      any: named.length > 0,
      isNamed: true,
      isPremature: () => false,
      of: (className, isC) => choose(library, named, className, isC),
    };
  }
  let known: readonly Target[] | undefined;
  const own = (): readonly Target[] => {
    known ??= targetsIn(
      ['copyToOutputStream', 'addIov', 'bufferevent', 'evbuffer'].flatMap((word) =>
        library.mentioningLike(word, DECLARES),
      ),
      true,
    );
    return known;
  };
  return {
    any: true,
    isNamed: false,
    isPremature: () => own().some(({ isUnmoved }) => isUnmoved) && own().every(isOldPathOnly),
    of: (className, isC) => {
      const found = choose(library, own(), className, isC);
      if (found !== undefined || isC) return found;
      // A class of the tree that says nothing has no send path of today's to go to.
      const isKnown = className !== undefined && library.classesNamed(className).length > 0;
      return isKnown ? undefined : TODAY;
    },
  };
}

/** The documents declare something to send with on the new path. */
export function declaresTarget(documents: readonly Document[]): boolean {
  return targetsIn(documents, false).length > 0;
}

const DECLARES =
  /\bvoid\s+(?:copyToOutputStream|addIov)\s*\(|\b(?:bufferevent|evbuffer)\s*\*\s*\w+\s*[;(]|\bbool\s+addIov\s*\(/;

// A declaration of the old path's alone says nothing of a new one, wherever it stands.
function isOldPathOnly({ target, isUnmoved }: Target): boolean {
  return target.kind === 'same-calls' && isUnmoved === true;
}

interface Target {
  /** The class that it is for. */
  readonly className: string;
  readonly isC: boolean;
  readonly target: SendTarget;
  /** The class still begins message headers and has nothing to copy into. */
  readonly isUnmoved?: boolean;
}

// Nearest first: the class itself or one that it derives from; without a class the only target there is.
function choose(
  library: Library,
  targets: readonly Target[],
  className: string | undefined,
  isC: boolean,
): SendTarget | undefined {
  const usable = targets.filter(
    ({ target }) => !isC || target.kind === 'bufferevent' || target.kind === 'evbuffer',
  );
  if (className !== undefined) {
    const family = lineage(library, className);
    const direct = usable.filter((one) => family.has(one.className));
    const sorted = [...direct].sort((a, b) => rank(a.target) - rank(b.target));
    if (sorted[0] !== undefined) return sorted[0].target;
    // A pure interface, of which the target's class is an implementation.
    const heirs = descendants(library, className);
    const below = usable.filter((one) => heirs.has(one.className));
    if (below[0] !== undefined) return below[0].target;
    return undefined;
  }
  // Nothing tells the class: a stream comes first, a field of somebody's struct last.
  const best = Math.min(...usable.map(({ target }) => rank(target)));
  const first = usable.filter(({ target }) => rank(target) === best);
  const kinds = new Set(first.map(({ target }) => JSON.stringify(target)));
  return kinds.size === 1 ? first[0]?.target : undefined;
}

const KINDS: readonly SendTarget['kind'][] = ['stream', 'evbuffer', 'bufferevent', 'same-calls'];

function rank(target: SendTarget): number {
  const field = 'accessor' in target && target.accessor.how === 'field' ? 10 : 0;
  return KINDS.indexOf(target.kind) + field;
}

// In a tree the old path itself may stand: there its calls are kept. A contract that still has it says nothing new.
function targetsIn(documents: readonly Document[], isTree: boolean): readonly Target[] {
  return [...new Set(documents)].flatMap((doc) => [...classTargets(doc, isTree), ...accessorTargets(doc)]);
}

function classTargets(doc: Document, isTree: boolean): readonly Target[] {
  const copies = methodsIn(doc, 'copyToOutputStream');
  const chains = methodsIn(doc, 'chainDataToOutputStream');
  const begins = methodsIn(doc, 'addMsgHdr');
  const streams = [...new Set(copies.map((fn) => fn.owner))].flatMap((owner): Target[] => {
    const argument = streamArgument(copies.filter((fn) => fn.owner === owner));
    const canChain = chains.some((fn) => fn.owner === owner && fn.parameters.length === 3);
    return argument === undefined
      ? []
      : [{ className: owner, isC: false, target: { kind: 'stream', argument, chains: canChain } }];
  });
  const kept = methodsIn(doc, 'addIov')
    .filter((fn) => !streams.some(({ className }) => className === fn.owner))
    .filter((fn) => isTree || !begins.some(({ owner }) => owner === fn.owner))
    .map(
      (fn): Target => ({
        className: fn.owner,
        isC: false,
        target: { kind: 'same-calls' },
        isUnmoved: begins.some(({ owner }) => owner === fn.owner) && !hasSendBuffer(doc, fn),
      }),
    );
  return [...streams, ...kept];
}

// A class of the tree that still begins headers has something to copy into once it has a buffer of libevent's (kv_engine
// c3bf6e979); before that its send path has not begun to move (0dbb0e534).
function hasSendBuffer(doc: Document, fn: CppFunction): boolean {
  const holder = enclosing(fn.node, 'class_specifier', 'struct_specifier');
  return holder !== undefined && /\b(?:\w*_)?(?:bufferevent|evbuffer)(?:_\w+)?\b/.test(textOf(doc, holder));
}

function methodsIn(doc: Document, name: string): readonly CppFunction[] {
  const found: CppFunction[] = [];
  for (const match of doc.text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))) {
    const node = doc.root.descendantForIndex(match.index, match.index + name.length);
    const fn = node === null || !/identifier$/.test(node.type) ? undefined : functionNamedBy(doc, node);
    if (fn !== undefined && fn.owner !== '') found.push(fn);
  }
  return found;
}

function streamArgument(copies: readonly CppFunction[]): StreamArgument | undefined {
  const shapes = copies.flatMap(({ parameters }): StreamArgument[] => {
    const [first, second] = parameters;
    if (first === undefined) return [];
    if (second !== undefined) return first.type.levels.length > 0 ? ['pointer and length'] : [];
    if (/char_buffer|string_view|StringPiece|span<const\s*char>|^string$|::string$/.test(first.type.base))
      return ['char view'];
    return /byte|uint8|unsigned char/.test(first.spelling) ? ['byte view'] : ['char view'];
  });
  return (['char view', 'pointer and length', 'byte view'] as const).find((shape) => shapes.includes(shape));
}

const YIELDS = /\b(bufferevent|evbuffer)\b/;

function accessorTargets(doc: Document): readonly Target[] {
  if (!YIELDS.test(doc.text)) return [];
  const found: Target[] = [];
  for (const match of doc.text.matchAll(/\b(bufferevent|evbuffer)\s*\*\s*(\w+)\s*([;(])/g)) {
    const [all, kind, name] = match;
    if (kind === undefined || name === undefined) continue;
    const at = match.index + all.lastIndexOf(name);
    const node = doc.root.descendantForIndex(at, at + name.length);
    if (node === null || !/identifier$/.test(node.type)) continue;
    const accessor = accessorNamedBy(doc, node, name);
    if (accessor === undefined) continue;
    found.push({
      className: accessor.connection,
      isC: true,
      target: { kind: kind === 'evbuffer' ? 'evbuffer' : 'bufferevent', accessor },
    });
  }
  return found;
}

function accessorNamedBy(doc: Document, node: Node, name: string): Accessor | undefined {
  const fn = functionNamedBy(doc, node);
  if (fn !== undefined) {
    const [parameter] = fn.parameters;
    if (fn.owner !== '' && parameter === undefined)
      return { name, how: 'method', connection: fn.owner, byReference: false };
    return parameter === undefined || fn.parameters.length !== 1 ? undefined : byParameter(name, parameter);
  }
  const holder = enclosing(
    node,
    'struct_specifier',
    'class_specifier',
    'function_definition',
    'parameter_list',
  );
  if (holder === undefined || !/^(?:struct|class)_specifier$/.test(holder.type)) return undefined;
  const tag = holder.childForFieldName('name');
  const connection = tag === null ? parts(holder.parent ?? holder).at(-1) : tag;
  return connection === undefined
    ? undefined
    : { name, how: 'field', connection: textOf(doc, connection), byReference: false };
}

function byParameter(name: string, parameter: CppParameter): Accessor | undefined {
  const [level] = parameter.type.levels;
  if (level === undefined || parameter.type.levels.length !== 1) return undefined;
  // What libevent itself takes a buffer of is no connection.
  if (
    /^(?:void|bufferevent|evbuffer|event|event_base|evhttp\w*|evdns\w*|evrpc\w*|evconnlistener)$/.test(
      parameter.type.base,
    )
  )
    return undefined;
  return {
    name,
    how: 'function',
    connection: parameter.type.base.replace(/^.*::/, ''),
    byReference: level.kind !== '*',
  };
}
