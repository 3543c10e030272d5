// Which adapter reads which file. Adapters are imported on first use: a C++ tree must not pay for TypeScript.
import type { Language } from '../facts/language.ts';

/** One language: what its files are called and where its adapter is. */
export interface LanguageEntry {
  readonly id: Language['id'];
  /** What people call it in messages. */
  readonly name: string;
  /** With the dot, lower case. */
  readonly extensions: readonly string[];
  /** The tool that lays out edited lines; undefined where edits are spelled in place. */
  readonly formatter: 'clang-format' | undefined;
  /** Imports the adapter; its parser is loaded later, when a contract is read or a program opened. */
  readonly load: () => Promise<Language>;
}

/** Every language, sorted by id. To add one: a folder beside this file and an entry here. */
export const languages: readonly LanguageEntry[] = [
  {
    id: 'cpp',
    name: 'C/C++',
    extensions: ['.c', '.cc', '.cpp', '.cxx', '.h', '.hh', '.hpp', '.hxx', '.inl'],
    formatter: 'clang-format',
    load: async () => (await import('./cpp/index.ts')).cpp,
  },
  {
    id: 'typescript',
    name: 'TypeScript',
    extensions: ['.ts', '.mts', '.cts', '.tsx'],
    formatter: undefined,
    load: async () => (await import('./typescript/index.ts')).typescript,
  },
];

/** The language of a file by its extension; undefined for a file that no adapter reads. */
export function languageOf(
  file: string,
  entries: readonly LanguageEntry[] = languages,
): LanguageEntry | undefined {
  const dot = file.lastIndexOf('.');
  if (dot === -1) return undefined;
  const extension = file.slice(dot);
  return entries.find((entry) => entry.extensions.includes(extension));
}
