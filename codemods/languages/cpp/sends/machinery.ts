// The old send path itself, where the tree has one: the functions and fields of a connection that queue and send. They are for
// a person to rewrite; what calls them is not.
import type { SendSite } from '../../../facts/send.ts';
import type { CppClass, CppField } from '../class-facts.ts';
import { type Document, enclosing, type Node, occurrences, rangeOf } from '../document.ts';
import type { Library } from '../library.ts';
import { descendants, lineage } from '../lineage.ts';
import { functionOf } from '../scope.ts';
import { OLD_NAMES } from './old-calls.ts';

/** The insides of one connection class. */
export interface Machinery {
  readonly className: string;
  /** The class, what it derives from and what derives from it. */
  readonly family: ReadonlySet<string>;
  /** The id of every function definition that is a part of it. */
  readonly functions: ReadonlySet<string>;
  readonly sites: readonly SendSite[];
}

const QUEUE_TYPE = /(?:^|[\s<:])(?:iovec|msghdr)\b/;
const COUNTERS = /^(?:iovused|iovsize|msgused|msgsize|msgcurr|msgbytes)$/;

/** Finds the insides of the connection classes that the given functions call. */
export function findMachinery(library: Library, classNames: readonly string[]): readonly Machinery[] {
  const seen = new Set<string>();
  return classNames.flatMap((className) => {
    const family = [...new Set([...lineage(library, className), ...descendants(library, className)])].sort();
    const key = family.join(' ');
    if (seen.has(key)) return [];
    seen.add(key);
    const classes = family
      .flatMap((name) => library.classesNamed(name))
      .filter((cls) => cls.aliasOf === undefined);
    const own = classes.filter((cls) => !library.contractDocuments().includes(cls.doc));
    const found = insidesOf(library, new Set(family), own);
    return found === undefined ? [] : [{ className, family: new Set(family), ...found }];
  });
}

/** The identity of a function definition. */
export function definitionId(doc: Document, node: Node): string {
  return `${doc.file}:${node.startIndex}`;
}

function insidesOf(
  library: Library,
  family: ReadonlySet<string>,
  classes: readonly CppClass[],
): Omit<Machinery, 'className' | 'family'> | undefined {
  const fields = classes.flatMap((cls) =>
    cls.fields
      .filter(
        (field) =>
          (QUEUE_TYPE.test(field.spelling) && !field.spelling.includes('(')) || COUNTERS.test(field.name),
      )
      .map((field) => ({ cls, field })),
  );
  if (fields.length === 0) return undefined;
  const functions = new Map<string, SendSite>();
  const add = (doc: Document, node: Node, why: string): void => {
    const id = definitionId(doc, node);
    const fn = functionOf(doc, node);
    if (functions.has(id) || fn === undefined) return;
    functions.set(id, site(doc, fn.nameNode, fn.qualified, why));
  };
  for (const name of OLD_NAMES.concat('sendmsg'))
    for (const fn of library.functionsNamed(name))
      if (
        fn.body !== undefined &&
        (family.has(fn.owner) || takesQueue(fn.parameters.map(({ spelling }) => spelling)))
      )
        if (
          mentions(
            fn.doc,
            fn.node,
            fields.map(({ field }) => field),
          )
        )
          add(fn.doc, fn.node, "it is a part of the connection's own send path");
  const documents = new Set([
    ...classes.map((cls) => cls.doc),
    ...fields.flatMap(({ field }) => library.mentioning(field.name)),
  ]);
  for (const doc of documents) {
    for (const { field } of fields) {
      const isArray = QUEUE_TYPE.test(field.spelling);
      for (const use of occurrences(doc, field.name)) {
        const node = enclosing(use, 'function_definition');
        if (node === undefined || !isUseOf(doc, use, node, family)) continue;
        // Counters alone are what a caller resets or asks for.
        if (isArray || family.has(functionOf(doc, node)?.owner ?? ''))
          add(doc, node, `it works on ${field.name}, which is a part of the connection's own send path`);
      }
    }
    for (const match of doc.text.matchAll(/\b(?:struct\s+)?msghdr\s*[*&]\s*\w+/g)) {
      const parameter = doc.root.descendantForIndex(match.index, match.index + match[0].length);
      const node =
        parameter === null ? undefined : enclosing(parameter, 'parameter_declaration', 'compound_statement');
      const definition =
        node?.type === 'parameter_declaration' ? enclosing(node, 'function_definition') : undefined;
      if (definition !== undefined && documents.has(doc) && classes.some((cls) => sameUnit(cls.doc, doc)))
        add(
          doc,
          definition,
          "it works on a message header, which is a part of the connection's own send path",
        );
    }
  }
  const members = classes.flatMap((cls) => membersSite(cls, fields));
  return { functions: new Set(functions.keys()), sites: [...members, ...functions.values()].sort(byPlace) };
}

function mentions(doc: Document, node: Node, fields: readonly CppField[]): boolean {
  return fields.some((field) => occurrences(doc, field.name, node.startIndex, node.endIndex).length > 0);
}

function takesQueue(parameters: readonly string[]): boolean {
  return parameters.some((spelling) => QUEUE_TYPE.test(spelling));
}

// `this` and its members, or a member of something that may be the connection.
function isUseOf(doc: Document, use: Node, definition: Node, family: ReadonlySet<string>): boolean {
  const isMember =
    use.parent?.type === 'field_expression' && use.parent.childForFieldName('field')?.id === use.id;
  if (isMember) return doc.isC || family.has(functionOf(doc, definition)?.owner ?? '') || isNear(doc, family);
  const owner = functionOf(doc, definition)?.owner ?? '';
  return family.has(owner) && !/declarator$/.test(use.parent?.type ?? '');
}

function isNear(doc: Document, family: ReadonlySet<string>): boolean {
  return [...family].some((name) => new RegExp(`\\b${name}\\b`).test(doc.text));
}

function sameUnit(a: Document, b: Document): boolean {
  const stem = (file: string): string => file.replace(/\.\w+$/, '');
  return stem(a.file) === stem(b.file);
}

function membersSite(
  cls: CppClass,
  fields: readonly { readonly cls: CppClass; readonly field: CppField }[],
): readonly SendSite[] {
  const own = fields.filter((one) => one.cls === cls);
  const [first] = own;
  if (first === undefined) return [];
  const names = own.map(({ field }) => field.name).join(', ');
  return [
    {
      ...site(
        cls.doc,
        first.field.nameNode,
        `the members of ${cls.name}`,
        `${names} hold what the connection's own send path has queued`,
      ),
      kind: 'declaration',
    },
  ];
}

function site(doc: Document, node: Node, name: string, detail: string): SendSite {
  const range = rangeOf(doc, node);
  return {
    id: `${doc.file}:${node.startIndex}`,
    kind: 'machinery',
    name,
    range,
    hazards: [
      {
        kind: 'own-send-path',
        range,
        detail: `${name}: ${detail}`.replace(`${name}: ${name}`, name),
        related: [],
      },
    ],
  };
}

function byPlace(a: SendSite, b: SendSite): number {
  if (a.range.file !== b.range.file) return a.range.file < b.range.file ? -1 : 1;
  return a.range.start - b.range.start;
}

/** The text of a class's name as a person says it. */
export function sendPathName(machinery: Machinery): string {
  return `the send path of ${machinery.className}`;
}

/** The function around a name, if it is one of the machinery's. */
export function isMachinery(machinery: readonly Machinery[], doc: Document, node: Node): boolean {
  const id = definitionId(doc, node);
  return machinery.some(({ functions }) => functions.has(id));
}
