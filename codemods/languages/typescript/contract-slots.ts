// Finds the containers and slots that a file declares: interfaces, abstract classes, object types and callback types.
import { ts } from 'ts-morph';
import type { Slot, SlotParameter } from '../../facts/slot.ts';
import { collapse, type FileName, rangeOf, textOf } from './ranges.ts';
import { isReadOnlyAsAWhole } from './read-only-types.ts';
import { isLibrarySymbol, isUnresolved } from './type-facts.ts';

/** One slot as declared: the facts for policy, and the nodes that the checker knows it by. */
export interface DeclaredSlot {
  readonly slot: Slot;
  /** The member, or the declaration of a callback type. */
  readonly member: ts.Node;
  readonly signature: ts.Signature;
  /** Further overloads, any of which an implementation may have in mind. */
  readonly overloads: readonly SlotOverload[];
}

/** Another signature of the same slot. */
export interface SlotOverload {
  readonly slot: Slot;
  readonly signature: ts.Signature;
}

/** An interface, abstract class or type alias that has slots. */
export interface DeclaredContainer {
  readonly name: string;
  readonly declaration: ContainerDeclaration;
  readonly slots: readonly DeclaredSlot[];
}

/** What can declare a container. */
export type ContainerDeclaration = ts.InterfaceDeclaration | ts.ClassDeclaration | ts.TypeAliasDeclaration;

/** Every container that a source file declares, in order; `wanted` limits them by name. */
export function declaredContainers(
  checker: ts.TypeChecker,
  file: ts.SourceFile,
  name: FileName,
  wanted?: ReadonlySet<string>,
): readonly DeclaredContainer[] {
  const found: DeclaredContainer[] = [];
  const seen = new Set<ts.Symbol>();
  const visit = (statements: readonly ts.Statement[]): void => {
    for (const statement of statements) {
      if (
        ts.isModuleDeclaration(statement) &&
        statement.body !== undefined &&
        ts.isModuleBlock(statement.body)
      ) {
        visit(statement.body.statements);
      }
      if (
        !isContainerDeclaration(statement) ||
        (wanted !== undefined && !wanted.has(statement.name?.text ?? ''))
      )
        continue;
      const symbol = statement.name && checker.getSymbolAtLocation(statement.name);
      if (symbol === undefined || seen.has(symbol)) continue;
      seen.add(symbol);
      const slots = slotsOf(checker, statement, symbol, name);
      if (slots.length > 0) found.push({ name: symbol.name, declaration: statement, slots });
    }
  };
  visit(file.statements);
  return found;
}

function isContainerDeclaration(node: ts.Statement): node is ContainerDeclaration {
  if (ts.isInterfaceDeclaration(node)) return true;
  if (ts.isClassDeclaration(node)) return hasModifier(node, ts.SyntaxKind.AbstractKeyword);
  return ts.isTypeAliasDeclaration(node) && declaresType(node.type);
}

/** An alias that declares something of its own, not another name for a type that exists. */
function declaresType(type: ts.TypeNode): boolean {
  if (ts.isParenthesizedTypeNode(type)) return declaresType(type.type);
  if (ts.isIntersectionTypeNode(type))
    return type.types.some((part) => ts.isTypeLiteralNode(part) || ts.isTypeReferenceNode(part));
  return ts.isTypeLiteralNode(type) || ts.isFunctionTypeNode(type);
}

function slotsOf(
  checker: ts.TypeChecker,
  declaration: ContainerDeclaration,
  symbol: ts.Symbol,
  name: FileName,
): readonly DeclaredSlot[] {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  // A type that is iterated or indexed is data with methods, such as a view of bytes: nobody implements it as a plugin.
  if (
    checker.getIndexInfosOfType(type).length > 0 ||
    type.getProperties().some((member) => member.name.startsWith('__@iterator'))
  )
    return [];
  const [callable] = type.getCallSignatures();
  if (callable !== undefined && declaration.name !== undefined) {
    const slot = describe(checker, callable, symbol.name, '', true, declaration.name, name);
    return [{ slot, member: declaration, signature: callable, overloads: [] }];
  }
  return checker.getPropertiesOfType(type).flatMap((member) => {
    const slot = memberSlot(checker, member, symbol.name, name);
    return slot === undefined ? [] : [slot];
  });
}

function memberSlot(
  checker: ts.TypeChecker,
  member: ts.Symbol,
  container: string,
  name: FileName,
): DeclaredSlot | undefined {
  const node = member.valueDeclaration ?? member.declarations?.[0];
  if (node === undefined || isLibrarySymbol(member) || isHidden(node)) return undefined;
  const [signature, ...others] = checker
    .getNonNullableType(checker.getTypeOfSymbol(member))
    .getCallSignatures();
  if (signature === undefined) return undefined;
  const inClass = ts.isClassElement(node) && ts.isClassLike(node.parent);
  const required = inClass
    ? hasModifier(node, ts.SyntaxKind.AbstractKeyword)
    : (member.flags & ts.SymbolFlags.Optional) === 0;
  const at =
    (ts.isMethodSignature(node) || ts.isPropertySignature(node) || ts.isClassElement(node)) && node.name
      ? node.name
      : node;
  const described = (one: ts.Signature): Slot =>
    describe(checker, one, container, member.name, required, at, name);
  const overloads = others.map((one) => ({ slot: described(one), signature: one }));
  return { slot: described(signature), member: node, signature, overloads };
}

/** Private, protected-from-outside or static members are no slots. */
function isHidden(node: ts.Node): boolean {
  return (
    ts.isClassElement(node) &&
    ts.isClassLike(node.parent) &&
    (hasModifier(node, ts.SyntaxKind.PrivateKeyword) ||
      hasModifier(node, ts.SyntaxKind.StaticKeyword) ||
      ts.isConstructorDeclaration(node))
  );
}

function describe(
  checker: ts.TypeChecker,
  signature: ts.Signature,
  container: string,
  slotName: string,
  required: boolean,
  at: ts.Node,
  name: FileName,
): Slot {
  const parameters = parameterNodes(signature).map((node) => describeParameter(checker, node, name));
  const declared = signature.getDeclaration() as ts.SignatureDeclaration | undefined;
  const returns = declared?.type === undefined ? 'any' : textOf(declared.type);
  return {
    container,
    name: slotName,
    parameters,
    returns,
    required,
    signature: signatureText(parameters, returns),
    range: rangeOf(name, at),
  };
}

/** The declared parameters of a signature, without `this`. */
export function parameterNodes(signature: ts.Signature): readonly ts.ParameterDeclaration[] {
  const declaration = signature.getDeclaration() as ts.SignatureDeclaration | undefined;
  return declaration === undefined ? [] : declaredParameters(declaration);
}

/** The parameters of a function without `this`. */
export function declaredParameters(declaration: ts.SignatureDeclaration): readonly ts.ParameterDeclaration[] {
  return declaration.parameters.filter(
    (node): node is ts.ParameterDeclaration =>
      ts.isParameter(node) && !(ts.isIdentifier(node.name) && node.name.text === 'this'),
  );
}

function describeParameter(
  checker: ts.TypeChecker,
  node: ts.ParameterDeclaration,
  name: FileName,
): SlotParameter {
  const type = checker.getTypeAtLocation(node);
  return {
    name: ts.isIdentifier(node.name) ? node.name.text : undefined,
    type: node.type === undefined ? 'any' : textOf(node.type),
    readOnly:
      isReadOnlyAsAWhole(checker, type) ||
      (node.type !== undefined &&
        isUnresolved(type) &&
        /^(?:Deep)?(?:Readonly|Immutable)\w*</.test(node.type.getText())),
    optional: node.questionToken !== undefined || node.initializer !== undefined,
    rest: node.dotDotDotToken !== undefined,
    range: rangeOf(name, node),
  };
}

/** `(cookie: Cookie, header?: Header) => boolean`, on one line. */
export function signatureText(
  parameters: readonly Pick<SlotParameter, 'name' | 'type' | 'optional' | 'rest'>[],
  returns: string,
): string {
  const list = parameters.map(
    ({ name, type, optional, rest }, index) =>
      `${rest ? '...' : ''}${name ?? `arg${index}`}${optional ? '?' : ''}${type === '' ? '' : `: ${type}`}`,
  );
  return collapse(`(${list.join(', ')}) => ${returns}`);
}

/** True when the node has the modifier. */
export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false)
  );
}
