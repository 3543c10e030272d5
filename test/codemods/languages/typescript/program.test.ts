import { describe, expect, test } from 'vitest';
import type { Program } from '../../../../codemods/facts/language.ts';
import type { Place } from '../../../../codemods/facts/place.ts';
import { openTree } from './open-tree.ts';

const IMPORT = `import type { Frame, FramePlugin, Frozen } from './frame-contract.ts';\n`;

/** Follows every flow from the frame of the first `onFrame`. */
function everythingFrom(program: Program) {
  const [root] = program
    .implementations()
    .flatMap((one) => (one.slot.name === 'onFrame' ? [one.parameters[0]] : []));
  const seen = new Map<string, Place>();
  const writes: string[] = [];
  const escapes: string[] = [];
  const queue = root === undefined ? [] : [root];
  for (let place = queue.shift(); place !== undefined; place = queue.shift()) {
    if (seen.has(place.id)) continue;
    seen.set(place.id, place);
    const facts = program.look(place);
    writes.push(...facts.writes.map((write) => write.how));
    escapes.push(...facts.escapes.map(({ reason }) => reason));
    queue.push(...[...facts.flows, ...facts.peers].map((flow) => flow.to));
  }
  return { writes, escapes, places: [...seen.values()].map((place) => `${place.kind} ${place.name}`) };
}

async function tracing(body: string, more = '') {
  const text = `${IMPORT}${more}\nexport const plugin: FramePlugin = {\n  name: 'p',\n  onFrame(frame: Frame, sequence: number) {\n${body}\n    return sequence > 0;\n  },\n};\n`;
  return everythingFrom((await openTree({ 'plugin.ts': text })).program);
}

describe('look', () => {
  test.each([
    ['a member', 'frame.status = 1;', 'assignment to frame.status'],
    ['a nested member', 'frame.body.code += 1;', 'assignment to frame.body.code'],
    ['an increment', 'frame.status++;', 'increment of frame.status'],
    ['delete', 'delete (frame as Partial<Frame>).status;', 'delete of (frame as Partial<Frame>).status'],
    ['a destructuring target', '[frame.status] = [2];', 'destructuring into frame.status'],
    ['an array method', 'frame.parts.push(...frame.parts);', 'frame.parts.push()'],
    ['a byte', 'for (const part of frame.parts) part.bytes[0] = 1;', 'assignment to part.bytes[0]'],
    ['Object.assign', 'Object.assign(frame.body, { code: 2 });', 'Object.assign of frame.body'],
    ['a closure', 'const later = () => { frame.status = 3; }; later();', 'assignment to frame.status'],
    ['an alias', 'const body = frame.body; body.code = 1;', 'assignment to body.code'],
    ['a shallow copy', 'const copy = { ...frame }; copy.body.code = 1;', 'assignment to copy.body.code'],
    ['a callback', 'frame.parts.forEach((part) => { part.name = ""; });', 'assignment to part.name'],
  ])('sees a write through %s', async (_what, body, how) => {
    expect((await tracing(body)).writes).toEqual([how]);
  });

  test.each([
    ['a spread', 'const copy = { ...frame }; copy.status = 1;'],
    ['a deep spread', 'const copy = { ...frame, body: { ...frame.body } }; copy.body.code = 1;'],
    ['structuredClone', 'const copy = structuredClone(frame); copy.body.code = 1;'],
    ['slice', 'const bytes = frame.parts[0]?.bytes.slice(); if (bytes) bytes[0] = 1;'],
    ['a number', 'let status = frame.status; status += 1;'],
    ['a parameter that is assigned anew', 'frame = { ...frame, body: { code: 0 } }; frame.body.code = 1;'],
  ])('lets %s be', async (_what, body) => {
    const { writes, escapes } = await tracing(body);
    expect([...writes, ...escapes]).toEqual([]);
  });

  test('follows what a helper gives back at that call only', async () => {
    const helper =
      'function bodyOf(given: Frame) { return given.body; }\nexport function reset(own: Frame) { bodyOf(own).code = 0; }\n';
    expect((await tracing('bodyOf(frame).code = 9;', helper)).writes).toEqual([
      'assignment to bodyOf(frame).code',
    ]);
    expect((await tracing('void bodyOf(frame).code;', helper)).writes).toEqual([]);
  });

  test('follows a field to the method that reads it', async () => {
    const keeper =
      'class Keeper { #last: Frame | undefined; keep(given: Frame) { this.#last = given; } clear() { if (this.#last) this.#last.status = 0; } }\nconst keeper = new Keeper();\n';
    expect((await tracing('keeper.keep(frame);', keeper)).writes).toEqual([
      'assignment to this.#last.status',
    ]);
  });

  test('calls what it cannot see an escape, and a reader none', async () => {
    const unknown = 'declare const telemetry: any;\n';
    expect((await tracing('telemetry.send(frame);', unknown)).escapes).toEqual([]);
    expect((await tracing('telemetry.record(frame);', unknown)).escapes).toEqual([
      'passed to telemetry.record, which has no declaration to look at',
    ]);
    expect((await tracing('JSON.stringify(frame); String(frame.body);')).escapes).toEqual([]);
  });

  test('finds the methods that override a method in another file', async () => {
    const { program } = await openTree({
      'base.ts': `import type { Frame } from './frame-contract.ts';\nexport abstract class Sink { abstract take(frame: Frame): void; }\n`,
      'file-sink.ts': `import type { Frame } from './frame-contract.ts';\nimport { Sink } from './base.ts';\nexport class FileSink extends Sink { take(frame: Frame): void { void frame; } }\n`,
      'plugin.ts': `${IMPORT}import type { Sink } from './base.ts';\nexport class Tee implements FramePlugin { name = 'tee'; constructor(readonly sink: Sink) {} onFrame(frame: Frame, _sequence: number) { this.sink.take(frame); return true; } }\n`,
    });
    expect(everythingFrom(program).places).toEqual([
      'parameter Tee.onFrame(frame)',
      'parameter Sink.take(frame)',
      'parameter FileSink.take(frame)',
    ]);
  });
});

describe('health', () => {
  test('names the first syntax error and goes on with the other files', async () => {
    const { program } = await openTree({
      'broken.ts': `${IMPORT}export const plugin: FramePlugin = {\n  onFrame(frame: Frame {\n};\n`,
      'fine.ts': `${IMPORT}export const plugin: FramePlugin = { name: 'fine', onFrame: (frame: Frame, _sequence: number) => frame.status > 0 };\n`,
    });
    expect(program.implementations().map((one) => one.range.file)).toEqual(['fine.ts']);
    const broken = program.health().find(({ file }) => file === 'broken.ts');
    expect(broken?.failed).toMatch(/^3:\d+: /);
    expect(broken?.broken.length).toBeGreaterThan(0);
    expect(program.health().find(({ file }) => file === 'fine.ts')).toEqual({ file: 'fine.ts', broken: [] });
  });
});

describe('verify', () => {
  const texts = {
    'plugin.ts': `${IMPORT}export function first(frame: Frame): Frame { return frame; }\nexport const old: string = 3;\n`,
    'user.ts': `import { first } from './plugin.ts';\nexport const next = first({ status: 0, parts: [], body: { code: 0 } }).body;\nnext.code = 1;\n`,
  };

  test('says nothing about errors that were there before', async () => {
    const { program } = await openTree(texts);
    const edited = texts['plugin.ts'].replace('(frame: Frame)', '(frame: Readonly<Frame>)');
    expect(program.verify(new Map([['plugin.ts', edited]]))).toEqual([]);
  });

  test('finds a new error in a file that imports the edited one', async () => {
    const { program } = await openTree(texts);
    const edited = texts['plugin.ts'].replace('): Frame {', '): Frozen<Frame> {');
    const problems = program.verify(new Map([['plugin.ts', edited]]));
    expect(problems.map(({ range, message }) => `${range.file} ${message}`)).toEqual([
      expect.stringMatching(/^user\.ts TS2540: /),
    ]);
  });

  test('finds a new syntax error first', async () => {
    const { program } = await openTree(texts);
    const [problem] = program.verify(
      new Map([['plugin.ts', texts['plugin.ts'].replace('return frame;', 'return frame')]]),
    );
    expect(problem).toBeUndefined();
    const [broken] = program.verify(
      new Map([['plugin.ts', texts['plugin.ts'].replace('return frame; }', 'return (frame; }')]]),
    );
    expect(broken?.message).toMatch(/^TS1005/);
  });
});
