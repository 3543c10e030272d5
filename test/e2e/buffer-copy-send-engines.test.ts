// Codemod 2 over whole engines that send, each in its own way: all of them are migrated, and their clients notice nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineModule } from '../../reference/engine/contract.ts';
import { formatVerifyReport, verify } from '../../reference/verify/index.ts';
import { type BuiltEngines, buildEngines } from '../support/built-engines.ts';
import { countedSends, noCalls } from '../support/old-connections.ts';
import { runCli } from '../support/run-cli.ts';
import { sendingEngines } from '../support/sending-engines.ts';

const load = async (tree: BuiltEngines, name: string): Promise<EngineModule> => await import(tree.url(name));

describe('engines that send in their own ways', () => {
  let before: BuiltEngines;
  let after: BuiltEngines;
  beforeAll(async () => {
    before = await buildEngines(sendingEngines);
    after = await buildEngines(sendingEngines, { isMigrated: true });
  }, 180_000);
  afterAll(() => {
    before?.remove();
    after?.remove();
  });

  const sources = (tree: BuiltEngines, name: string): ReadonlyMap<string, string> => {
    const folder = join(tree.root, 'fixtures/engines', name, 'src');
    return new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  };

  test('a second run finds nothing to do', async () => {
    const again = await runCli(after.root, ['run', 'fixtures/engines']);
    expect(again.err).toBe('');
    expect(again.out).not.toContain('@@');
    expect(again.status).toBe(0);
    const check = await runCli(after.root, ['check', 'fixtures/engines']);
    expect([check.status, check.out]).toEqual([0, expect.stringMatching(/^files: /)]);
  });

  describe.each(sendingEngines)('%s', (name) => {
    test('imports nothing of the old contract, and keeps its line ends and its last one', () => {
      for (const [file, text] of sources(after, name)) {
        expect([file, text.includes('engine/v1')]).toEqual([file, false]);
        const original = sources(before, name).get(file) ?? '';
        expect([file, /[^\r]\n/.test(text)]).toEqual([file, /[^\r]\n/.test(original)]);
        expect([file, text.endsWith('\n\n')]).toEqual([file, false]);
      }
    });

    test('gives its clients the same bytes, and everything back once', async () => {
      const calls = noCalls();
      const old = countedSends(await load(before, name), calls);
      for (const seed of [1, 2, 3]) {
        const report = await verify({ before: old, after: await load(after, name), seed, runs: 8 });
        expect(formatVerifyReport(report)).toMatch(/\nequal\n$/);
        expect(report).toMatchObject({ isEqual: true, different: [], normalised: [] });
        expect(report.counts.headerWritesBefore).toBe(0);
      }
      expect(calls.addIov + calls.sendmsg).toBeGreaterThan(40);
    });
  });

  test('what only looks like sending is as it was', () => {
    const kept: readonly (readonly [engine: string, file: string, text: string])[] = [
      ['tide-engine', 'tides.ts', 'addMsgHdr(reset: boolean): void {'],
      ['tide-engine', 'tides.ts', 'addIov(port: string): void {'],
      ['tide-engine', 'index.ts', 'clock.addIov(port);'],
      ['tide-engine', 'index.ts', 'clock.addMsgHdr(true)'],
      ['courier-engine', 'waybill.ts', 'const stamps = { iovused: 0, msgcurr: 0 };'],
      ['ledger-engine', 'statement.ts', 'we transmit() no data, see addMsgHdr(true) in our terms'],
    ];
    for (const [engine, file, text] of kept) expect(sources(after, engine).get(file)).toContain(text);
  });

  test('a socket that takes little at a time makes no difference to an engine that keeps books of it', async () => {
    const old = countedSends(await load(before, 'courier-engine'), noCalls(), 37);
    const report = await verify({ before: old, after: await load(after, 'courier-engine'), runs: 10 });
    expect(formatVerifyReport(report)).toMatch(/\nequal\n$/);
  });
});
