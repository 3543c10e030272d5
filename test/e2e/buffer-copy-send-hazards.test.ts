// Codemod 2 over what it must not migrate, and over many small ways to send, right ones and dangerous ones: whatever it
// does to an engine, the engine's clients get the same bytes. What it is not sure of it leaves as it is, with the reason.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineModule } from '../../reference/engine/contract.ts';
import { encodePacket } from '../../reference/protocol/packet.ts';
import { compare } from '../../reference/verify/compare.ts';
import { play } from '../../reference/verify/side.ts';
import type { TraceEvent } from '../../reference/verify/trace.ts';
import { traceConversation } from '../../reference/verify/trace-conversation.ts';
import { type BuiltEngines, buildEngines } from '../support/built-engines.ts';
import { hazardEngines } from '../support/naive-migrations.ts';
import { type CliRun, runCli } from '../support/run-cli.ts';
import { folderOf, sendVariants, variantEngines } from '../support/send-variants.ts';

const HAZARDS = join(import.meta.dirname, '../../fixtures/hazards');

/** What says why an engine of fixtures/hazards is left as it is: one of these. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'add-in-callback': ['add-in-callback'],
  'double-release': ['double-release'],
  'early-release': ['early-release', 'item-after-release'],
  'item-after-release': ['item-after-release'],
  'partial-write-visible': ['partial-write-visible'],
  'queue-reset': ['queue-reset', 'queue-then-discard'],
  'queue-then-discard': ['queue-then-discard'],
  'queue-then-fail': ['queue-then-discard'],
  'queue-then-say-nothing': ['queue-then-say-nothing'],
  'store-after-add': ['store-after-add'],
  'work-between-sends': ['work-between-sends'],
};

describe('an engine with a hazard', () => {
  let tree = '';
  let run: CliRun;
  beforeAll(async () => {
    tree = realpathSync(mkdtempSync(join(tmpdir(), 'hazards-')));
    for (const name of hazardEngines)
      for (const file of ['package.json', 'tsconfig.json', ...sourcesOf(name)])
        cpSync(join(HAZARDS, file), join(tree, name, file));
    run = await runCli(tree, ['run', '--write', '--codemod', 'buffer-copy-send', '--reporter', 'json', '.']);
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  test.each(hazardEngines)('%s: is left as it is, with the reason', (name) => {
    const { findings } = JSON.parse(run.out) as Report;
    const open = findings.filter(({ file }) => file.startsWith(`${name}/`));
    const explained = open.map(({ reason }) => / explain ([\w-]+)\)$/.exec(reason ?? '')?.[1] ?? '');
    expect([explained, explained.some((id) => reasons[name]?.includes(id))]).toEqual([explained, true]);
    expect(open.map(({ applicability }) => applicability)).toEqual(open.map(() => 'review'));
    for (const file of sourcesOf(name))
      expect(readFileSync(join(tree, name, file), 'utf8')).toBe(readFileSync(join(HAZARDS, file), 'utf8'));
  });

  test('ends the run with 1', () => {
    expect(run.status).toBe(1);
    expect(Object.keys(reasons)).toEqual([...hazardEngines].sort());
  });
});

/** Of the report that is asked for here. */
interface Report {
  readonly findings: readonly {
    readonly file: string;
    readonly reason: string | null;
    readonly applicability: string;
  }[];
}

const sourcesOf = (name: string): readonly string[] =>
  [name, 'packet', 'sheets', 'slots'].map((module) => `src/${module}.ts`);

/** Two clients, with short keys and long ones. */
const trace: readonly TraceEvent[] = [
  'gin::tonic',
  'xy',
  'fine',
  'a golden crown',
  'six-ty',
  'abcdefgh',
  'max',
].map((key, at) => ({
  connection: 1 + (at % 2),
  at: at * 1000,
  bytes: encodePacket({ opcode: 0xe0, opaque: at + 1, key }),
}));

describe('an engine that sends', () => {
  let before: BuiltEngines;
  let after: BuiltEngines;
  beforeAll(async () => {
    const names = sendVariants.map(folderOf);
    const sources = variantEngines();
    before = await buildEngines(names, { sources });
    after = await buildEngines(names, { sources, isMigrated: 'partly' });
  }, 180_000);
  afterAll(() => {
    before?.remove();
    after?.remove();
  });

  const indexOf = (tree: BuiltEngines, name: string): string =>
    readFileSync(join(tree.root, 'fixtures/engines', folderOf(name), 'src/index.ts'), 'utf8');
  const isMigrated = (name: string): boolean => !indexOf(after, name).includes('engine/v1');

  test.each(sendVariants)('%s: is left as it is, or sends the same', async (name) => {
    if (!isMigrated(name)) return expect(indexOf(after, name)).toBe(indexOf(before, name));
    const module = async (tree: BuiltEngines): Promise<EngineModule> =>
      await import(tree.url(folderOf(name)));
    const sides = [
      { module: await module(before), contract: 'v1', config: '' },
      { module: await module(after), contract: 'current', config: '' },
    ] as const;
    // What verify does, without looking for other commands of the engine first.
    for (const seed of [1, 2, 3]) {
      const conversation = traceConversation(trace, {
        seed,
        profile: 'memcached',
        send: 'auto',
        injection: 0,
      });
      const [one, other] = [await play(conversation, sides[0]), await play(conversation, sides[1])];
      expect(one.counts.replies).toBeGreaterThan(0);
      expect(compare(one, other, { isNormalised: false }), indexOf(after, name)).toEqual([]);
    }
  });

  test('is migrated where nothing stands against it', () => {
    expect(sendVariants.filter(isMigrated)).toEqual(
      expect.arrayContaining([
        'parts of an array that is mapped',
        'a header in an array that is patched',
        'two messages with a transmit between',
        'a switch over the transmit itself',
        'a for loop around transmit',
        'names taken out of TransmitResult',
        'a helper that answers how far it came',
        'a method that is handed on',
        'a buffer of which a part is added',
        'an item that is kept before its parts',
        'an item that is kept after it was added',
        'an item that is kept where it is long',
        'a store that can move above the add',
        'a reset where nothing is queued',
      ]),
    );
  });
});
