// The engine's own `release` slot: the functions that fill it, and its declaration in the contract. Knows nothing of what
// else gives items back.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import type { FunctionNode, ReferenceIndex } from './reference-index.ts';

/** Functions that fill the slot: as a method or a property of what has to have it, or by a name that is filled in. */
export function releaseSlots(
  session: Session,
  index: ReferenceIndex,
  functions: readonly FunctionNode[],
): readonly FunctionNode[] {
  return [...functions.filter((fn) => isReleaseSlot(session, fn)), ...slotsByName(session, index)];
}

/** The slot as the contract declares it: whatever object it is called on is an engine. */
export function isDeclaredSlot(declaration: ts.Declaration): declaration is ts.MethodSignature {
  if (!ts.isMethodSignature(declaration) || declaration.name.getText() !== 'release') return false;
  const members = new Set(
    (declaration.parent as ts.InterfaceDeclaration).members.map((one) => one.name?.getText()),
  );
  return declaration.parameters.length === 3 && members.has('allocate') && members.has('getItemInfo');
}

/** The function fills a slot called `release` that another file's interface declares beside slots that hand items out. */
function isReleaseSlot(session: Session, fn: FunctionNode): boolean {
  const member = ts.isMethodDeclaration(fn) ? fn : fn.parent;
  const name = (member as { name?: ts.Node }).name;
  if (name === undefined || name.getText() !== 'release' || fn.parameters.length < 2) return false;
  const checker = session.checker();
  const owner = member.parent;
  const types: (ts.Type | undefined)[] = [];
  if (owner === undefined) return false;
  if (ts.isClassLike(owner)) {
    for (const clause of owner.heritageClauses ?? [])
      types.push(...clause.types.map((type) => checker.getTypeAtLocation(type)));
  } else if (ts.isObjectLiteralExpression(owner)) types.push(checker.getContextualType(owner));
  return types.some((type) => {
    const declared = type && checker.getPropertyOfType(type, 'release')?.declarations?.[0];
    if (declared === undefined || declared.getSourceFile() === fn.getSourceFile()) return false;
    return ['allocate', 'getItemInfo', 'store'].some(
      (slot) => type && checker.getPropertyOfType(type, slot) !== undefined,
    );
  });
}

/** Constants that fill the slot by their name: `{ release, unknownCommand: … }`. */
function slotsByName(session: Session, index: ReferenceIndex): readonly FunctionNode[] {
  const checker = session.checker();
  const found: FunctionNode[] = [];
  const visit = (node: ts.Node): void => {
    const isNamed =
      (ts.isShorthandPropertyAssignment(node) && node.name.text === 'release') ||
      (ts.isPropertyAssignment(node) &&
        node.name.getText() === 'release' &&
        ts.isIdentifier(node.initializer));
    if (isNamed && ts.isObjectLiteralExpression(node.parent)) {
      const type = checker.getContextualType(node.parent);
      const isSlot = type !== undefined && checker.getPropertyOfType(type, 'allocate') !== undefined;
      const declaration = index.declarationOf(ts.isPropertyAssignment(node) ? node.initializer : node.name);
      const value =
        declaration !== undefined && ts.isVariableDeclaration(declaration)
          ? declaration.initializer
          : declaration;
      const isFunction =
        value !== undefined && ts.isFunctionLike(value) && (value as { body?: ts.Node }).body !== undefined;
      if (isSlot && isFunction) found.push(value as FunctionNode);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of index.files) visit(file);
  return found;
}
