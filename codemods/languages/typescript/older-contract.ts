// Calls into a slot as an older published contract declares it. Such a file is not the tree's to edit: the import is.
import { ts } from 'ts-morph';
import { slotKey } from '../../facts/slot.ts';
import type { Session } from './session.ts';

/**
 * The import declaration in the caller's file that brings in the older contract; `conforms` where the slot is
 * today's contract's own; undefined where the declaration is no slot, or the import cannot be found.
 */
export function olderContractImport(
  session: Session,
  call: ts.Node,
  declaration: ts.SignatureDeclaration,
): ts.ImportDeclaration | 'conforms' | undefined {
  const tree = session.tree();
  const slot = tree.slotOfMember(declaration) ?? tree.slotOfMember(declaration.parent);
  if (slot === undefined) return undefined;
  if (tree.isContractFile(declaration.getSourceFile().fileName)) return 'conforms';
  const names = namesToMove(session, call.getSourceFile(), slotKey(slot.slot));
  return names[0]?.declaration;
}

/** One name that a file imports from an older contract although today's has it too. */
export interface OlderName {
  readonly declaration: ts.ImportDeclaration;
  readonly specifier: ts.ImportSpecifier;
}

/** Imported containers of older contracts that hold the slot, directly or in a member. */
export function namesToMove(
  session: Session,
  file: ts.SourceFile,
  slot: string | undefined,
): readonly OlderName[] {
  const checker = session.checker();
  const tree = session.tree();
  const container = slot?.split('.')[0];
  return file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement)) return [];
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) return [];
    return bindings.elements.flatMap((specifier): readonly OlderName[] => {
      const symbol = checker.getSymbolAtLocation(specifier.name);
      const target =
        symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
          ? checker.getAliasedSymbol(symbol)
          : symbol;
      const declared = target?.declarations?.[0];
      if (
        target === undefined ||
        declared === undefined ||
        session.isInTree(declared.getSourceFile().fileName)
      )
        return [];
      if (tree.isContractFile(declared.getSourceFile().fileName)) return [];
      const copy = tree.copies.find((one) => one.container.declaration === declared);
      if (copy !== undefined && (container === undefined || copy.container.name === container))
        return [{ declaration: statement, specifier }];
      const type = checker.getDeclaredTypeOfSymbol(target);
      const holds = checker.getPropertiesOfType(type).some((member) => {
        const inner = checker.getNonNullableType(checker.getTypeOfSymbol(member));
        return tree.copies.some(
          (one) =>
            one.container.name === container &&
            !session.isInTree(one.container.declaration.getSourceFile().fileName) &&
            inner.symbol?.declarations?.some((node) => node === one.container.declaration) === true,
        );
      });
      return holds ? [{ declaration: statement, specifier }] : [];
    });
  });
}
