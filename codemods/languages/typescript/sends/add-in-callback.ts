// Adds in a callback whose answer is a length: whoever calls it counts with the bytes that it says are there.
import { ts } from 'ts-morph';
import { enclosingFunction } from '../syntax-shapes.ts';
import { isLibrarySymbol } from '../type-facts.ts';
import type { Look, Objection } from './engine-look.ts';

/** `produce((room) => { …addIov…; return length; })` */
export function findAddInCallback(look: Look, call: ts.CallExpression, object: Objection): void {
  const fn = enclosingFunction(call);
  if (
    fn === undefined ||
    !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) ||
    !ts.isCallExpression(fn.parent)
  )
    return;
  const type = look.session.checker().getSignatureFromDeclaration(fn)?.getReturnType();
  const { expression } = fn.parent;
  // The language's own methods own no memory, and count nothing.
  if (
    ts.isPropertyAccessExpression(expression) &&
    isLibrarySymbol(look.session.checker().getSymbolAtLocation(expression.name))
  )
    return;
  if (type === undefined || (type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) === 0) return;
  object(
    call,
    'add-in-callback',
    call,
    `${call.getText().replace(/\s+/g, ' ')} is in a callback whose answer is a length that somebody else counts with`,
  );
}
