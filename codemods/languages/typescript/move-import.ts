// Moves names of an older contract to today's: the only edit for a call into a slot that the tree does not declare.
import { ts } from 'ts-morph';
import type { Spelling } from '../../facts/place.ts';
import { slotKey } from '../../facts/slot.ts';
import type { TextEdit } from '../../facts/text.ts';
import { CONTRACT_MODULE } from './compiler-host.ts';
import { fileStyle } from './file-style.ts';
import { namesToMove } from './older-contract.ts';
import { withoutExtension } from './paths.ts';
import type { PlaceRecord } from './place-registry.ts';
import type { Session } from './session.ts';

/** Edits that import the container from today's contract instead. */
export function moveImport(session: Session, record: PlaceRecord): Spelling {
  const declaration = record.node;
  const { target } = record;
  if (!ts.isImportDeclaration(declaration) || !ts.isStringLiteral(declaration.moduleSpecifier))
    return { cannot: 'the older contract is not imported by name' };
  if (target === undefined) return { cannot: 'the slot of the older contract is not known' };
  const specifier = declaration.moduleSpecifier;
  if (specifier.text !== `${CONTRACT_MODULE}/v1`)
    return { cannot: `${specifier.text} declares the slot, and still hands out what may be written to` };
  const source = declaration.getSourceFile();
  const file = session.name(source.fileName);
  const moved = namesToMove(session, source, slotKey({ container: target.container, name: target.slot }))
    .filter((one) => one.declaration === declaration)
    .map((one) => one.specifier);
  const bindings = declaration.importClause?.namedBindings;
  if (moved.length === 0 || bindings === undefined || !ts.isNamedImports(bindings)) return { edits: [] };
  const stays = bindings.elements.filter((element) => !moved.includes(element));
  const specifierEdit: TextEdit = {
    file,
    start: specifier.getStart(source) + 1,
    end: specifier.end - 1,
    text: CONTRACT_MODULE,
  };
  if (stays.every((element) => isSameInBoth(session, element))) return { edits: [specifierEdit] };
  const { eol, semicolon } = fileStyle(source);
  const quote = source.text[specifier.getStart(source)] ?? "'";
  const isType = declaration.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  const allTypes = isType || moved.every((element) => element.isTypeOnly);
  const names = moved
    .map((element) => (allTypes ? element.getText(source).replace(/^type\s+/, '') : element.getText(source)))
    .join(', ');
  const end = source.text.indexOf('\n', declaration.end);
  const at = end < 0 ? source.text.length : end + 1;
  const line = `import ${allTypes ? 'type ' : ''}{ ${names} } from ${quote}${CONTRACT_MODULE}${quote}${semicolon}`;
  return {
    edits: [
      ...removals(source, file, bindings, moved),
      { file, start: at, end: at, text: end < 0 ? `${eol}${line}` : `${line}${eol}` },
    ],
  };
}

/** Today's contract exports the very same thing under this name. */
function isSameInBoth(session: Session, element: ts.ImportSpecifier): boolean {
  const checker = session.checker();
  const symbol = checker.getSymbolAtLocation(element.name);
  const own =
    symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
      ? checker.getAliasedSymbol(symbol)
      : symbol;
  const name = (element.propertyName ?? element.name).text;
  return session.contract.texts.some(({ path }) => {
    const file = session.program().getSourceFile(path);
    const module = file && checker.getSymbolAtLocation(file);
    const other = module && checker.getExportsOfModule(module).find((one) => one.name === name);
    const target =
      other !== undefined && (other.flags & ts.SymbolFlags.Alias) !== 0
        ? checker.getAliasedSymbol(other)
        : other;
    return target !== undefined && own !== undefined && (target === own || isSameDeclaration(target, own));
  });
}

/** The same text in a file of the same name: two installed copies of one package. */
function isSameDeclaration(a: ts.Symbol, b: ts.Symbol): boolean {
  const [one, other] = [a.declarations?.[0], b.declarations?.[0]];
  if (one === undefined || other === undefined) return false;
  const file = (node: ts.Node): string | undefined =>
    withoutExtension(node.getSourceFile().fileName).split('/').at(-1);
  return file(one) === file(other) && one.getText() === other.getText();
}

/** Takes elements out of a list that keeps others. */
function removals(
  source: ts.SourceFile,
  file: string,
  list: ts.NamedImports,
  moved: readonly ts.ImportSpecifier[],
): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const elements = [...list.elements];
  const lastStaying = elements.findLastIndex((element) => !moved.includes(element));
  for (const [index, element] of elements.entries()) {
    const next = elements[index + 1];
    if (index < lastStaying && next !== undefined && moved.includes(element))
      edits.push({ file, start: element.getStart(source), end: next.getStart(source), text: '' });
  }
  const staying = elements[lastStaying];
  const last = elements.at(-1);
  if (staying !== undefined && last !== undefined && last !== staying)
    edits.push({ file, start: staying.end, end: last.end, text: '' });
  return edits;
}
