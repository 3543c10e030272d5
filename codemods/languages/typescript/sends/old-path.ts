// Recognises the old send path by declaration: the interface of a connection that declares addIov and its like, outside
// the target contract, and the types that its methods speak of. Names of locals and of look-alike classes say nothing.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import { isTypedArrayName, libraryName } from '../type-facts.ts';
import { unparenthesized } from './unparenthesized.ts';

/** What a connection of the old path can be asked. */
export type SendMember = 'addIov' | 'addMsgHdr' | 'pushTempAlloc' | 'reserveItem' | 'sendmsg' | 'transmit';

/** The six of them. */
export const SEND_MEMBERS: ReadonlySet<string> = new Set<SendMember>([
  'addIov',
  'addMsgHdr',
  'pushTempAlloc',
  'reserveItem',
  'sendmsg',
  'transmit',
]);

/** One declaration of the old path: an interface, and what its methods take and answer. */
export interface OldConnection {
  readonly declaration: ts.InterfaceDeclaration | ts.TypeLiteralNode;
  /** Of one stretch of memory: `iovBase` and `iovLen`, under the names they have. */
  readonly iovec: { readonly symbol: ts.Symbol; readonly base: string; readonly length: string } | undefined;
  readonly msghdr: { readonly symbol: ts.Symbol; readonly parts: string } | undefined;
  /** What `transmit` answers when all is sent. */
  readonly complete: number;
}

/** Questions about the old path in one program. */
export interface OldPath {
  /** The connection that declares this member, where it is one of the old path. */
  connectionOf(member: ts.Symbol | undefined): OldConnection | undefined;
  /** What this call asks an old connection. */
  memberCalled(call: ts.Node): SendMember | undefined;
  /** The type of a value is an old connection, or some of its methods. */
  isConnection(type: ts.Type): boolean;
  /** The old connection whose iovec this type is. */
  iovecOf(type: ts.Type): OldConnection | undefined;
  msghdrOf(type: ts.Type): OldConnection | undefined;
  /** The declared thing (aliases resolved) is the connection, the iovec, the msghdr or the answer of `transmit`. */
  partOf(symbol: ts.Symbol | undefined): 'connection' | 'iovec' | 'msghdr' | 'result' | undefined;
  /** Every connection met so far. */
  known(): readonly OldConnection[];
}

/** Remembers what it has been asked. */
export function oldPath(session: Session): OldPath {
  const checker = session.checker();
  const byDeclaration = new Map<ts.Node, OldConnection | undefined>();
  const read = (holder: ts.Node): OldConnection | undefined => {
    if (!ts.isInterfaceDeclaration(holder) && !ts.isTypeLiteralNode(holder)) return undefined;
    if (!byDeclaration.has(holder)) {
      byDeclaration.set(holder, undefined);
      byDeclaration.set(holder, readConnection(session, holder));
    }
    return byDeclaration.get(holder);
  };
  const connectionOf = (member: ts.Symbol | undefined): OldConnection | undefined => {
    if (member === undefined || !SEND_MEMBERS.has(member.name)) return undefined;
    for (const declaration of member.declarations ?? []) {
      const found = read(declaration.parent);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const partsOf = (type: ts.Type): readonly ts.Type[] =>
    type.isUnionOrIntersection() ? type.types.flatMap(partsOf) : [type];
  const holds = (type: ts.Type, symbol: ts.Symbol | undefined): boolean =>
    symbol !== undefined &&
    partsOf(type).some((part) => part.symbol === symbol || part.aliasSymbol === symbol);
  const known = (): readonly OldConnection[] =>
    [...byDeclaration.values()].filter((one) => one !== undefined);
  const path: OldPath = {
    connectionOf,
    known,
    memberCalled: (call) => {
      if (!ts.isCallExpression(call)) return undefined;
      const callee = unparenthesized(call.expression);
      if (!ts.isPropertyAccessExpression(callee) || !SEND_MEMBERS.has(callee.name.text)) return undefined;
      return connectionOf(checker.getSymbolAtLocation(callee.name)) === undefined
        ? undefined
        : (callee.name.text as SendMember);
    },
    isConnection: (type) =>
      partsOf(type).some(
        (part) =>
          (part.flags & ts.TypeFlags.Object) !== 0 &&
          checker.getPropertiesOfType(part).some((member) => connectionOf(member) !== undefined),
      ),
    iovecOf: (type) => known().find((one) => holds(type, one.iovec?.symbol)),
    msghdrOf: (type) => known().find((one) => holds(type, one.msghdr?.symbol)),
    partOf: (symbol) => {
      if (symbol === undefined) return undefined;
      for (const one of known()) {
        if (symbol.declarations?.some((node) => node === one.declaration) === true) return 'connection';
        if (symbol === one.iovec?.symbol) return 'iovec';
        if (symbol === one.msghdr?.symbol) return 'msghdr';
        if (isResult(checker, symbol, one)) return 'result';
      }
      return undefined;
    },
  };
  return path;
}

function memberType(checker: ts.TypeChecker, holder: ts.Node, name: SendMember): ts.Signature | undefined {
  const member = checker.getPropertyOfType(checker.getTypeAtLocation(holder), name);
  return member && checker.getTypeOfSymbol(member).getCallSignatures()[0];
}

function readConnection(
  session: Session,
  holder: ts.InterfaceDeclaration | ts.TypeLiteralNode,
): OldConnection | undefined {
  const file = holder.getSourceFile().fileName;
  if (session.tree().isContractFile(file)) return undefined;
  const checker = session.checker();
  const names = new Set(holder.members.map((member) => member.name?.getText()));
  if (!names.has('addIov') && !names.has('sendmsg')) return undefined;
  if ([...SEND_MEMBERS].filter((name) => names.has(name)).length < 2) return undefined;
  if (session.isInTree(file) && !isContractOfTree(session, holder)) return undefined;
  const message = memberType(checker, holder, 'sendmsg')?.parameters[0];
  const messageType = message && checker.getTypeOfSymbol(message);
  const parts =
    messageType && checker.getPropertiesOfType(messageType).find((member) => elementOf(checker, member));
  const element = parts && elementOf(checker, parts);
  const members = element === undefined ? [] : checker.getPropertiesOfType(element);
  const base = members.find((member) => isTypedArrayName(libraryName(checker.getTypeOfSymbol(member))));
  const length = members.find(
    (member) => (checker.getTypeOfSymbol(member).flags & ts.TypeFlags.NumberLike) !== 0,
  );
  const answer = memberType(checker, holder, 'transmit')?.getReturnType();
  return {
    declaration: holder,
    iovec:
      element === undefined || base === undefined || length === undefined
        ? undefined
        : { symbol: element.aliasSymbol ?? element.symbol, base: base.name, length: length.name },
    msghdr:
      messageType === undefined || parts === undefined
        ? undefined
        : { symbol: messageType.aliasSymbol ?? messageType.symbol, parts: parts.name },
    complete: completeOf(checker, holder, answer) ?? 0,
  };
}

function elementOf(checker: ts.TypeChecker, member: ts.Symbol): ts.Type | undefined {
  const type = checker.getTypeOfSymbol(member);
  return checker.getIndexTypeOfType(type, ts.IndexKind.Number);
}

/** A contract that lies in the tree: a method of another interface hands the connection out, and no class fills it. */
function isContractOfTree(session: Session, holder: ts.Node): boolean {
  if (!ts.isInterfaceDeclaration(holder)) return false;
  const checker = session.checker();
  const own = checker.getTypeAtLocation(holder);
  return holder.getSourceFile().statements.some(
    (statement) =>
      ts.isInterfaceDeclaration(statement) &&
      statement !== holder &&
      statement.members.some((member) => {
        const symbol = member.name && checker.getSymbolAtLocation(member.name);
        const signatures = symbol && checker.getTypeOfSymbol(symbol).getCallSignatures();
        return signatures?.some((signature) => signature.getReturnType() === own) === true;
      }),
  );
}

function isResult(checker: ts.TypeChecker, symbol: ts.Symbol, { declaration }: OldConnection): boolean {
  const answer = memberType(checker, declaration, 'transmit')?.getReturnType();
  if (answer === undefined) return false;
  const alias = answer.aliasSymbol ?? answer.symbol;
  return alias !== undefined && symbol === alias;
}

/** The value called Complete among the constants of the answer's type. */
function completeOf(
  checker: ts.TypeChecker,
  holder: ts.Node,
  answer: ts.Type | undefined,
): number | undefined {
  const name = answer?.aliasSymbol?.name ?? answer?.symbol?.name;
  const constants = name && checker.resolveName(name, holder, ts.SymbolFlags.Value, false);
  const type = constants ? checker.getTypeOfSymbol(constants) : undefined;
  const member = type?.getProperties().find((one) => /^complete$/i.test(one.name));
  const value = member && checker.getTypeOfSymbol(member);
  return value?.isNumberLiteral() === true ? value.value : undefined;
}
