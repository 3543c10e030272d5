// A server without UDP: its whole loop becomes an evbuffer, and the fields, constants and prototypes that nobody needs any more go.
import type { TextEdit, TextRange } from '../../../facts/text.ts';
import { type Document, type Node, occurrences, textOf } from '../document.ts';
import { declarationOf, drainsAtClose, loopDeclarations } from './connection-field.ts';
import { loopFieldUses } from './field-uses.ts';
import { wholeLines } from './layout.ts';
import { type Loop, type LoopSite, siteAt } from './loop.ts';
import { commentBefore, replacedMachinery } from './replaced-machinery.ts';
import { replacedUses } from './replaced-uses.ts';
import { every } from './tree-walk.ts';

/** The sites of the whole loop and whether the number of adds is still read, or the first place that cannot be spelled. */
export type ReplacedLoop =
  | { readonly sites: readonly LoopSite[]; readonly counts: boolean }
  | { readonly cannot: string; readonly range: TextRange };

/** Replaces the loop; nothing of the message headers is left. */
export function replacedLoop(loop: Loop): ReplacedLoop {
  const { shape, library } = loop;
  const { fields } = shape;
  const own = new Set([shape.begin, shape.grow, shape.append.fn, shape.transmit.fn].map((fn) => fn?.node.id));
  const adds = loopFieldUses(library, shape, [fields.vectorsUsed]).filter((use) => !own.has(use.fn?.node.id));
  const counts = adds.some(({ kind }) => kind === 'read' || kind === 'missing' || kind === 'there');
  const names = Object.values(fields).filter((name) => name !== undefined);
  const dead = new Set(names.filter((name) => !counts || name !== fields.vectorsUsed));
  const uses = loopFieldUses(library, shape, [...dead])
    .filter((use) => !own.has(use.fn?.node.id))
    .sort((a, b) =>
      a.doc.file < b.doc.file ? -1 : a.doc.file > b.doc.file ? 1 : a.node.startIndex - b.node.startIndex,
    );
  const replaced = replacedUses(loop, uses, dead);
  if ('cannot' in replaced) return replaced;
  const machinery = replacedMachinery(loop, dead, counts);
  if ('cannot' in machinery) return machinery;
  const sites = [
    ...declarations(loop, dead),
    ...replaced.sites,
    ...machinery.sites,
    ...drainsAtClose(
      loop,
      uses.filter(({ field }) => field === fields.messages),
    ),
  ];
  return { sites: [...sites, ...constants(loop, sites)], counts };
}

// The array of messages makes room for the buffer; the other dead fields go.
function declarations(loop: Loop, dead: ReadonlySet<string>): readonly LoopSite[] {
  const { doc } = loop.shape.connection;
  const fields = loopDeclarations(loop);
  const nodes = new Map(fields.map((field) => [field.node.id, field.node]));
  return [...nodes.values()].flatMap((node): readonly LoopSite[] => {
    const declared = loop.shape.connection.fields.filter((field) => field.node.id === node.id);
    const kept = declared.filter((field) => !dead.has(field.name));
    const isMessages = declared.some((field) => field.name === loop.shape.fields.messages);
    if (kept.length === declared.length) return [];
    const name = `${loop.shape.connection.name}.${declared.map((field) => field.name).join(', ')}`;
    const rest =
      kept.length === 0
        ? ''
        : withoutOthers(
            doc,
            node,
            kept.map((field) => field.nameNode),
          );
    const text = [rest, isMessages ? declarationOf(loop) : ''].filter((each) => each !== '').join(' ');
    const edit: TextEdit =
      text === ''
        ? { ...wholeLines(doc, node.startIndex, node.endIndex), text: '' }
        : {
            file: doc.file,
            start: node.startIndex,
            end: isMessages ? pastComment(doc, node) : node.endIndex,
            text,
          };
    return [siteAt(doc, node, 'declaration', name, [edit])];
  });
}

// The comment behind the array says what it was for.
function pastComment(doc: Document, node: Node): number {
  return (
    node.endIndex +
    (/^[ \t]*(?:\/\*[^\n]*?\*\/|\/\/[^\r\n]*)/.exec(doc.text.slice(node.endIndex))?.[0].length ?? 0)
  );
}

function withoutOthers(doc: Document, node: Node, kept: readonly Node[]): string {
  const declarators = node.childrenForFieldName('declarator').filter((each): each is Node => each !== null);
  const first = declarators[0];
  const stay = declarators.filter((each) =>
    kept.some((name) => name.startIndex >= each.startIndex && name.endIndex <= each.endIndex),
  );
  return first === undefined
    ? ''
    : `${doc.text.slice(node.startIndex, first.startIndex)}${stay.map((each) => textOf(doc, each)).join(', ')};`;
}

// A constant that only the removed lines named.
function constants({ library }: Loop, sites: readonly LoopSite[]): readonly LoopSite[] {
  const edits = sites.flatMap((site) => site.edits);
  const isGone = (doc: Document, node: Node): boolean =>
    edits.some(
      (edit) =>
        edit.file === doc.file &&
        edit.start <= node.startIndex &&
        edit.end >= node.endIndex &&
        !edit.text.includes(textOf(doc, node)),
    );
  const names = new Set<string>();
  for (const edit of edits) {
    const doc = library.document(edit.file);
    for (const match of (doc?.text.slice(edit.start, edit.end) ?? '').matchAll(/\b[A-Z][A-Z0-9_]{2,}\b/g))
      names.add(match[0]);
  }
  return [...names].flatMap((name) => {
    if (library.macroDefinitions(name).length !== 1) return [];
    const docs = library.mentioning(name);
    const definition = docs
      .flatMap((doc) => every(doc.root, 'preproc_def').map((node) => ({ doc, node })))
      .find(({ node }) => node.childForFieldName('name')?.text === name);
    if (
      definition === undefined ||
      (/^#[ \t]*if/.test(definition.node.parent?.text ?? '') &&
        definition.node.parent?.type === 'preproc_ifdef' &&
        !isHeaderGuard(definition.node.parent))
    )
      return [];
    const isNeeded = docs.some((doc) => {
      const named = occurrences(doc, name).filter((node) => node.parent?.id !== definition.node.id);
      const inMacros = new RegExp(`^[ \\t]*#[^\\n]*\\b${name}\\b`, 'gm');
      const directives = [...doc.text.matchAll(inMacros)].length - (doc === definition.doc ? 1 : 0);
      return directives > 0 || named.some((node) => !isGone(doc, node));
    });
    if (isNeeded) return [];
    const { doc, node } = definition;
    const start = isLoneInGroup(doc, node) ? commentBefore(doc, node) : node.startIndex;
    const lines = wholeLines(doc, start, node.startIndex + textOf(doc, node).trimEnd().length);
    return [siteAt(doc, node, 'declaration', name, [{ ...lines, text: '' }])];
  });
}

function isHeaderGuard(node: Node): boolean {
  return /^#[ \t]*ifndef/.test(node.text) && node.parent?.type === 'translation_unit';
}

// The comment above is about this one constant when no other follows it at once.
function isLoneInGroup(doc: Document, node: Node): boolean {
  const after = doc.text.slice(node.startIndex).split(/\r?\n/)[1] ?? '';
  return !/^[ \t]*#[ \t]*define\b/.test(after);
}
