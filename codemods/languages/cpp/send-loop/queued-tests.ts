// Tests whether anything is queued by the counts of messages and of bytes together: they hold on for streams that count on.
import { type Document, type Node, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { type LoopFieldUse, loopFieldUses } from './field-uses.ts';
import type { LoopShape } from './loop-shape.ts';
import { bare, fieldUse, operatorOf } from './tree-walk.ts';

/** True for a read that is half of `used <= 1 && bytes <= 0`, or of `used > 1 || bytes > 0`. */
export function isQueuedTest({ fields }: LoopShape, { doc, node, object }: LoopFieldUse): boolean {
  const own = comparison(doc, node);
  const logical = own === undefined ? undefined : logicalAround(own);
  if (own === undefined || logical === undefined || fields.bytes === undefined) return false;
  const sides = [logical.childForFieldName('left'), logical.childForFieldName('right')];
  const tests = sides.map((side) => (side === null ? undefined : testOf(doc, bare(side))));
  const used = tests.find((test) => test?.field === fields.used);
  const bytes = tests.find((test) => test?.field === fields.bytes);
  if (used?.object !== object || bytes?.object !== object) return false;
  const text = `${used.test} ${operatorOf(doc, logical)} ${bytes.test}`;
  return /^(?:<=1|<2|==1) && (?:<=0|==0|<1)$|^(?:>1|>=2|!=1) \|\| (?:>0|!=0|>=1)$/.test(text);
}

/** Somebody outside of the loop asks that way: streams go on counting. */
export function asksForQueued(library: Library, shape: LoopShape): boolean {
  const { fields } = shape;
  return loopFieldUses(library, shape, [fields.used]).some((use) => isQueuedTest(shape, use));
}

function comparison(doc: Document, node: Node): Node | undefined {
  for (let at = node.parent; at !== null && /expression$/.test(at.type); at = at.parent)
    if (testOf(doc, at) !== undefined) return at;
  return undefined;
}

function logicalAround(test: Node): Node | undefined {
  let at = test.parent;
  while (at?.type === 'parenthesized_expression') at = at.parent;
  return at?.type === 'binary_expression' ? at : undefined;
}

interface CountTest {
  readonly object: string;
  readonly field: string;
  readonly test: string;
}

function testOf(doc: Document, node: Node): CountTest | undefined {
  const left = node.type === 'binary_expression' ? fieldUse(doc, node.childForFieldName('left')) : undefined;
  const right = node.childForFieldName('right');
  if (left === undefined || right?.type !== 'number_literal') return undefined;
  return {
    object: textOf(doc, left.object),
    field: left.name,
    test: `${operatorOf(doc, node)}${textOf(doc, right)}`,
  };
}
