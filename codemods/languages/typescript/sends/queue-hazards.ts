// What becomes of something queued that nobody sends: on the old path it is forgotten, in the send buffer it is not.
import { ts } from 'ts-morph';
import { adds } from './added-memory.ts';
import type { Look, Objection } from './engine-look.ts';
import { nameOf } from './folding.ts';
import { functionsIn } from './functions-in.ts';
import { queueStates } from './queue-states.ts';
import type { FunctionNode } from './reference-index.ts';

/** Answers of a slot: of `engine_errors` (include/memcached/engine_error.h), which the contract numbers alike. */
const [SUCCESS, EWOULDBLOCK, WANT_MORE, E2BIG, DISCONNECT] = [0, 7, 9, 8, 10];

/** Walks every function that nobody in the engine calls, and the slots. */
export function findQueueHazards(look: Look, object: Objection): void {
  const said = new Set<ts.Node>();
  const states = queueStates(look, {
    discarded: (by, queued) => {
      if (said.has(by)) return;
      said.add(by);
      const isOwn = isOnlyStatement(by);
      object(
        by,
        isOwn ? 'queue-reset' : 'queue-then-discard',
        by,
        isOwn
          ? `everything queued is dropped here, and ${textOf(queued)} may have been queued before: a send buffer keeps it`
          : `${textOf(queued)} may be queued when a new message begins here, and is forgotten: a send buffer keeps it`,
      );
    },
    overtaken: (by, queued) =>
      object(
        by,
        'work-between-sends',
        by,
        `sendmsg goes out at once, before what ${textOf(queued)} queued: copies keep the order of the calls`,
      ),
    answered: (by, queued) =>
      object(
        queued,
        'queue-then-discard',
        by,
        `the core's response takes the place of what ${textOf(queued)} queued: a send buffer keeps both`,
      ),
  });
  for (const file of look.index.files)
    for (const fn of functionsIn(file)) {
      if (look.folding.isDead(fn) || !adds(look, fn, new Set())) continue;
      const slot = slotName(look, fn) ?? answersCode(look, fn);
      if (slot === undefined && (look.index.callers(fn).length > 0 || isHandedOver(fn))) continue;
      const endings = states.run(fn, undefined);
      if (slot === undefined) continue;
      for (const { queued, value, at } of endings) {
        if (queued === undefined || value === 'unknown' || typeof value !== 'number') continue;
        if (slot === 'step') {
          if (value === WANT_MORE || value === E2BIG) continue;
          object(
            queued,
            'queue-then-say-nothing',
            answerAt(at),
            `${textOf(queued)} is queued, and the step says that there is nothing to send: the old path forgets it, a send buffer sends it`,
          );
        } else if (value === EWOULDBLOCK) {
          // Called again it finds what it queued, and may begin anew.
          states.run(fn, queued);
        } else if (value !== SUCCESS && value !== DISCONNECT) {
          // A connection that closes is flushed on both paths, and nothing of the core's comes behind.
          object(
            queued,
            'queue-then-discard',
            answerAt(at),
            `${textOf(queued)} is queued before the slot fails: the core's error takes its place on the old path, and comes behind it from a send buffer`,
          );
        }
      }
    }
}

/** The name of a function that nobody in the engine calls and that answers a code of the contract: a slot in some way. */
function answersCode(look: Look, fn: FunctionNode): string | undefined {
  if (look.index.callers(fn).length > 0) return undefined;
  const signature = look.session.checker().getSignatureFromDeclaration(fn as ts.SignatureDeclaration);
  const type = signature?.getReturnType();
  const alias = type?.aliasSymbol?.declarations?.[0];
  if (alias === undefined || look.index.files.includes(alias.getSourceFile())) return undefined;
  const isCode = type?.isUnion() === true && type.types.every((one) => one.isNumberLiteral());
  return isCode ? ((nameOf(fn) as { name?: ts.Node } | undefined)?.name?.getText() ?? '') : undefined;
}

function answerAt(node: ts.Node): ts.Node {
  return ts.isBlock(node) ? (node.getLastToken() ?? node) : node;
}

/** The slot that a function fills, by the type that its owner has to have. */
function slotName(look: Look, fn: FunctionNode): string | undefined {
  const member = ts.isMethodDeclaration(fn) ? fn : fn.parent;
  const name = (member as { name?: ts.Node }).name?.getText();
  if (name === undefined) return undefined;
  const checker = look.session.checker();
  const owner = member.parent;
  const types: (ts.Type | undefined)[] = [];
  if (ts.isClassLike(owner))
    for (const clause of owner.heritageClauses ?? [])
      types.push(...clause.types.map((type) => checker.getTypeAtLocation(type)));
  else if (owner !== undefined && ts.isObjectLiteralExpression(owner))
    types.push(checker.getContextualType(owner));
  const isSlot = types.some((type) => {
    const declared =
      type && checker.getPropertyOfType(checker.getNonNullableType(type), name)?.declarations?.[0];
    return declared !== undefined && !look.index.files.includes(declared.getSourceFile());
  });
  return isSlot ? name : undefined;
}

/** A function that is an argument or a value: it runs where it is handed to. */
function isHandedOver(fn: FunctionNode): boolean {
  return (ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) && nameOf(fn) === undefined;
}

/** `forget(): void { connection.addMsgHdr(true); }` */
function isOnlyStatement(call: ts.CallExpression): boolean {
  const { parent } = call;
  if (ts.isArrowFunction(parent)) return true;
  return (
    ts.isExpressionStatement(parent) &&
    ts.isBlock(parent.parent) &&
    parent.parent.statements.length === 1 &&
    ts.isFunctionLike(parent.parent.parent)
  );
}

function textOf(call: ts.CallExpression): string {
  const text = call.getText().replace(/\s+/g, ' ');
  return text.length <= 50 ? text : `${text.slice(0, 47)}...`;
}
