// A few C or C++ texts as the send side of the adapter sees them: parsed, with what stands at a marked place.
import { readFileSync } from 'node:fs';
import { bufferCopySend } from '../../codemods/buffer-copy-send.ts';
import { shippedContracts } from '../../codemods/contract/shipped.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import type { Document, Node } from '../../codemods/languages/cpp/document.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { createLibrary, type Library } from '../../codemods/languages/cpp/library.ts';
import { loadParser } from '../../codemods/languages/cpp/parser.ts';
import { applyEdits } from '../../codemods/runner/text-edits.ts';
import { contractText } from './cpp-program.ts';
import { sourcesInMemory } from './sources-in-memory.ts';

/** One parsed text and its library. */
export interface ParsedText {
  readonly library: Library;
  readonly doc: Document;
  /** The smallest node of those types that begins where `text` first stands, or behind `after`. */
  readonly at: (text: string, type: string, after?: string) => Node;
}

/** Parses one text. */
export async function parseText(text: string, file: string = 'harbour.cc'): Promise<ParsedText> {
  const library = createLibrary(sourcesInMemory({ [file]: text }), await loadParser(), []);
  const doc = library.document(file);
  if (doc === undefined) throw new Error(`${file} was not parsed`);
  return {
    library,
    doc,
    at: (wanted, type, after = '') => {
      const start = text.indexOf(wanted, Math.max(0, text.indexOf(after)));
      const node = doc.root.descendantsOfType(type).find((one) => one?.startIndex === start);
      if (start < 0 || node === null || node === undefined) throw new Error(`no ${type} at ${wanted}`);
      return node;
    },
  };
}

/** What the codemod makes of a tree: the new texts, and the reasons of what it leaves, by `file:line kind`. */
export interface Moved {
  readonly texts: Readonly<Record<string, string>>;
  readonly reviews: readonly string[];
  readonly sites: Verdict['sites'];
}

/** Runs the codemod over texts; `to` is a contract that the user named. */
export async function moveSends(texts: Readonly<Record<string, string>>, to?: string): Promise<Moved> {
  const shipped = shippedContracts.find(({ language }) => language === 'cpp')?.new ?? '';
  const target = [to === undefined ? contractText(readFileSync(shipped, 'utf8')) : contractText(to)];
  const contract = await cpp.readContract(target);
  const sources = sourcesInMemory(texts);
  const senders = sources.files.filter((file) => cpp.mentionsSends(target)(texts[file] ?? ''));
  const program = await cpp.open(sources, contract, [], { senders, contractIsNamed: to !== undefined });
  const verdict = bufferCopySend.decide({ program, language: cpp, contract, isNamed: true, changes: [] });
  const edits = verdict.findings.flatMap((finding) => finding.edits);
  const moved = Object.entries(texts).map(([file, text]) => {
    const result = applyEdits(
      text,
      edits.filter((edit) => edit.file === file),
    );
    if ('overlap' in result) throw new Error(`${file}: edits overlap`);
    return [file, result.text] as const;
  });
  const reviews = verdict.findings
    .filter(({ applicability }) => applicability === 'review')
    .map(({ range, reason = '' }) => {
      const line = (texts[range.file] ?? '').slice(0, range.start).split('\n').length;
      return `${range.file}:${line} ${/explain ([\w-]+)\)$/.exec(reason)?.[1] ?? reason}`;
    });
  return { texts: Object.fromEntries(moved), reviews, sites: verdict.sites };
}
