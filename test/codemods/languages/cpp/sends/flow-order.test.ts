import { describe, expect, test } from 'vitest';
import { order } from '../../../../../codemods/languages/cpp/sends/flow-order.ts';
import { parseText } from '../../../../support/cpp-sends.ts';

/** How `late()` may run after `early()` in a body. */
async function between(body: string): Promise<string> {
  const { at } = await parseText(`int f(int a) { ${body} }`);
  return order(at('early()', 'call_expression'), at('late()', 'call_expression'))?.how ?? 'never';
}

describe('order', () => {
  test.each([
    ['early(); late();', 'forward'],
    ['late(); early();', 'never'],
    ['if (a) early(); late();', 'forward'],
    ['if (a) { early(); } else { late(); }', 'never'],
    ['if (early() != 0) return 1; late();', 'forward'],
    ['if (a) { early(); return 1; } late();', 'never'],
    ['if (a) { early(); throw a; } late();', 'never'],
    ['if (a) { if (a > 1) { early(); } return 1; } late();', 'never'],
    ['return early(); late();', 'never'],
    ['a ? early() : late();', 'never'],
    ['if (early() || late()) a++;', 'forward'],
  ])('%s', async (body, how) => {
    expect(await between(body)).toBe(how);
  });

  test.each([
    ['while (a--) { late(); early(); }', 'round'],
    ['for (int i = 0; i < a; i++) { late(); early(); }', 'round'],
    ['do { late(); early(); } while (a--);', 'round'],
    ['for (int i : list) { late(); early(); }', 'round'],
    ['while (a--) { late(); early(); break; }', 'never'],
    ['while (a--) { late(); if (a) { early(); continue; } }', 'round'],
    ['while (a--) { late(); early(); return 0; }', 'never'],
    ['while (a--) { if (a) { early(); break; } } late();', 'forward'],
    ['while (a--) { if (a) { early(); continue; } late(); }', 'round'],
  ])('in a loop: %s', async (body, how) => {
    expect(await between(body)).toBe(how);
  });

  test.each([
    ['switch (a) { case 1: early(); break; case 2: late(); break; }', 'never'],
    ['switch (a) { case 1: early(); case 2: late(); break; }', 'forward'],
    ['switch (a) { case 1: early(); break; default: break; } late();', 'forward'],
    ['switch (a) { case 1: early(); return 1; default: break; } late();', 'never'],
  ])('in a switch: %s', async (body, how) => {
    expect(await between(body)).toBe(how);
  });

  test.each([
    ['try { early(); more(); } catch (int e) { late(); }', 'forward'],
    ['try { early(); } catch (int e) { late(); }', 'never'],
    ['try { a++; } catch (int e) { early(); } catch (...) { late(); }', 'never'],
    ['try { early(); } catch (int e) { a++; } late();', 'forward'],
  ])('with a handler: %s', async (body, how) => {
    expect(await between(body)).toBe(how);
  });
});
