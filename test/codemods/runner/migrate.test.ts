import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Codemod } from '../../../codemods/facts/codemod.ts';
import { migrate } from '../../../codemods/runner/migrate.ts';
import type { MigrateRequest } from '../../../codemods/runner/migrate-request.ts';
import { exitStatus, type Outcome } from '../../../codemods/runner/outcome.ts';
import { fakeLanguage, replacing } from '../../support/fake-language.ts';
import { temporaryTree } from '../../support/temporary-tree.ts';

const contract = { 'contract/table.txt': 'slot handler' };
const toRo = replacing('to-ro', /\bmut\b/g, 'ro');

interface Trial {
  readonly outcome: Outcome;
  readonly loads: readonly string[];
  readonly steps: readonly string[];
}

async function trial(
  files: Readonly<Record<string, string | Buffer>>,
  more: Partial<MigrateRequest> = {},
  codemods: readonly Codemod[] = [toRo],
): Promise<Trial> {
  const root = temporaryTree({ ...contract, ...files });
  const { entry, loads } = fakeLanguage();
  const steps: string[] = [];
  const outcome = await migrate({
    mode: 'run',
    cwd: root,
    paths: [],
    codemods,
    contracts: [{ language: entry.id, from: [], to: ['contract/table.txt'], replacesCopies: true }],
    languages: [entry],
    changesBetween: () => [],
    format: { mode: 'off', styleFile: undefined },
    onStep: (step, done, total) => steps.push(`${step} ${done}/${total}`),
    ...more,
  });
  return { outcome, loads, steps };
}

describe('migrate', () => {
  test('edits what the codemods say, in file order, and counts every file and site', async () => {
    const { outcome, steps } = await trial({
      'b.fake': '\uFEFFSLOT mut\r\nx mut',
      'a.fake': 'SLOT mut',
      'idle.fake': 'mut',
      'other.txt': 'SLOT mut',
    });
    expect(outcome.results).toEqual([
      { file: 'a.fake', original: 'SLOT mut', edited: 'SLOT ro' },
      { file: 'b.fake', original: '\uFEFFSLOT mut\r\nx mut', edited: '\uFEFFSLOT ro\r\nx ro' },
    ]);
    expect(outcome.ledger.files).toEqual({ seen: 3, scannedOut: 1, parsed: 2, failed: 0 });
    expect(outcome.ledger.sites).toEqual({ found: 3, edited: 3, fine: 0, review: 0, reasons: {} });
    expect(exitStatus(outcome)).toBe(0);
    expect(steps).toEqual([
      'scan 0/6',
      'contract 1/6',
      'parse 2/6',
      'decide 3/6',
      'apply 4/6',
      'second pass 5/6',
    ]);
  });

  test('stops a check before anything is applied', async () => {
    const { outcome, loads } = await trial({ 'a.fake': 'SLOT mut BAD:mut' }, { mode: 'check' });
    expect(outcome.findings.map(({ applicability }) => applicability)).toEqual(['automatic', 'automatic']);
    expect(outcome.results).toEqual([]);
    expect(loads).toEqual(['adapter', 'contract', 'program']);
    expect(exitStatus(outcome)).toBe(1);
  });

  test('leaves an edit that would not compile for review and counts it there', async () => {
    const { outcome } = await trial({ 'a.fake': 'SLOT mut\nBAD:mut\n' });
    expect(outcome.results[0]?.edited).toBe('SLOT ro\nBAD:mut\n');
    const reason = 'the result would not compile: BAD cannot be ro (a.fake:2)';
    expect(outcome.ledger.sites).toEqual({
      found: 2,
      edited: 1,
      fine: 0,
      review: 1,
      reasons: { [reason]: 1 },
    });
    expect(exitStatus(outcome)).toBe(1);
  });

  test('refuses results that are not empty on a second pass', async () => {
    const { outcome } = await trial({ 'a.fake': 'SLOT x' }, {}, [replacing('grow', /x/g, 'xx')]);
    expect(outcome.results).toEqual([]);
    expect(outcome.findings[0]?.reason).toContain('a second pass would edit the result again');
    expect(outcome.ledger.sites).toMatchObject({ found: 1, edited: 0, review: 1 });
  });

  test('finds nothing to do in its own results', async () => {
    const first = await trial({ 'a.fake': 'SLOT mut' });
    const second = await trial({ 'a.fake': first.outcome.results[0]?.edited ?? '' });
    expect(second.outcome).toMatchObject({ results: [], findings: [], nothing: undefined });
    expect(exitStatus(second.outcome)).toBe(0);
  });

  test('reports files that fail, goes on with the others and ends with 2', async () => {
    const { outcome } = await trial({
      'a.fake': 'SLOT mut',
      'binary.fake': Buffer.from('SLOT\0'),
      'latin.fake': Buffer.from([0xe9]),
      'syntax.fake': 'SLOT mut !',
      'partly.fake': 'SLOT ro\n<<mut\n>>\n',
    });
    expect(outcome.results.map(({ file }) => file)).toContain('a.fake');
    expect(outcome.ledger.failures).toEqual([
      { file: 'binary.fake', reason: 'binary' },
      { file: 'latin.fake', reason: 'not-utf8' },
      { file: 'syntax.fake', reason: 'unparsable', detail: 'stray "!"' },
    ]);
    expect(outcome.ledger.files).toEqual({ seen: 5, scannedOut: 0, parsed: 2, failed: 3 });
    expect(outcome.ledger.partlyParsed).toEqual([{ file: 'partly.fake', broken: [{ line: 2, endLine: 3 }] }]);
    expect(outcome.results.map(({ file }) => file)).not.toContain('partly.fake');
    expect(exitStatus(outcome)).toBe(2);
  });

  test('never edits a file that does not parse', async () => {
    const { outcome } = await trial({ 'a.fake': 'SLOT mut', 'syntax.fake': 'SLOT mut !' });
    expect(outcome.results.map(({ file }) => file)).toEqual(['a.fake']);
  });

  test('names files and contracts relative to the given folder', async () => {
    const { outcome } = await trial({ 'x/a.fake': 'SLOT mut' }, { paths: ['x'] });
    expect(outcome.findings[0]?.range.file).toBe('a.fake');
    expect(outcome.textOf('contract/table.txt')).toBe('slot handler');
    expect(outcome.textOf('nowhere')).toBeUndefined();
  });
});

describe('migrate with nothing to look at', () => {
  test('says when there is no file of a language, and loads nothing', async () => {
    const { outcome, loads } = await trial({ 'a.txt': '' });
    expect(outcome.nothing).toMatch(/^No Fake file was found \(\.fake\): /);
    expect(loads).toEqual([]);
    expect(exitStatus(outcome)).toBe(2);
  });

  test('says when no file sends on the old path, but not where the move is done', async () => {
    const sends: Codemod = { ...toRo, about: 'sends' };
    const wrong = await trial({ 'a.fake': 'SLOT mut' }, {}, [sends]);
    expect(wrong.outcome.nothing).toMatch(/^None of 1 files sends on the old path/);
    expect(exitStatus(wrong.outcome)).toBe(2);
    expect(wrong.loads).toEqual(['adapter']);
    const done = await trial({ 'a.fake': 'c.copyToOutputStream(head)' }, {}, [sends]);
    expect(done.outcome.nothing).toBeUndefined();
    expect(exitStatus(done.outcome)).toBe(0);
  });

  test('says when no file mentions the contract, and loads no parser', async () => {
    const { outcome, loads } = await trial({ 'a.fake': 'x', 'b.fake': 'y' });
    expect(outcome.nothing).toMatch(/^None of 2 files mentions the contract \(contract\/table\.txt\): /);
    expect(loads).toEqual(['adapter']);
    expect(exitStatus(outcome)).toBe(2);
  });

  test('says what is wrong with the contract when that is why no file mentions it', async () => {
    const files = { 'a.fake': 'x', 'contract/table.txt': 'nothing' };
    await expect(trial(files)).rejects.toMatchObject({ code: 'contract-empty' });
  });

  test('says when no file implements or declares a slot', async () => {
    const { outcome } = await trial({ 'a.fake': 'SLOT', 'b.fake': 'y' });
    expect(outcome.nothing).toMatch(
      /^1 of 2 files mentions? the contract .* none implements or declares a slot/,
    );
    expect(exitStatus(outcome)).toBe(2);
  });

  test('blames the failure and not the search when every file failed', async () => {
    const { outcome } = await trial({ 'a.fake': Buffer.from([0]) });
    expect(outcome.nothing).toBeUndefined();
    expect(exitStatus(outcome)).toBe(2);
  });
});

describe('migrate refuses', () => {
  const contracts = (to: string, from: readonly string[] = []) => ({
    contracts: [{ language: 'cpp' as const, from, to: [to], replacesCopies: true }],
  });
  const files = { 'a.fake': 'SLOT mut', 'broken.txt': 'slot a !', 'empty.txt': 'none' };

  test.each([
    ['a missing path', { paths: ['nowhere'] }, 'path-missing'],
    ['a missing contract', contracts('nowhere.txt'), 'contract-unreadable'],
    [
      'a missing contract to start from',
      contracts('contract/table.txt', ['nowhere.txt']),
      'contract-unreadable',
    ],
    ['a contract that does not parse', contracts('broken.txt'), 'contract-unparsable'],
    ['a contract without a slot', contracts('empty.txt'), 'contract-empty'],
    [
      'a missing style',
      { format: { mode: 'auto' as const, styleFile: join('/', 'nowhere') } },
      'style-missing',
    ],
  ])('%s', async (_, request, code) => {
    await expect(trial(files, request)).rejects.toMatchObject({ code });
  });

  test('a missing contract that was named, even without a file to look at', async () => {
    await expect(trial({}, contracts('nowhere.txt'))).rejects.toMatchObject({ code: 'contract-unreadable' });
  });
});
