// The habits of one file, so that inserted text looks like its own.
import { ts } from 'ts-morph';

/** End of line, quote and semicolon habits. */
export interface FileStyle {
  readonly eol: '\n' | '\r\n';
  readonly quote: '"' | "'";
  readonly semicolon: ';' | '';
}

/** Reads the habits off a file; `like` is a statement whose habits count more. */
export function fileStyle(source: ts.SourceFile): FileStyle {
  const { text } = source;
  const crlf = (text.match(/\r\n/g) ?? []).length;
  const lf = (text.match(/\n/g) ?? []).length - crlf;
  return { eol: crlf > lf ? '\r\n' : '\n', quote: quoteOf(source), semicolon: semicolonOf(source) };
}

function quoteOf(source: ts.SourceFile): '"' | "'" {
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) {
      const first = statement.moduleSpecifier?.getText(source)[0];
      if (first === '"' || first === "'") return first;
    }
  }
  const doubles = (source.text.match(/"/g) ?? []).length;
  const singles = (source.text.match(/'/g) ?? []).length;
  return doubles > singles ? '"' : "'";
}

function semicolonOf(source: ts.SourceFile): ';' | '' {
  let withIt = 0;
  let without = 0;
  const count = (node: ts.Node): void => {
    if (
      ts.isImportDeclaration(node) ||
      ts.isVariableStatement(node) ||
      ts.isExpressionStatement(node) ||
      ts.isReturnStatement(node)
    ) {
      if (source.text[node.end - 1] === ';') withIt += 1;
      else without += 1;
    }
    if (withIt + without < 40) ts.forEachChild(node, count);
  };
  ts.forEachChild(source, count);
  return without > withIt ? '' : ';';
}

/** The white space before the first character of the line that holds `position`. */
export function indentationAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
}
