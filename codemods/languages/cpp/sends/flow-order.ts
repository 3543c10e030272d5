// Whether one place of a function may run after another one: later in the text, or in the next round of a loop.
import type { Node } from '../document.ts';

/** `forward`: further down. `round`: not before the loop comes round. */
export type Order = { readonly how: 'forward' } | { readonly how: 'round'; readonly loop: Node };

const LOOPS = new Set(['for_statement', 'while_statement', 'do_statement', 'for_range_loop']);
const BLOCKS = new Set(['compound_statement', 'case_statement', 'else_clause']);

/** How `later` may run after `first` in one call of the function around both; undefined when it cannot. */
export function order(first: Node, later: Node): Order | undefined {
  const [up, down] = [ancestors(first), ancestors(later)];
  const ids = new Map(down.map((node, depth) => [node.id, depth]));
  const at = up.findIndex((node) => ids.has(node.id));
  const common = up[at];
  if (common === undefined) return undefined;
  const from = up[at - 1];
  const to = down[(ids.get(common.id) ?? 0) - 1];
  const inside = at === 0 ? [] : up.slice(0, at);
  if (!isLeft(inside, common) && follows(common, from, to, first, later)) return { how: 'forward' };
  const loop = up
    .slice(at)
    .find((node) => LOOPS.has(node.type) && !isOnceIn(node, first) && !isOnceIn(node, later));
  // What leaves the loop between the place and the loop's end has no next round.
  if (loop === undefined || isLeft(up.slice(0, up.indexOf(loop)), loop)) return undefined;
  return { how: 'round', loop };
}

// The initialiser of a for, and what a range-for goes over, run once.
function isOnceIn(loop: Node, node: Node): boolean {
  const once =
    loop.childForFieldName('initializer') ??
    (loop.type === 'for_range_loop' ? loop.childForFieldName('right') : null);
  return once !== null && node.startIndex >= once.startIndex && node.endIndex <= once.endIndex;
}

function ancestors(node: Node): Node[] {
  const all: Node[] = [];
  for (let at: Node | null = node; at !== null; at = at.parent) {
    all.push(at);
    if (at.type === 'function_definition') break;
  }
  return all;
}

function follows(
  common: Node,
  from: Node | undefined,
  to: Node | undefined,
  first: Node,
  later: Node,
): boolean {
  if (from === undefined || to === undefined)
    return later.startIndex >= first.startIndex && later.id !== first.id;
  if (to.startIndex <= from.startIndex) return false;
  if (common.type === 'if_statement' || common.type === 'conditional_expression') {
    const consequence = common.childForFieldName('consequence');
    return consequence?.id !== from.id;
  }
  // A handler runs when something behind the place throws; of two handlers only one runs.
  if (common.type === 'try_statement')
    return from.type !== 'catch_clause' && (to.type !== 'catch_clause' || callsBehind(from, first));
  if (common.type === 'compound_statement' && common.parent?.type === 'switch_statement')
    return fallsThrough(common, from, to);
  return true;
}

function callsBehind(block: Node, first: Node): boolean {
  return block
    .descendantsOfType(['call_expression', 'throw_statement', 'new_expression'])
    .some((node) => node !== null && node.startIndex >= first.endIndex);
}

function fallsThrough(block: Node, from: Node, to: Node): boolean {
  for (const child of block.namedChildren) {
    if (child === null || child.startIndex < from.startIndex || child.startIndex >= to.startIndex) continue;
    if (child.type === 'case_statement' && child.namedChildren.some((part) => part !== null && leaves(part)))
      return false;
  }
  return true;
}

// Something between the place and the end of `until` always leaves it: a jump in one of the blocks around the place.
function isLeft(inside: readonly Node[], until: Node): boolean {
  return inside.some((node, depth) => {
    if (node.type === 'return_statement' || node.type === 'throw_statement') return true;
    if (!BLOCKS.has(node.type)) return false;
    const branch = inside[depth - 1];
    return node.namedChildren.some(
      (child) =>
        child !== null &&
        branch !== undefined &&
        child.startIndex > branch.startIndex &&
        leaves(child) &&
        !staysWithin(child, inside.slice(depth), until),
    );
  });
}

function leaves(statement: Node): boolean {
  if (statement.type === 'compound_statement')
    return statement.namedChildren.some((child) => child !== null && leaves(child));
  return /^(?:return|break|continue|throw|co_return)_statement$/.test(statement.type);
}

// A `break` or `continue` of a loop inside of `until` goes on inside of it.
function staysWithin(jump: Node, around: readonly Node[], until: Node): boolean {
  const kind = jump.type === 'compound_statement' ? 'return_statement' : jump.type;
  if (kind !== 'break_statement' && kind !== 'continue_statement') return false;
  const target = around.find(
    (node) => LOOPS.has(node.type) || (kind === 'break_statement' && node.type === 'switch_statement'),
  );
  // `continue` of the loop itself is its next round; `break` ends it.
  if (target === undefined) return kind === 'continue_statement' && LOOPS.has(until.type);
  return true;
}
