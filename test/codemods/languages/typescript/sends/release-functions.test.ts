import { ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { releaseCall } from '../../../../../codemods/languages/typescript/sends/release-in-reach.ts';
import { lookAt } from './look-at.ts';

const ENGINE = `class Shelf implements EngineInterface {
  readonly #lent = new Map<string, number>();
  allocate(handle: EngineInterface, cookie: object, key: string): Item { return { key, value: new Uint8Array(0) }; }
  getItemInfo(): number { return 0; }
  release(handle: EngineInterface, cookie: object | undefined, item: Item): void { this.#giveBack(item); }
  #giveBack(item: Item): void { this.#lent.delete(item.key); }
  discard(item: Item): void { this.#lent.clear(); }
}
`;

/** What gives `item` back at the call of `here`. */
async function reached(text: string): Promise<string | undefined> {
  const { look, file } = await lookAt(`declare function here(item: Item): void;\n${text}`);
  let call: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'here') call = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  const [item] = call?.arguments ?? [];
  if (call === undefined || item === undefined) throw new Error('nothing is kept here');
  return releaseCall(look, item, call);
}

describe('a release in reach', () => {
  test('is what the slot of the same class only calls', async () => {
    const own = ENGINE.replace('discard(', 'lend(item: Item): void { here(item); }\n  discard(');
    expect(await reached(own)).toBe('this.release(this, undefined, item)');
  });

  test('is the slot of an engine that is handed in', async () => {
    expect(
      await reached('export function lend(engine: EngineInterface, item: Item): void { here(item); }'),
    ).toBe(undefined);
    expect(
      await reached(`${ENGINE}export function lend(shelf: Shelf, item: Item): void { here(item); }
export const lendFrom = (item: Item): void => lend(new Shelf(), item);
`),
    ).toBe('shelf.release(shelf, undefined, item)');
  });

  test('is a function that only calls the slot', async () => {
    expect(
      await reached(`function giveBack(engine: EngineInterface, item: Item): void { engine.release(engine, undefined, item); }
export function open(engine: EngineInterface): void {
  const back = (one: Item): void => giveBack(engine, one);
  const lend = (item: Item): void => here(item);
}
`),
    ).toBe('back(item)');
  });

  test('is no function that does more, or something else', async () => {
    expect(
      await reached(`let lent = 0;
function giveBack(engine: EngineInterface, item: Item): void { lent -= 1; engine.release(engine, undefined, item); }
export function open(engine: EngineInterface): void {
  const back = (one: Item): void => giveBack(engine, one);
  const lend = (item: Item): void => here(item);
}
`),
    ).toBe(undefined);
  });
});

describe('a member that holds a release', () => {
  const STORE = `interface Store { readonly giveBack: (item: Item) => void }
export function lend(store: Store, item: Item): void { here(item); }
export function open(engine: EngineInterface, item: Item): void {
  lend({ giveBack: (one) => engine.release(engine, undefined, one) }, item);
`;

  test('is one where every literal fills it with one', async () => {
    expect(
      await reached(
        `${STORE}  lend({ giveBack(one) { engine.release(engine, undefined, one); } }, item);\n}\n`,
      ),
    ).toBe('store.giveBack(item)');
  });

  test.each([
    ['an arrow function', 'giveBack: () => undefined'],
    ['a method', 'giveBack() { return undefined; }'],
  ])('is none where a literal fills it with %s that keeps the item', async (_what, member) => {
    expect(await reached(`${STORE}  lend({ ${member} }, item);\n}\n`)).toBe(undefined);
  });

  test('is none where one literal takes the item alone, and another in the second place', async () => {
    const text = `interface Store { readonly giveBack: (a: Item, b?: Item) => void }
export function lend(store: Store, item: Item): void { here(item); }
export function open(engine: EngineInterface, item: Item): void {
  lend({ giveBack: (one) => engine.release(engine, undefined, one) }, item);
  lend({ giveBack: (_one, two = item) => engine.release(engine, undefined, two) }, item);
}
`;
    expect(await reached(text)).toBe(undefined);
  });
});
