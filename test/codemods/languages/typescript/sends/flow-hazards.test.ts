import { ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { findFlowHazards } from '../../../../../codemods/languages/typescript/sends/flow-hazards.ts';
import { lookAt } from './look-at.ts';

const HELPERS = `declare const bytes: Uint8Array;
declare const registry: { hold(value: unknown): void };
declare function count(): void;
`;

/** Kinds and places of what stands against an engine with this code. */
async function hazardsOf(text: string): Promise<readonly string[]> {
  const { look, file } = await lookAt(HELPERS + text);
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && look.path.memberCalled(node) !== undefined) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const found: string[] = [];
  const group = { id: 'engine', name: 'engine', files: [file], sends: true };
  findFlowHazards(look, group, { calls, pieces: [], items: [] }, (_site, kind, at) => {
    found.push(`${kind}: ${at.getText()}`);
  });
  return found;
}

const slot = (body: string): string =>
  `export function slot(connection: Connection): unknown {\n${body}\n}\n`;

describe('a connection that goes on', () => {
  test.each([
    ['as an unknown value', 'registry.hold(connection);', 'unknown-flow: connection'],
    ['as another type', 'return (connection as object);', 'unknown-flow: connection'],
    [
      'by one of its methods',
      'const add = connection.addIov; return add;',
      'unknown-flow: connection.addIov',
    ],
    [
      'by a method that is taken out',
      'const { addIov } = connection; return addIov;',
      'unknown-flow: addIov',
    ],
    ['by a name that is not known', "return connection['transmit'];", "unknown-flow: connection['transmit']"],
  ])('%s cannot be followed', async (_what, body, hazard) => {
    expect(await hazardsOf(slot(body))).toContain(hazard);
  });

  test('to what says that it is a connection is followed', async () => {
    const own = 'function say(to: Connection): void { to.addIov(bytes); }\n';
    expect(
      await hazardsOf(`${own}${slot('const same: Connection = connection; say(same); return 0;')}`),
    ).toEqual([]);
  });

  test('is no connection of the old contract where another class has its methods', async () => {
    const pipe = 'class Pipe { addIov(data: Uint8Array): number { return data.length; } }\n';
    expect(
      await hazardsOf(`${pipe}export const add = new Pipe().addIov;\nregistry.hold(new Pipe());\n`),
    ).toEqual([]);
  });
});

describe('work between sends', () => {
  const loop = (body: string): string =>
    slot(
      `connection.addIov(bytes);\nwhile (connection.transmit() !== TransmitResult.Complete) { ${body} }\nreturn 0;`,
    );

  test('is a call that does something', async () => {
    expect(await hazardsOf(loop('count();'))).toEqual(['work-between-sends: count()']);
  });

  test('is no loop that only waits', async () => {
    expect(await hazardsOf(loop(''))).toEqual([]);
  });

  test('is nothing that is done on the way out', async () => {
    expect(await hazardsOf(loop('if (connection === undefined) { count(); return 1; }'))).toEqual([]);
  });
});

describe('an add in a callback', () => {
  test('stands against it where the answer is a length', async () => {
    const produce = 'declare function produce(fill: (room: Uint8Array) => number): void;\n';
    const body = 'produce((room) => { connection.addIov(room); return room.length; });\nreturn 0;';
    expect(await hazardsOf(produce + slot(body))).toEqual(['add-in-callback: connection.addIov(room)']);
  });

  test('is let be where nobody counts with it', async () => {
    const body = '[bytes].forEach((part) => connection.addIov(part));\nreturn 0;';
    expect(await hazardsOf(slot(body))).toEqual([]);
  });
});
