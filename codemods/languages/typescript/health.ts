// Which files do not parse. TypeScript's parser goes on after an error, but what it made of the file is a guess.
import { ts } from 'ts-morph';
import type { FileHealth } from '../../facts/language.ts';
import type { FileName } from './ranges.ts';

/** How the parse of one file went. */
export function healthOf(program: ts.Program, name: FileName, source: ts.SourceFile): FileHealth {
  const errors = program.getSyntacticDiagnostics(source);
  const file = name(source.fileName);
  const [first] = errors;
  if (first === undefined) return { file, broken: [] };
  const { line, character } = source.getLineAndCharacterOfPosition(first.start);
  const broken = errors.map((error) => {
    const statement = source.statements.find(
      (one) => one.getFullStart() <= error.start && error.start <= one.getEnd(),
    );
    return {
      file,
      start: statement?.getStart(source) ?? error.start,
      end: statement?.getEnd() ?? error.start + error.length,
    };
  });
  return {
    file,
    broken,
    failed: `${line + 1}:${character + 1}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}`,
  };
}
