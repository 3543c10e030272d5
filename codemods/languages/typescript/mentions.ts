// Tells from text alone whether a file may bind or declare a slot of a contract. Parses nothing.
import type { ContractText } from '../../facts/slot.ts';

const DECLARED = /\b(?:interface|class|type)\s+([A-Za-z_$][\w$]*)/g;
const MEMBER =
  /(?:^|[{;])[ \t]*(?:(?:public|protected|abstract|readonly|async)\s+)*([A-Za-z_$][\w$]*)\??\s*(?:<[^>\n]*>\s*)?(?:\(|:\s*(?:\(|[A-Za-z_$<]))/gm;
const FUNCTION_TYPED = /^\s*(?:<[^>\n]*>\s*)?\(/;
const RE_EXPORTED = /\bexport\s+(?:type\s+)?\{([^}]*)\}/g;

interface ContractWords {
  readonly containers: ReadonlySet<string>;
  readonly slots: ReadonlySet<string>;
}

/** Words of several letters in one name, or a long one: not to be met by chance. */
export function isDistinctive(name: string): boolean {
  return name.length >= 8 || (name.length >= 5 && /[a-z0-9][A-Z]/.test(name)) || /[a-z]_[a-z]/i.test(name);
}

function wordsOf(texts: readonly ContractText[]): ContractWords {
  const containers = new Set<string>();
  const slots = new Set<string>();
  for (const { text } of texts) {
    const bare = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/^[ \t]*\/\/.*$/gm, '');
    const blocks = declarationsOf(bare);
    const callables = new Set(blocks.filter((block) => block.callable).map((block) => block.name));
    for (const block of blocks) {
      const members = membersOf(block.body, callables);
      if (members.length === 0 && !block.callable) continue;
      containers.add(block.name);
      for (const member of members) slots.add(member);
    }
    for (const [, list] of bare.matchAll(RE_EXPORTED)) {
      for (const item of (list ?? '').split(',')) {
        const name = item.trim().split(/\s+/).at(-1) ?? '';
        if (/^[A-Z]\w*[a-z]\w*$/.test(name)) containers.add(name);
      }
    }
  }
  return { containers, slots };
}

interface Block {
  readonly name: string;
  readonly body: string;
  readonly callable: boolean;
}

function declarationsOf(text: string): readonly Block[] {
  const starts = [...text.matchAll(DECLARED)];
  return starts.map((match, index) => {
    const body = text.slice(match.index, starts[index + 1]?.index ?? text.length);
    const callable = /^type\b[^=]*=\s*(?:<[^=]*?>\s*)?\(/.test(body) && body.includes('=>');
    return {
      name: match[1] ?? '',
      body,
      callable: callable || /^interface[^{]*\{\s*(?:<[^>]*>)?\(/.test(body),
    };
  });
}

/** Methods, function-typed properties, and properties typed by a callback type. */
function membersOf(body: string, callables: ReadonlySet<string>): readonly string[] {
  const names: string[] = [];
  for (const match of body.matchAll(MEMBER)) {
    const name = match[1] ?? '';
    const rest = body.slice(match.index + match[0].length - 1);
    const method = rest.startsWith('(');
    const functionType =
      !method && (FUNCTION_TYPED.test(rest) || /^[^;,\n]*=>/.test(rest) || isCallback(rest, callables));
    if ((method || functionType) && name !== 'constructor' && name !== 'new') names.push(name);
  }
  return names;
}

function isCallback(type: string, callables: ReadonlySet<string>): boolean {
  const name = /^[A-Z]\w*/.exec(type)?.[0] ?? '';
  return callables.has(name) || /(?:Handler|Callback|Listener|Hook|Function|Predicate)$/.test(name);
}

/** `a/b/contract` and the like: how files of the tree may import the contract. */
function moduleNames(texts: readonly ContractText[]): readonly string[] {
  return texts
    .map(
      ({ path }) =>
        path
          .replace(/\\/g, '/')
          .replace(/(?:\.d)?\.[cm]?tsx?$/, '')
          .split('/')
          .at(-1) ?? '',
    )
    .filter((name) => name !== '' && name !== 'index');
}

const escaped = (word: string): string => word.replace(/[$]/g, '\\$&');
const oneOf = (words: Iterable<string>): string => [...words].map(escaped).join('|');

/** A predicate on a file's text: true when it names the contract, a container, or slots where a slot is bound. */
export function mentionsContract(texts: readonly ContractText[]): (text: string) => boolean {
  const { containers, slots } = wordsOf(texts);
  const modules = [...new Set(moduleNames(texts))].map(
    (name) => `['"][^'"\\n]*\\/${escaped(name)}(?:\\.[cm]?[jt]s)?['"]`,
  );
  const named = new RegExp(
    [
      `['"]kv-engine-migrate\\/engine(?:\\/v1)?['"]`,
      ...modules,
      ...(containers.size > 0 ? [`(?<![\\w$])(?:${oneOf(containers)})(?![\\w$])`] : []),
    ].join('|'),
  );
  if (slots.size === 0) return (text) => named.test(text);
  const any = oneOf(slots);
  // Only the slot's own word decides quickly; the shape around it is looked at where the word occurs.
  const bound = new RegExp(
    `(?<![\\w$])(?:(?<=\\.)(${any})(?![\\w$])|(?<=['"])(${any})(?=['"])|(${any})(?=\\??\\s*(?:<[^>\\n]*>)?\\s*(?:\\(|:|=(?!=|>))))`,
    'g',
  );
  return (text) => {
    if (named.test(text)) return true;
    const seen = new Set<string>();
    for (const match of text.matchAll(bound)) {
      const name = match[1] ?? match[2] ?? match[3] ?? '';
      if (isDistinctive(name)) return true;
      if (seen.add(name).size >= 3) return true;
    }
    return false;
  };
}
