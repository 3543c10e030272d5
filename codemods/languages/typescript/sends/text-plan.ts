// What becomes of the nodes of some files, as text: nodes are replaced by parts (text, and nodes that stay), or removed
// with their line. Nothing is reprinted: what no plan covers keeps every byte.
import { ts } from 'ts-morph';
import type { TextEdit } from '../../../facts/text.ts';
import { fileStyle, indentationAt } from '../file-style.ts';
import type { FileName } from '../ranges.ts';
import type { Name } from './reference-index.ts';

/** Text, or a node as it comes out. */
export type Part = string | ts.Node;

/** An edit, and the node it is about. */
export interface OwnedTextEdit extends TextEdit {
  readonly about: ts.Node;
}

/** What a plan comes to. */
export interface PlannedEdits {
  readonly edits: readonly OwnedTextEdit[];
  /** Names that are still there. */
  readonly retained: ReadonlySet<Name>;
  /** Words of new text, by file. */
  readonly words: ReadonlyMap<ts.SourceFile, ReadonlySet<string>>;
}

/** Collects decisions; `emit` turns them into edits. The last decision on a node holds. */
export class TextPlan {
  readonly #replaced = new Map<ts.Node, readonly Part[]>();
  readonly #removed = new Set<ts.Node>();

  replace(node: ts.Node, parts: readonly Part[]): void {
    this.#replaced.set(node, parts);
  }

  /** Takes a statement, member or list element out. */
  remove(node: ts.Node): void {
    this.#removed.add(node);
  }

  isRemoved(node: ts.Node): boolean {
    return this.#removed.has(node);
  }

  /** Something is decided about the node itself. */
  isDecided(node: ts.Node): boolean {
    return this.#removed.has(node) || this.#replaced.has(node);
  }

  emit(files: readonly ts.SourceFile[], name: FileName): PlannedEdits {
    const retained = new Set<Name>();
    const words = new Map<ts.SourceFile, Set<string>>();
    const edits = files.flatMap((file) => {
      const emission = new Emission(file, this.#replaced, this.#removed, retained);
      emission.visit(file);
      emission.merge();
      words.set(file, emission.words);
      return emission.edits.map((edit) => ({ ...edit, file: name(file.fileName) }));
    });
    return { edits, retained, words };
  }
}

type Cut = Omit<OwnedTextEdit, 'file'>;

class Emission {
  readonly edits: Cut[] = [];
  readonly words = new Set<string>();
  readonly #file: ts.SourceFile;
  readonly #replaced: ReadonlyMap<ts.Node, readonly Part[]>;
  readonly #removed: ReadonlySet<ts.Node>;
  readonly #retained: Set<Name>;

  constructor(
    file: ts.SourceFile,
    replaced: ReadonlyMap<ts.Node, readonly Part[]>,
    removed: ReadonlySet<ts.Node>,
    retained: Set<Name>,
  ) {
    this.#file = file;
    this.#replaced = replaced;
    this.#removed = removed;
    this.#retained = retained;
  }

  /** Two things that go may both claim the empty line between them. */
  merge(): void {
    const sorted = this.edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
    const merged: Cut[] = [];
    for (const edit of sorted) {
      const last = merged.at(-1);
      const isShared = last !== undefined && last.text === '' && edit.text === '' && edit.start < last.end;
      if (isShared) merged[merged.length - 1] = { ...last, end: Math.max(last.end, edit.end) };
      else merged.push(edit);
    }
    const settled = merged.map((edit) => withoutBlankEnd(this.#file.text, edit));
    this.edits.splice(0, this.edits.length, ...withoutBlankTail(this.#file.text, settled));
  }

  visit(node: ts.Node): void {
    if (this.#removed.has(node)) {
      this.edits.push({ ...removalRange(this.#file, node, this.#removed), text: '', about: node });
      return;
    }
    const parts = this.#replaced.get(node);
    if (parts !== undefined) this.#replace(node, parts);
    else this.#keep(node);
  }

  #keep(node: ts.Node): void {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) this.#retained.add(node);
    ts.forEachChild(node, (child) => this.visit(child));
  }

  #replace(node: ts.Node, parts: readonly Part[]): void {
    for (const part of parts) if (typeof part === 'string') this.#read(part);
    const start = node.getStart(this.#file);
    const [first] = parts;
    if (ts.isStringLiteralLike(node) && typeof first === 'string') {
      // Its quotes stay, so that whoever else changes the same text makes the same edit.
      this.edits.push({ start: start + 1, end: node.end - 1, text: first.slice(1, -1), about: node });
      return;
    }
    if (this.#isInOrder(node, parts)) {
      let at = start;
      let gap = '';
      const close = (end: number): void => {
        if (this.#file.text.slice(at, end) !== gap)
          this.edits.push({ start: at, end, text: gap, about: node });
      };
      for (const part of parts) {
        if (typeof part === 'string') gap += part;
        else {
          close(part.getStart(this.#file));
          gap = '';
          if (part === node) this.#keep(part);
          else this.visit(part);
          at = part.end;
        }
      }
      close(node.end);
    } else {
      const indent = indentationAt(this.#file.text, start);
      const text = parts
        .map((part) => (typeof part === 'string' ? part : this.#render(part, indent)))
        .join('');
      this.edits.push({ start, end: node.end, text, about: node });
    }
  }

  /** Parts that stand where they stood, so that only what is between them changes. */
  #isInOrder(node: ts.Node, parts: readonly Part[]): boolean {
    let at = node.getStart(this.#file);
    const own = indentationAt(this.#file.text, at);
    return parts.every((part) => {
      if (typeof part === 'string') return true;
      const start = part.getStart(this.#file);
      const isFirstOnLine = /(?:^|\n)[ \t]*$/.test(this.#file.text.slice(0, start));
      const stays =
        start >= at &&
        part.end <= node.end &&
        (!isFirstOnLine || indentationAt(this.#file.text, start) === own);
      at = part.end;
      return stays;
    });
  }

  /** The text of a node as it comes out, moved to another indentation. */
  #render(node: ts.Node, indent: string): string {
    const inner = new Emission(this.#file, this.#replaced, this.#removed, this.#retained);
    inner.visit(node);
    for (const word of inner.words) this.words.add(word);
    const start = node.getStart(this.#file);
    let text = '';
    let at = start;
    for (const edit of inner.edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
      text += this.#file.text.slice(at, Math.max(at, edit.start)) + edit.text;
      at = Math.max(at, edit.end);
    }
    text += this.#file.text.slice(at, Math.max(at, node.end));
    const own = indentationAt(this.#file.text, start);
    const moved = own === indent || hasLongTemplate(node) ? text : reindented(text, own, indent);
    return withComments(this.#file, node, indent) + moved;
  }

  #read(text: string): void {
    // A name behind a dot is a member's: `.length` keeps no variable called length.
    for (const [word] of text.matchAll(/\.?#?[A-Za-z_$][\w$]*/g)) this.words.add(word);
  }
}

/** What goes from the end of a file takes the empty lines above with it. */
function withoutBlankTail(text: string, edits: readonly Cut[]): readonly Cut[] {
  const last = edits.at(-1);
  if (last === undefined || last.text !== '' || last.end < text.length) return edits;
  const rest = edits.slice(0, -1);
  const before = text.slice(0, last.start);
  const start = before.replace(/(\r?\n)(?:[ \t]*\r?\n)+$/, '$1').length;
  const previous = rest.at(-1);
  if (previous === undefined || previous.end < start || previous.text !== '')
    return [...rest, { ...last, start: Math.max(start, previous?.end ?? 0) }];
  return withoutBlankTail(text, [...rest.slice(0, -1), { ...previous, end: last.end }]);
}

/** No empty line is left in front of a closing brace. */
function withoutBlankEnd(text: string, edit: Cut): Cut {
  if (edit.text !== '' || !/^[ \t]*[}\])]/.test(text.slice(edit.end))) return edit;
  const before = text.slice(0, edit.start);
  return /\n[ \t]*\r?\n$/.test(before) ? { ...edit, start: before.replace(/[ \t]*\r?\n$/, '').length } : edit;
}

/** The comments above a statement that is moved. */
function withComments(file: ts.SourceFile, node: ts.Node, indent: string): string {
  if (!ts.isStatement(node) || ts.isBlock(node)) return '';
  const { eol } = fileStyle(file);
  return (ts.getLeadingCommentRanges(file.text, node.pos) ?? [])
    .filter(({ pos }) => /(?:^|\n)[ \t]*$/.test(file.text.slice(0, pos)))
    .map(
      ({ pos, end }) =>
        `${reindented(file.text.slice(pos, end), indentationAt(file.text, pos), indent)}${eol}${indent}`,
    )
    .join('');
}

function hasLongTemplate(node: ts.Node): boolean {
  if (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return /\n/.test(node.getText());
  return ts.forEachChild(node, hasLongTemplate) === true;
}

function reindented(text: string, from: string, to: string): string {
  return text
    .split('\n')
    .map((line, index) =>
      index > 0 && line.startsWith(from) && line.trim() !== '' ? to + line.slice(from.length) : line,
    )
    .join('\n');
}

/** A comment about what is going: it goes, too. */
const ABOUT_SENDING =
  /\b(?:msg_?hdrs?|message headers?|io_?vecs?|iovs?|add_?iov|add_?msg_?hdr|sendmsg|transmit\w*|sockets?|kernel|partial(?:ly)?|TransmitResult)\b/i;

/** The node with its line where it stands alone on it, and with comments that were about it. */
function removalRange(
  file: ts.SourceFile,
  node: ts.Node,
  removed: ReadonlySet<ts.Node>,
): { readonly start: number; readonly end: number } {
  const { text } = file;
  if (
    ts.isImportSpecifier(node) ||
    ts.isExportSpecifier(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    isArgument(node)
  )
    return elementRange(file, node, removed);
  if (ts.isVariableDeclaration(node)) return elementRange(file, node, removed);
  let start = node.getStart(file);
  let { end } = node;
  const after = /^[ \t]*(?:\/\/[^\r\n]*)?\r?\n/.exec(text.slice(end));
  const isFirst = /(?:^|\n)[ \t]*$/.test(text.slice(0, start));
  if (!isFirst || (after === null && end < text.length)) {
    const space = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
    return isFirst
      ? { start, end: end + space }
      : { start: start - (/[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0), end };
  }
  end += after?.[0].length ?? 0;
  start = text.lastIndexOf('\n', start - 1) + 1;
  const isWhole = !ts.isStatement(node) || ts.isDeclarationStatement(node) || ts.isVariableStatement(node);
  const comments = (ts.getLeadingCommentRanges(text, node.pos) ?? []).filter(({ pos }) =>
    /(?:^|\n)[ \t]*$/.test(text.slice(0, pos)),
  );
  for (const comment of ts.isImportDeclaration(node) ? [] : comments.toReversed()) {
    const isClose =
      !/\n[ \t]*\r?\n/.test(text.slice(comment.end, start)) &&
      !/^\s*\n\s*\n/.test(text.slice(comment.end, start));
    const goes = isWhole || ABOUT_SENDING.test(text.slice(comment.pos, comment.end));
    if (!isClose || !goes) break;
    start = text.lastIndexOf('\n', comment.pos - 1) + 1;
  }
  // An empty line on both sides, or at the beginning or the end of a block, would be one too many.
  const blankBefore = /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(0, start));
  const opensBefore = start === 0 || /[{[(][ \t]*\r?\n$/.test(text.slice(0, start));
  const blankAfter = /^[ \t]*\r?\n/.exec(text.slice(end));
  const closesAfter = /^[ \t]*[}\])]/.test(text.slice(end)) || end >= text.length;
  if (blankAfter !== null && (blankBefore || opensBefore)) end += blankAfter[0].length;
  else if (blankBefore && closesAfter) start = text.slice(0, start).replace(/[ \t]*\r?\n$/, '').length;
  return { start, end };
}

/** An element of a list with the comma that it needs: its own, or for the last ones the one before. */
function elementRange(
  file: ts.SourceFile,
  node: ts.Node,
  removed: ReadonlySet<ts.Node>,
): { readonly start: number; readonly end: number } {
  const list = siblings(node);
  const at = list.indexOf(node);
  const next = list[at + 1];
  const before = list[at - 1];
  const isInTail = list.slice(at).every((each) => removed.has(each));
  if (isInTail && before !== undefined) return { start: before.end, end: node.end };
  return { start: node.getStart(file), end: next === undefined ? node.end : next.getStart(file) };
}

function isArgument(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression !== node;
}

function siblings(node: ts.Node): readonly ts.Node[] {
  const { parent } = node;
  if (ts.isCallExpression(parent)) return parent.arguments;
  if (ts.isVariableDeclarationList(parent)) return parent.declarations;
  if (ts.isFunctionLike(parent)) return parent.parameters;
  return (parent as { elements?: ts.NodeArray<ts.Node> }).elements ?? [];
}
