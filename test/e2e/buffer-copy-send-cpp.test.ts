// The C and C++ send fixtures, compiled and run: what goes on the wire before and after, under clang's sanitizers and analyser.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasProgram } from '../support/debian-programs.ts';
import { type SendFixture, sendFixtures } from '../support/send-fixtures.ts';
import {
  analyserWarnings,
  buildSends,
  complaintsOf,
  hasLibevent,
  type SendCase,
  type SendProgram,
  type Wire,
  wiresOf,
} from '../support/send-programs.ts';

const LANGUAGES = ['c', 'c++'] as const;
const canBuild = hasProgram('clang') && hasProgram('clang++') && hasLibevent();

const fixtures = sendFixtures().filter(({ runs }) => runs);
const changing = fixtures.filter(({ changes }) => changes);
const baits = fixtures.filter(({ name }) => name.startsWith('bait-'));
const naive = fixtures.filter((fixture) => fixture.naive !== undefined);

const inputsOf = (from: readonly SendFixture[]): readonly SendCase[] =>
  from.map(({ name, language, input }) => ({ name, language, texts: input }));
const outputsOf = (from: readonly SendFixture[]): readonly SendCase[] =>
  from.map(({ name, language, output, ownContract }) => ({
    name,
    language,
    texts: output,
    contract: ownContract,
  }));
const naiveOf = (from: readonly SendFixture[]): readonly SendCase[] =>
  from.map(({ name, language, naive }) => ({ name, language, texts: naive ?? {} }));

/** What a hand-made migration does instead: the text on the wire before and after, or what AddressSanitizer says. */
const INSTEAD: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'datagram.c': ['00FOG|00ICE|', '00FOG00ICE|'],
  'iov-walked.c': ['hail\0alma', 'HAIL ALMA'],
  'other-event-loop-epoll.c': ['TIDE TURNS\r\n', ''],
  'queue-reset.c': [
    'VALUE tar 40\r\nSERVER_ERROR too much\r\n',
    'VALUE tar 40\r\nVALUE oakSERVER_ERROR too much\r\n',
  ],
  'queue-state-read.c': ['MOORED\r\n', 'MOORED\r\n'.repeat(4)],
  'queue-state-read.c++': ['FIRST\r\n', 'FIRST\r\nNOTHING\r\n'],
  'queue-then-discard-in-helper.c++': ['\x81\0tartar\x81\x82too much', '\x81\0tartar\x81\0\x81\x82too much'],
  'queue-then-discard.c++': ['\x81\0tar\x81\x82', '\x81\0tar\x81\0\x81\x82'],
  'queue-then-say-nothing.c++': [
    'SNAPSHOT\r\nMUTATION\r\nSNAPSHOT\r\nMUTATION\r\n',
    'SNAPSHOT\r\nMUTATION\r\nSNAPSHOT\r\nSNAPSHOT\r\nMUTATION\r\n',
  ],
  'store-after-add-by-caller.c': [
    `${'\x81'.repeat(8)}${'*'.repeat(8)}forty buckets`,
    `${'\x81'.repeat(8)}${'\0'.repeat(8)}forty buckets`,
  ],
  'store-after-add-by-method.c++': ['@!a', '@! '],
  'store-after-add-in-loop.c': ['line 02\r\n'.repeat(3), 'line 00\r\nline 01\r\nline 02\r\n'],
  'store-after-add.c': ['\x04\x03\x02\x01\x9c\x7d\x5e\x3f', '\x04\x03\x02\x01    '],
  'work-between-sends.c': ['ANCHOR *', 'ANCHOR '],
};

const FAULTS: Readonly<Record<string, string>> = {
  'early-release.c++': 'heap-use-after-free',
  'item-after-release.c++': 'heap-use-after-free',
  'unknown-release.c++': 'LeakSanitizer: detected memory leaks',
};

const idOf = ({ name, language }: Pick<SendFixture, 'name' | 'language'>): string => `${name}.${language}`;

describe.skipIf(!canBuild)('sends in C and C++ (with clang, clang++ and libevent)', () => {
  let folder = '';
  const before = new Map<string, Wire>();
  const after = new Map<string, Wire>();
  const underThreads = new Map<string, Wire>();
  const wrong = new Map<string, SendProgram>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'buffer-copy-send-'));
    const keep = async (wires: Map<string, Wire>, program: Promise<SendProgram>, language: string) => {
      for (const [name, wire] of await wiresOf(await program)) wires.set(`${name}.${language}`, wire);
    };
    const migrated = [...outputsOf(changing), ...inputsOf(baits)];
    for (const language of LANGUAGES) {
      const address = { folder, sanitizers: 'address,undefined' } as const;
      const thread = { folder, sanitizers: 'thread' } as const;
      await Promise.all([
        keep(before, buildSends(inputsOf(fixtures), language, { ...address, version: 'before' }), language),
        keep(after, buildSends(migrated, language, { ...address, version: 'after' }), language),
      ]);
      const apart = { ...address, folder: join(folder, 'naive'), version: 'after' } as const;
      const [program] = await Promise.all([
        buildSends(naiveOf(naive), language, apart),
        keep(
          underThreads,
          buildSends(outputsOf(changing), language, { ...thread, version: 'after' }),
          language,
        ),
      ]);
      wrong.set(language, program);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const naiveWire = async (id: string): Promise<Wire> => {
    const language = id.endsWith('.c') ? 'c' : 'c++';
    const name = id.slice(0, -language.length - 1);
    const program = wrong.get(language);
    if (program === undefined) throw new Error(`${id} was not built`);
    const wire = (await wiresOf(program, [name])).get(name);
    if (wire === undefined) throw new Error(`${id} did not run`);
    return wire;
  };

  test.each(changing.map((fixture) => [idOf(fixture)]))('%s sends the same bytes as before', (id) => {
    expect(before.get(id)?.bytes).toMatch(/^(?:[0-9a-f]{2})+$/);
    expect(before.get(id)?.itemsAlive).toBe(0);
    expect(after.get(id)).toEqual(before.get(id));
    expect(underThreads.get(id)).toEqual(before.get(id));
  });

  test.each(baits.map((fixture) => [idOf(fixture)]))('%s compiles on both sides as it is', (id) => {
    expect(before.get(id)).toBeDefined();
    expect(after.get(id)).toEqual(before.get(id));
  });

  test('every hazard that shows on the wire has a migration that is wrong', () => {
    const others = [
      'add-in-callback.c++',
      'descriptor-passing.c',
      'partial-write-visible.c',
      'write-pipe.c++',
    ];
    const told = [...Object.keys(INSTEAD), ...Object.keys(FAULTS), ...others];
    expect(naive.map(idOf).sort()).toEqual(told.sort());
  });

  test.each(Object.entries(INSTEAD))('%s, migrated anyhow, sends something else', async (id, [was, is]) => {
    expect(textOf(before.get(id))).toBe(was);
    expect(textOf(await naiveWire(id))).toBe(is);
  });

  test.each(Object.entries(FAULTS))('%s, migrated anyhow, uses memory wrongly', async (id, fault) => {
    expect(before.get(id)?.itemsAlive).toBe(0);
    await expect(naiveWire(id)).rejects.toThrow(fault);
  });

  test('messages in a pipe that nobody empties are lost from the second one on', async () => {
    for (const [id, length, messages] of [
      ['write-pipe.c++', 1200, 3],
      ['add-in-callback.c++', 1028, 2],
    ] as const) {
      expect(textOf(before.get(id))).toHaveLength(length * messages);
      const wire = await naiveWire(id);
      expect(textOf(wire)).toBe(textOf(before.get(id)).slice(0, length));
    }
  });

  test('a descriptor does not arrive without sendmsg', async () => {
    const id = 'descriptor-passing.c';
    expect(before.get(id)).toMatchObject({ descriptors: 1 });
    expect(await naiveWire(id)).toEqual({ ...before.get(id), descriptors: 0 });
  });

  test('nothing is cut off any more, and nobody says so', async () => {
    const id = 'partial-write-visible.c';
    expect(textOf(before.get(id))).toMatch(/^#{1,59999}cut off\r\n$/);
    expect(textOf(await naiveWire(id))).toMatch(/^#{60000}complete\r\n$/);
  });

  test('an item that is released twice was so before, too', async () => {
    const fixture = fixtures.find(({ name }) => name === 'double-release');
    if (fixture === undefined) throw new Error('there is no such fixture');
    const texts = Object.fromEntries(
      Object.entries(fixture.input).map(([file, text]) => [
        file,
        text.replace(/(ship\(.*), false\)/, '$1, true)'),
      ]),
    );
    expect(texts).not.toEqual(fixture.input);
    const hurried = { name: fixture.name, language: fixture.language, texts };
    const build = {
      folder: join(folder, 'hurried'),
      version: 'before',
      sanitizers: 'address,undefined',
    } as const;
    const program = await buildSends([hurried], 'c++', build);
    await expect(wiresOf(program)).rejects.toThrow('heap-use-after-free');
  });

  test('a tree that declares its connection itself compiles before and after', async () => {
    const apart = sendFixtures().filter(({ name }) => name.startsWith('own-declaration-'));
    expect(apart.length).toBeGreaterThan(1);
    expect(await complaintsOf(inputsOf(apart), join(folder, 'apart-before'))).toEqual([]);
    expect(await complaintsOf(outputsOf(apart), join(folder, 'apart-after'))).toEqual([]);
  });

  test('what the analyser found nothing in stays like that', async () => {
    const warnings = await Promise.all(
      LANGUAGES.flatMap((language) => [
        analyserWarnings(inputsOf(fixtures), language, 'before', folder),
        analyserWarnings(outputsOf(changing), language, 'after', folder),
      ]),
    );
    expect(warnings.flat()).toEqual([]);
  });
});

function textOf(wire: Wire | undefined): string {
  return (wire?.bytes ?? '')
    .split('|')
    .map((hex) => Buffer.from(hex, 'hex').toString('latin1'))
    .join('|');
}
