// The documents of one tree, parsed on demand, and the declarations found in them by name.
import type { Sources } from '../../facts/language.ts';
import type { ContractText } from '../../facts/slot.ts';
import { blankDirectives } from './blank-directives.ts';
import { blankMacros } from './blank-macros.ts';
import { type CppClass, classesNamed, derivedClasses } from './class-facts.ts';
import { type Document, occurrences } from './document.ts';
import { type CppFunction, functionNamedBy } from './function-facts.ts';
import type { Parse } from './parser.ts';

/** Everything that can be asked of a tree by name. Answers are remembered. */
export interface Library {
  /** The parsed file; undefined when it cannot be read. */
  document(file: string): Document | undefined;
  /** Files of the tree of that name, in whatever folder. */
  filesNamed(name: string): readonly string[];
  /** Parsed files so far. */
  parsed(): readonly Document[];
  /** The contract's own texts, parsed on first use; they are no files of the tree. */
  contractDocuments(): readonly Document[];
  /** Declarations and definitions of functions and methods of that name, in file order. */
  functionsNamed(name: string): readonly CppFunction[];
  /** Those, or where the tree has none, those of the contract's own texts: to be asked, never to be edited. */
  methodsNamed(name: string): readonly CppFunction[];
  /** Definitions and typedefs of that class, struct or union name. */
  classesNamed(name: string): readonly CppClass[];
  /** Classes that name it as a base, directly. */
  derivedFrom(name: string): readonly CppClass[];
  /** Documents of the tree that mention a word. */
  mentioning(word: string): readonly Document[];
  /** Those whose text also fits a pattern: the others are not parsed. */
  mentioningLike(word: string, pattern: RegExp): readonly Document[];
  /** Texts that mention a word, unparsed. */
  textsMentioning(word: string): readonly string[];
  /** The parameter lists of every `operator` of that symbol, as spelled in the tree or the contract; text alone, no parse. */
  operatorParameters(symbol: string): readonly string[];
  /** The function-like macro definitions of that name in the tree, as spelled; empty for one without parameters. */
  macroDefinitions(name: string): readonly string[];
}

/** A library over a tree; the contract's own texts answer for names that the tree does not define. */
export function createLibrary(sources: Sources, parse: Parse, contract: readonly ContractText[]): Library {
  const documents = new Map<string, Document | undefined>();
  const hasCpp = sources.files.some((file) => !/\.[ch]$/.test(file));
  const isNamespace = remember((name) => {
    const pattern = new RegExp(`\\bnamespace\\s+(?:\\w+::)*${name}\\b`);
    return (
      /^\w+$/.test(name) && sources.mentioning(name).some((file) => pattern.test(sources.read(file) ?? ''))
    );
  });
  const document = (file: string): Document | undefined => {
    if (documents.has(file)) return documents.get(file);
    const text = sources.read(file);
    const doc = text === undefined ? undefined : createDocument(file, text, parse, hasCpp, isNamespace);
    documents.set(file, doc);
    return doc;
  };
  const mentioning = (word: string): readonly Document[] =>
    sources
      .mentioning(word)
      .map(document)
      .filter((doc) => doc !== undefined);
  // Only texts that could declare it are worth a parse.
  const matching = (word: string, pattern: RegExp): readonly Document[] =>
    sources
      .mentioning(word)
      .filter((file) => pattern.test(sources.read(file) ?? ''))
      .map(document)
      .filter((doc) => doc !== undefined);
  let published: readonly Document[] | undefined;
  const contractDocuments = (): readonly Document[] => {
    published ??= contract.map((part) => createDocument(part.file, part.text, parse, true));
    return published;
  };
  const functionsNamed = remember((name): readonly CppFunction[] => {
    if (!IDENTIFIER.test(name)) return [];
    const pattern = functionPattern(name);
    return matching(name, pattern).flatMap((doc) => functionsIn(doc, name));
  });
  return {
    document,
    filesNamed: remember((name) =>
      sources.files.filter((file) => file === name || file.endsWith(`/${name}`)),
    ),
    parsed: () => [...documents.values()].filter((doc) => doc !== undefined),
    contractDocuments,
    mentioning,
    mentioningLike: matching,
    functionsNamed,
    methodsNamed: remember((name) => {
      const own = functionsNamed(name);
      return own.length > 0 || !IDENTIFIER.test(name)
        ? own
        : contractDocuments().flatMap((doc) => functionsIn(doc, name));
    }),
    classesNamed: remember((name) => {
      if (SCALARS.test(name) || !IDENTIFIER.test(name)) return [];
      const pattern = classPattern(name);
      const own = matching(name, pattern).flatMap((doc) => classesNamed(doc, name));
      return own.length > 0 ? own : contractDocuments().flatMap((doc) => classesNamed(doc, name));
    }),
    derivedFrom: remember((name) => {
      if (!IDENTIFIER.test(name)) return [];
      const pattern = new RegExp(
        `\\b(?:struct|class)\\s+[\\w:]+(?:\\s+final)?\\s*:[^;{]*\\b${name}\\b[^;{]*\\{`,
      );
      return matching(name, pattern).flatMap((doc) => derivedClasses(doc, name));
    }),
    textsMentioning: remember((word) => sources.mentioning(word).map((file) => sources.read(file) ?? '')),
    operatorParameters: remember((symbol) => {
      const pattern = new RegExp(`\\boperator\\s*${symbol.replace(/[^\w]/g, '\\$&')}\\s*\\(([^()]*)\\)`, 'g');
      const texts = [
        ...sources.mentioning('operator').map((file) => sources.read(file) ?? ''),
        ...contract.map((part) => part.text),
      ];
      return texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
    }),
    macroDefinitions: remember((name) => {
      if (!IDENTIFIER.test(name)) return [];
      const pattern = new RegExp(
        `^[ \\t]*#[ \\t]*define[ \\t]+${name}\\b(?:[^\\n\\\\]|\\\\\\r?\\n|\\\\.)*`,
        'gm',
      );
      return sources
        .mentioning(name)
        .flatMap((file) => [...(sources.read(file) ?? '').matchAll(pattern)].map((match) => match[0]));
    }),
  };
}

// Operators, qualified names and what an odd spelling leaves over name nothing by themselves.
const IDENTIFIER = /^[A-Za-z_]\w*$/;

// The types of <stdint.h> and their like are never declared in a tree under test.
const SCALARS =
  /^(?:u?int\d*(?:_(?:fast|least)\d+)?(?:_t|ptr_t|max_t)?|s?size_t|ptrdiff_t|time_t|void|bool|char|long|short|double|float|unsigned|signed)?$/;

// A declaration has a type (or a scope) before the name; a call has an operator, a bracket or a keyword there.
function functionPattern(name: string): RegExp {
  const typed = `(?<!\\b(?:return|else|throw|new|delete|case|do)\\s+)(?<=[\\w>]\\s+|[*&]\\s*|::\\s*|^)`;
  const constructed = `${/^[A-Z]/.test(name) ? `|^\\s*(?:explicit\\s+)?` : ''}|\\b(?:struct|class)\\s+${name}\\b[^;]*\\{[\\s\\S]*[;{}:]\\s*(?:explicit\\s+)?`;
  return new RegExp(`(?:${typed}${constructed})${name}\\s*(?:<[^;{}()]*>)?\\s*\\(`, 'm');
}

function classPattern(name: string): RegExp {
  const defined = `\\b(?:struct|class|union)\\s+(?:[A-Z_]+\\s+)?(?:\\w+::)*${name}\\b(?:\\s+final)?\\s*(?:<[^;{}()]*>\\s*)?(?::[^;{}()]*)?\\{`;
  const named = `\\}\\s*(?:\\*?\\w+\\s*,\\s*)*\\*?\\s*${name}\\s*[,;]`;
  const aliased = `\\btypedef\\b[^;{}]*\\b${name}\\s*[;,)]|\\busing\\s+${name}\\s*=`;
  return new RegExp(`${defined}|${named}|${aliased}`);
}

type Parsed = Pick<Document, 'code' | 'tree'>;

const known = new WeakMap<Parse, Map<string, Parsed>>();

// A second look at a tree finds most texts as they were: nobody changes a parsed tree.
function parsed(text: string, parse: Parse): Parsed {
  const texts = known.get(parse) ?? new Map<string, Parsed>();
  known.set(parse, texts);
  const hit = texts.get(text);
  if (hit !== undefined) return hit;
  const code = blankDirectives(blankMacros(text));
  const one = { code, tree: parse(code) };
  texts.set(text, one);
  return one;
}

/** Parses one text. */
export function createDocument(
  file: string,
  text: string,
  parse: Parse,
  hasCpp: boolean,
  isNamespace: (name: string) => boolean = () => false,
): Document {
  const { code, tree } = parsed(text, parse);
  return {
    file,
    text,
    code,
    tree,
    root: tree.rootNode,
    isC: /\.c$/.test(file) || (!hasCpp && /\.h$/.test(file)),
    isNamespace,
  };
}

function functionsIn(doc: Document, name: string): readonly CppFunction[] {
  return occurrences(doc, name)
    .map((node) => functionNamedBy(doc, node))
    .filter((fn) => fn !== undefined);
}

function remember<T>(compute: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const hit = known.get(name);
    if (hit !== undefined) return hit;
    const value = compute(name);
    known.set(name, value);
    return value;
  };
}
