// Reads a published contract from its own texts: which slots there are, and what of their parameters is read-only.
import { ts } from 'ts-morph';
import { LanguageError } from '../../facts/language.ts';
import type { Contract, ContractText } from '../../facts/slot.ts';
import { treeHost } from './compiler-host.ts';
import { declaredContainers } from './contract-slots.ts';
import { folderOf, normalizePath } from './paths.ts';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/**
 * The slots that the texts declare, in order.
 * @throws LanguageError `contract-unparsable` with file and line, or `contract-empty`.
 */
export function readContract(
  texts: readonly ContractText[],
  readOther?: (path: string) => string | undefined,
): Contract {
  const files = new Map(texts.map((text) => [normalizePath(text.path), text.file]));
  const [first] = files.keys();
  const root = first === undefined ? '/' : folderOf(first);
  const { host } = treeHost(
    {
      root,
      contract: texts,
      follows: () => true,
      inTree: () => undefined,
      readOther: readOther ?? (() => undefined),
    },
    OPTIONS,
  );
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  const checker = program.getTypeChecker();
  const slots = [...files].flatMap(([path, name]) => {
    const source = program.getSourceFile(path);
    if (source === undefined) return [];
    refuseSyntaxErrors(program, source, name);
    const fileName = (of: string): string => files.get(of) ?? of;
    return declaredContainers(checker, source, fileName).flatMap((container) =>
      container.slots.map(({ slot }) => slot),
    );
  });
  if (slots.length === 0) {
    const names = texts.map((text) => text.file).join(', ');
    const elsewhere = texts.flatMap(({ text }) =>
      [...text.matchAll(/\bexport\b[^;\n]*\bfrom\s*['"]([^'"]+)['"]/g)].map((match) => match[1]),
    );
    const hint =
      elsewhere.length > 0
        ? `it re-exports ${elsewhere.join(', ')}: give the file that declares them`
        : 'give the file with the interfaces, abstract classes or callback types that plugins implement';
    throw new LanguageError(
      'contract-empty',
      `${names}: no interface with methods and no callback type; ${hint}`,
    );
  }
  return { texts, slots };
}

function refuseSyntaxErrors(program: ts.Program, source: ts.SourceFile, name: string): void {
  const [error] = program.getSyntacticDiagnostics(source);
  if (error === undefined) return;
  const { line, character } = source.getLineAndCharacterOfPosition(error.start);
  const message = ts.flattenDiagnosticMessageText(error.messageText, ' ');
  throw new LanguageError(
    'contract-unparsable',
    `${name}:${line + 1}:${character + 1}: ${message} Fix the contract, or give another file.`,
  );
}
