// Reads the fixture cases of one codemod and language: `<case>.input.<ext>` or a folder `<case>.input/`, its output, its contracts.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One case. Texts are keyed by path below the case's root. */
export interface FixtureCase {
  readonly name: string;
  readonly input: Readonly<Record<string, string>>;
  /** Equal to the input where there is no output: the case must stay untouched. */
  readonly output: Readonly<Record<string, string>>;
  /** Absolute paths of the case's own contracts. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A `want` comment: what is expected on that line. */
export interface Want {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** Every case of `fixtures/<codemod>/<language>`, by name. */
export function fixtureCases(codemod: string, language: string): readonly FixtureCase[] {
  const folder = join(FIXTURES, codemod, language);
  return readdirSync(folder)
    .filter((entry) => /\.input(?:\.\w+)?$/.test(entry))
    .map((entry) => {
      const name = entry.replace(/\.input(?:\.\w+)?$/, '');
      const input = texts(join(folder, entry));
      const outputPath = join(folder, entry.replace('.input', '.output'));
      const contract = (version: string): string | undefined =>
        readdirSync(folder)
          .filter((file) => file.startsWith(`${name}.${version}.`))
          .map((file) => join(folder, file))[0];
      const output = existsSync(outputPath) ? texts(outputPath) : {};
      const rename = (file: string): string => file.replace('.output.', '.input.');
      return {
        name,
        input,
        output: {
          ...input,
          ...Object.fromEntries(Object.entries(output).map(([file, text]) => [rename(file), text])),
        },
        from: contract('from'),
        to: contract('to'),
      };
    });
}

function texts(path: string): Record<string, string> {
  if (!statSync(path).isDirectory()) return { [basename(path)]: readFileSync(path, 'utf8') };
  return Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((file) => statSync(join(path, file)).isFile())
      .sort()
      .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(path, file), 'utf8')]),
  );
}

/** The expectations in comments: `// want: rule-id, rule-id` or `// want review: part of the reason`. */
export function wants(
  input: Readonly<Record<string, string>>,
  marker: 'want' | 'want review',
): readonly Want[] {
  const pattern = new RegExp(`(?://|/\\*)\\s*${marker}:\\s*(.*?)\\s*(?:\\*/.*)?$`);
  return Object.entries(input).flatMap(([file, text]) =>
    text.split(/\r?\n/).flatMap((content, i) => {
      const what = pattern.exec(content)?.[1];
      if (what === undefined) return [];
      const parts = marker === 'want' ? what.split(/\s*,\s*/) : [what];
      return parts.map((part) => ({ file, line: i + 1, what: part }));
    }),
  );
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
