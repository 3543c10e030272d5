// Rewrites types that speak of the old path: iovecs become memory, helpers that answered nothing but yes answer nothing.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import type { Folding } from './folding.ts';
import { functionsIn } from './functions-in.ts';
import { type OldPath, SEND_MEMBERS } from './old-path.ts';
import type { ReferenceIndex } from './reference-index.ts';
import type { TextPlan } from './text-plan.ts';

/** What this part of the rewrite needs, and what it tells. */
export interface TypeInput {
  readonly session: Session;
  readonly path: OldPath;
  readonly index: ReferenceIndex;
  readonly plan: TextPlan;
  readonly folding: Folding;
  readonly usesChain: boolean;
  readonly cannot: (node: ts.Node, why: string) => void;
}

/** Decides about every type in the files. */
export function rewriteTypes(input: TypeInput, files: readonly ts.SourceFile[]): void {
  const { folding, path, plan } = input;
  const checker = input.session.checker();
  const visit = (node: ts.Node): void => {
    if (folding.isDead(node)) return;
    if (ts.isTypeReferenceNode(node) || ts.isImportTypeNode(node)) {
      const part = path.partOf(symbolOf(checker, node));
      if (part === 'iovec') {
        plan.replace(node, ['Uint8Array']);
        return;
      }
      if (part === 'msghdr') {
        const [parts] = path.known().flatMap(({ msghdr }) => msghdr?.parts ?? []);
        plan.replace(node, [`{ readonly ${parts}: readonly Uint8Array[] }`]);
        return;
      }
    }
    if (
      ts.isLiteralTypeNode(node) &&
      ts.isStringLiteral(node.literal) &&
      SEND_MEMBERS.has(node.literal.text) &&
      isKeyOfConnection(input, node)
    ) {
      narrow(input, node);
      return;
    }
    const rest = withoutMembers(input, node);
    if (rest !== undefined) plan.replace(node, [rest]);
    ts.forEachChild(rest ?? node, visit);
  };
  for (const file of files) {
    visit(file);
    for (const fn of functionsIn(file))
      if (folding.isConstant(fn) && fn.type !== undefined) plan.replace(fn.type, ['void']);
  }
}

function symbolOf(
  checker: ts.TypeChecker,
  node: ts.TypeReferenceNode | ts.ImportTypeNode,
): ts.Symbol | undefined {
  const name = ts.isTypeReferenceNode(node) ? node.typeName : node.qualifier;
  const symbol = name && checker.getSymbolAtLocation(name);
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
    ? checker.getAliasedSymbol(symbol)
    : symbol;
}

/** `Omit<Connection, 'transmit'>` leaves out what is not there any more: the connection itself. */
function withoutMembers({ session, path }: TypeInput, node: ts.Node): ts.TypeNode | undefined {
  if (!ts.isTypeReferenceNode(node) || node.typeName.getText() !== 'Omit') return undefined;
  const [object, keys] = node.typeArguments ?? [];
  if (
    object === undefined ||
    keys === undefined ||
    !path.isConnection(session.checker().getTypeAtLocation(object))
  )
    return undefined;
  const names = ts.isUnionTypeNode(keys) ? keys.types : [keys];
  const isAllOld = names.every(
    (one) =>
      ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal) && SEND_MEMBERS.has(one.literal.text),
  );
  return isAllOld ? object : undefined;
}

/** `Pick<Connection, 'addIov'>`, or a union of such names in its place. */
function isKeyOfConnection({ session, path }: TypeInput, node: ts.LiteralTypeNode): boolean {
  const list = ts.isUnionTypeNode(node.parent) ? node.parent : node;
  const holder = list.parent;
  const object = ts.isTypeReferenceNode(holder)
    ? holder.typeArguments?.[0]
    : ts.isIndexedAccessTypeNode(holder)
      ? holder.objectType
      : undefined;
  return (
    object !== undefined && object !== list && path.isConnection(session.checker().getTypeAtLocation(object))
  );
}

/** The first name becomes those of the new path, the others go. */
function narrow({ plan, usesChain }: TypeInput, node: ts.LiteralTypeNode): void {
  const list = node.parent;
  const quote = node.getText()[0];
  const chain =
    usesChain || /chainDataToOutputStream/.test(node.getSourceFile().text)
      ? ` | ${quote}chainDataToOutputStream${quote}`
      : '';
  const all = `${quote}copyToOutputStream${quote}${chain}`;
  plan.replace(ts.isUnionTypeNode(list) ? list : node, [
    ts.isUnionTypeNode(list) || chain === '' ? all : all,
  ]);
}
