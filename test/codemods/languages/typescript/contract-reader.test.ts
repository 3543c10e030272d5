import { describe, expect, test } from 'vitest';
import { typescript } from '../../../../codemods/languages/typescript/index.ts';
import { CONTRACT_TEXT } from './open-tree.ts';

const read = (text: string, more: readonly { file: string; path: string; text: string }[] = []) =>
  typescript.readContract([{ file: 'plugin.d.ts', path: '/c/plugin.d.ts', text }, ...more]);

describe('readContract', () => {
  test('reads methods, function-typed properties and callback types in order', async () => {
    const { slots } = await typescript.readContract([CONTRACT_TEXT]);
    expect(
      slots.map(({ container, name, required }) => `${container}.${name}${required ? '' : '?'}`),
    ).toEqual(['FramePlugin.onFrame', 'FramePlugin.onClose?', 'FrameListener.']);
    expect(slots[0]?.signature).toBe('(frame: Frozen<Frame>, sequence: number) => boolean');
    expect(slots[0]?.parameters.map(({ readOnly }) => readOnly)).toEqual([true, false]);
  });

  test.each([
    ['Readonly<T>', 'Readonly<Frame>', true],
    ['a readonly array', 'readonly Frame[]', true],
    ['ReadonlyArray', 'ReadonlyArray<Frame>', true],
    ['ReadonlyMap', 'ReadonlyMap<string, Frame>', true],
    ['an interface of readonly members', 'View', true],
    ['read-only or nothing', 'Readonly<Frame> | undefined', true],
    ['a mutable interface', 'Frame', false],
    ['a mutable array', 'Frame[]', false],
    ['bytes', 'Uint8Array', false],
    ['a number', 'number', false],
    ['a mutable type with one read-only member', 'Tagged', false],
    ['a callback', '(frame: Frame) => void', false],
  ])('tells whether %s is read-only', async (_what, type, readOnly) => {
    const { slots } = await read(`interface Frame { status: number; bytes: Uint8Array }
      interface View { readonly status: number }
      interface Tagged { readonly kind: 'frame'; status: number }
      export interface Plugin { onFrame(frame: ${type}): void }`);
    expect(slots[0]?.parameters[0]?.readOnly).toBe(readOnly);
  });

  test('reads inherited slots, abstract classes and object types', async () => {
    const { slots } = await read(`interface Base { open(name: string): void }
      export interface Plugin extends Base { close: () => void }
      export abstract class Driver { abstract run(): number; stop(): void {} private hide(): void {} }
      export type Hooks = { before?(): void };`);
    const names = slots.map(({ container, name, required }) => `${container}.${name}${required ? '' : '?'}`);
    expect(names).toContain('Plugin.open');
    expect(names.filter((name) => name.startsWith('Driver'))).toEqual(['Driver.run', 'Driver.stop?']);
    expect(names).toContain('Hooks.before?');
  });

  test('takes types from a second text', async () => {
    const types = {
      file: 'types.d.ts',
      path: '/c/types.d.ts',
      text: 'export interface View { readonly id: number }',
    };
    const { slots } = await read(
      `import type { View } from './types';\nexport type Listener = (view: View) => void;`,
      [types],
    );
    expect(slots[0]?.parameters[0]?.readOnly).toBe(true);
  });

  test('passes over data with methods, such as a view of bytes', async () => {
    const text =
      'export interface Bytes { readonly [index: number]: number; at(index: number): number }\nexport type Listener = (bytes: Bytes) => void;';
    expect((await read(text)).slots.map(({ container }) => container)).toEqual(['Listener']);
  });

  test('names file and line of a syntax error', async () => {
    await expect(read('export interface Plugin {\n  onFrame(: void;\n}')).rejects.toThrow(
      /^plugin\.d\.ts:2:\d+: .*Fix the contract/,
    );
  });

  test('says what to give where nothing is declared', async () => {
    await expect(read(`export * from './plugin-types.js';`)).rejects.toThrow(
      're-exports ./plugin-types.js: give the file',
    );
    await expect(read('export const limit = 3;')).rejects.toMatchObject({ code: 'contract-empty' });
  });
});
