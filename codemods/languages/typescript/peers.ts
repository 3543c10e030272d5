// Parameters that have to be spelled alike: overloads, overridden and overriding methods, functions behind a function type.
import { ts } from 'ts-morph';
import type { Flow } from '../../facts/place.ts';
import { boundFunctions } from './bound-value.ts';
import { declaredParameters } from './contract-slots.ts';
import { instanceType } from './owners.ts';
import { includeMentioning } from './references.ts';
import type { Session } from './session.ts';
import { basesOf } from './tree-contract.ts';
import { isValuePosition, targetTypes } from './value-positions.ts';

/** A parameter that stands for the same value. */
export interface Peer {
  readonly node: ts.ParameterDeclaration;
  readonly how: Flow['how'];
}

/** The peers of a parameter. Includes files that mention the method's name. */
export function findPeers(session: Session, parameter: ts.ParameterDeclaration): readonly Peer[] {
  const fn = parameter.parent;
  if (!ts.isFunctionLike(fn)) return [];
  const index = declaredParameters(fn).indexOf(parameter);
  if (index < 0) return [];
  const peers = new Map<ts.Node, Peer>();
  const add = (declaration: ts.Node, how: Flow['how']): void => {
    const peer = functionOf(declaration);
    const node = peer === undefined || peer === fn ? undefined : declaredParameters(peer)[index];
    if (node === undefined || !session.isInTree(node.getSourceFile().fileName)) return;
    if (session.tree().isContractFile(node.getSourceFile().fileName)) return;
    if (!peers.has(node)) peers.set(node, { node, how });
  };
  for (const overload of overloads(session, fn)) add(overload, 'declaration');
  const holder = memberHolder(fn);
  if (holder !== undefined)
    for (const member of relatedMembers(session, holder.owner, holder.name)) add(member, 'override');
  if (ts.isFunctionTypeNode(fn)) for (const typed of functionsTypedBy(session, fn)) add(typed, 'override');
  return [...peers.values()];
}

function overloads(session: Session, fn: ts.SignatureDeclaration): readonly ts.Node[] {
  if (
    !ts.isFunctionDeclaration(fn) &&
    !ts.isMethodDeclaration(fn) &&
    !ts.isMethodSignature(fn) &&
    !ts.isConstructorDeclaration(fn)
  )
    return [];
  const own = (fn as { symbol?: ts.Symbol }).symbol;
  const symbol = fn.name === undefined ? own : session.checker().getSymbolAtLocation(fn.name);
  return (symbol?.declarations ?? []).filter((node) => node.kind === fn.kind);
}

/** The class or interface whose member a function is. */
function memberHolder(
  fn: ts.SignatureDeclaration,
): { readonly owner: ts.ClassLikeDeclaration | ts.InterfaceDeclaration; readonly name: string } | undefined {
  const member = ts.isMethodDeclaration(fn) || ts.isMethodSignature(fn) ? fn : fn.parent;
  if (
    !ts.isMethodDeclaration(member) &&
    !ts.isMethodSignature(member) &&
    !ts.isPropertyDeclaration(member) &&
    !ts.isPropertySignature(member)
  )
    return undefined;
  const owner = member.parent;
  if (!ts.isClassLike(owner) && !ts.isInterfaceDeclaration(owner)) return undefined;
  return { owner, name: member.name.getText() };
}

/** The member in every base type, and in every class or interface that derives from the same ones. */
function relatedMembers(
  session: Session,
  owner: ts.ClassLikeDeclaration | ts.InterfaceDeclaration,
  name: string,
): readonly ts.Node[] {
  let members = relatedAmong(session, owner, name);
  // A derived class names its base: files are brought in by both words, until no new class turns up.
  for (let round = 0; round < 6; round += 1) {
    const names = new Set(
      members.flatMap((member) => (member.parent as { name?: ts.Identifier }).name?.text ?? []),
    );
    if (owner.name !== undefined) names.add(owner.name.text);
    const grew = [...names].map((one) => includeMentioning(session, name, one)).some(Boolean);
    if (!grew) break;
    members = relatedAmong(session, owner, name);
  }
  return members;
}

function relatedAmong(
  session: Session,
  owner: ts.ClassLikeDeclaration | ts.InterfaceDeclaration,
  name: string,
): readonly ts.Node[] {
  const checker = session.checker();
  const typeOf = (node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): ts.Type | undefined =>
    ts.isClassLike(node) ? instanceType(checker, node) : checker.getTypeAtLocation(node.name);
  const start = typeOf(owner);
  if (start === undefined) return [];
  const family = new Set<ts.Node>([owner]);
  const up = (type: ts.Type): void => {
    for (const base of basesOf(checker, type)) {
      for (const node of base.symbol?.declarations ?? [])
        if (declaresMember(base, name) && !isContract(session, node)) family.add(node);
      up(base);
    }
  };
  up(start);
  const derives = (type: ts.Type, depth: number): boolean =>
    depth < 12 &&
    basesOf(checker, type).some(
      (base) =>
        (base.symbol?.declarations ?? []).some((node) => family.has(node)) || derives(base, depth + 1),
    );
  const members: ts.Node[] = [];
  for (const holder of holdersOf(session, name)) {
    const own = membersNamed(holder, name);
    const type = family.has(holder) ? start : typeOf(holder);
    if (type !== undefined && (family.has(holder) || derives(type, 0))) members.push(...own);
  }
  return members;
}

function membersNamed(
  holder: ts.ClassLikeDeclaration | ts.InterfaceDeclaration,
  name: string,
): readonly ts.Node[] {
  return (holder.members as ts.NodeArray<ts.ClassElement | ts.TypeElement>).filter(
    (member) => member.name?.getText() === name,
  );
}

type Holder = ts.ClassLikeDeclaration | ts.InterfaceDeclaration;

const holders = new WeakMap<ts.Program, ReadonlyMap<string, readonly Holder[]>>();

/** The classes and interfaces of the tree that have a member of this name. */
function holdersOf(session: Session, name: string): readonly Holder[] {
  const program = session.program();
  let index = holders.get(program);
  if (index === undefined) {
    const found = new Map<string, Holder[]>();
    const visit = (node: ts.Node): void => {
      if (ts.isClassLike(node) || ts.isInterfaceDeclaration(node)) {
        for (const member of node.members) {
          const text = member.name?.getText();
          const list = text === undefined ? undefined : (found.get(text) ?? []);
          if (text === undefined || list === undefined) continue;
          if (list.at(-1) !== node) list.push(node);
          found.set(text, list);
        }
      }
      ts.forEachChild(node, visit);
    };
    for (const file of session.treeFiles()) visit(file);
    index = found;
    holders.set(program, index);
  }
  return index.get(name) ?? [];
}

/** A base whose slot belongs to the contract itself joins nobody: every engine would be everybody's peer. */
function isContract(session: Session, node: ts.Node): boolean {
  const tree = session.tree();
  return (
    !session.isInTree(node.getSourceFile().fileName) ||
    tree.isContractFile(node.getSourceFile().fileName) ||
    tree.copies.some((copy) => copy.container.declaration === node)
  );
}

function declaresMember(type: ts.Type, name: string): boolean {
  return type.getProperty(name) !== undefined;
}

function functionOf(declaration: ts.Node): ts.SignatureDeclaration | undefined {
  if (ts.isFunctionLike(declaration)) return declaration;
  if (
    (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration)) &&
    declaration.type !== undefined &&
    ts.isFunctionTypeNode(declaration.type)
  )
    return declaration.type;
  if (
    ts.isPropertyDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    (ts.isArrowFunction(declaration.initializer) || ts.isFunctionExpression(declaration.initializer))
  )
    return declaration.initializer;
  return undefined;
}

const typedFunctions = new WeakMap<ts.Program, Map<ts.Node, ts.Node[]>>();

/** Functions that are used where this function type is expected. */
function functionsTypedBy(session: Session, type: ts.FunctionTypeNode): readonly ts.Node[] {
  const program = session.program();
  let byType = typedFunctions.get(program);
  if (byType === undefined) {
    byType = new Map();
    const checker = session.checker();
    const functions = boundFunctions(checker, session.name);
    for (const file of session.treeFiles()) {
      const visit = (node: ts.Node): void => {
        if (ts.isExpression(node) && isValuePosition(node)) {
          for (const target of targetTypes(checker, node)) {
            for (const signature of checker.getNonNullableType(target).getCallSignatures()) {
              const declaration = signature.getDeclaration() as ts.Node | undefined;
              if (
                declaration === undefined ||
                !ts.isFunctionTypeNode(declaration) ||
                !session.isInTree(declaration.getSourceFile().fileName)
              )
                continue;
              const bound = functions.ofExpression(node).map((one) => one.node);
              byType?.set(declaration, [...(byType.get(declaration) ?? []), ...bound]);
            }
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
    typedFunctions.set(program, byType);
  }
  return byType.get(type) ?? [];
}
