// The texts of a tree, each read once. A file that is not text is remembered as failed and never given out.
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Sources } from '../facts/language.ts';
import { systemCode } from './errors.ts';

/** Why a file could not be looked at. */
export type FailureReason = 'binary' | 'not-utf8' | 'unparsable' | 'unreadable' | 'vanished';

/** A file that was seen and could not be looked at. */
export interface FileFailure {
  readonly file: string;
  readonly reason: FailureReason;
  /** The parser's or the system's own words, where there are any. */
  readonly detail?: string;
}

/** Sources that also tell which files they could not read. */
export interface TreeSources extends Sources {
  /** Failures so far, in file order once every file was read. */
  failures(): readonly FileFailure[];
}

/** Text of one file, or why there is none. */
export type ReadText =
  | { readonly text: string }
  | { readonly reason: FailureReason; readonly detail?: string };

/** Reads one file as UTF-8 text, BOM and CR kept. */
export function readText(path: string): ReadText {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    return code === 'ENOENT'
      ? { reason: 'vanished' }
      : { reason: 'unreadable', detail: code ?? String(error) };
  }
  if (text.includes('\0')) return { reason: 'binary' };
  // Decoding replaces what is not UTF-8 by U+FFFD; only then are the bytes themselves worth a second look.
  if (text.includes('\uFFFD') && !isUtf8(readFileSync(path))) return { reason: 'not-utf8' };
  return { text };
}

/** Sources over the files of one language below `root`. */
export function readSources(root: string, files: readonly string[]): TreeSources {
  const known = new Set(files);
  const texts = new Map<string, string | undefined>();
  const failures: FileFailure[] = [];
  const read = (file: string): string | undefined => {
    if (!known.has(file)) return undefined;
    if (texts.has(file)) return texts.get(file);
    const result = readText(join(root, file));
    const text = 'text' in result ? result.text : undefined;
    if (!('text' in result)) failures.push({ file, ...result });
    texts.set(file, text);
    return text;
  };
  return {
    root,
    files,
    read,
    mentioning: rememberWords((word) => filesWithWord(files, read, word)),
    readOther: rememberWords((path) => {
      const result = readText(resolve(root, path));
      return 'text' in result ? result.text : undefined;
    }),
    failures: () => failures,
  };
}

/** The same tree after an edit: `edited` texts stand in for the ones on disk. */
export function overlaySources(base: Sources, edited: ReadonlyMap<string, string>): Sources {
  const read = (file: string): string | undefined => edited.get(file) ?? base.read(file);
  return {
    root: base.root,
    files: base.files,
    read,
    mentioning: rememberWords((word) => {
      const untouched = base.mentioning(word).filter((file) => !edited.has(file));
      const touched = filesWithWord([...edited.keys()], read, word);
      return [...untouched, ...touched].sort();
    }),
    readOther: base.readOther,
  };
}

/** True when `word` occurs in `text` with no identifier character on either side. */
export function containsWord(text: string, word: string): boolean {
  if (word === '') return false;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!isWordCharacter(text.charCodeAt(at - 1)) && !isWordCharacter(text.charCodeAt(at + word.length)))
      return true;
  }
  return false;
}

function filesWithWord(
  files: readonly string[],
  read: (file: string) => string | undefined,
  word: string,
): readonly string[] {
  return files.filter((file) => containsWord(read(file) ?? '', word));
}

function rememberWords<T>(answer: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, answer(key));
    return known.get(key) as T;
  };
}

/** Letters, digits, `_` and `$`; NaN (outside of the text) is none. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 36
  );
}
