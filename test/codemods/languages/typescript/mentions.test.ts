import { describe, expect, test } from 'vitest';
import { isDistinctive, mentionsContract } from '../../../../codemods/languages/typescript/mentions.ts';
import { CONTRACT_TEXT } from './open-tree.ts';

const mentions = mentionsContract([CONTRACT_TEXT]);

describe('mentionsContract', () => {
  test.each([
    ['a container', 'class Logger implements FramePlugin {}'],
    ['a callback type', 'const listener: FrameListener = () => {};'],
    ['the contract’s file', `import type { Frame } from '../frame-contract.ts';`],
    ['the published module', `import type { Cookie } from 'kv-engine-migrate/engine';`],
    ['the published old module', `export * from "kv-engine-migrate/engine/v1";`],
    ['a slot as a method', 'export const plugin = { onFrame(frame: unknown) { return true; } };'],
    ['a slot as a property', 'export const plugin = { onFrame: handle };'],
    ['a slot that is assigned', 'plugin.onFrame = handle;'],
    ['a slot by element access', `plugin['onFrame'] = handle;`],
  ])('sees %s', (_what, text) => {
    expect(mentions(text)).toBe(true);
  });

  test.each([
    ['a longer word', 'class FramePluginRegistry { onFrames = 3; }'],
    ['a slot’s word in prose', '// onFrame is called for every frame\nexport {};'],
    ['nothing of it', 'export const total = 1 + 2;'],
  ])('passes over %s', (_what, text) => {
    expect(mentions(text)).toBe(false);
  });

  test('wants three different common names before it believes in a slot', () => {
    const text =
      'export interface Cache { get(key: string): string; set(key: string): void; drop(key: string): void }';
    const common = mentionsContract([{ ...CONTRACT_TEXT, text }]);
    expect(common('map.get(key); map.set(key)')).toBe(false);
    expect(common('x.get(key); x.set(key); x.drop(key)')).toBe(true);
  });

  test('knows which names are not met by chance', () => {
    expect(['onFrame', 'mutation', 'response_handler'].every(isDistinctive)).toBe(true);
    expect(['get', 'open', 'flush', 'noop'].some(isDistinctive)).toBe(false);
  });
});
