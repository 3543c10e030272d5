import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../codemods/command-line/commands.ts';
import { codemods, rules } from '../../codemods/index.ts';
import { runCli } from '../support/run-cli.ts';
import { contract, engine, migratedEngine, oldContract } from '../support/small-engine.ts';
import { git, has, temporaryTree } from '../support/temporary-tree.ts';

const checkArgs = ['check', '--contract', 'contract.h'];
const runArgs = ['run', '--from', 'old.h', '--to', 'contract.h', 'src'];
const tree = (more: Readonly<Record<string, string | Buffer>> = {}): string =>
  temporaryTree({ 'contract.h': contract, 'old.h': oldContract, 'src/engine.c': engine, ...more });

describe('check', () => {
  test('reports drift with source line, signatures and related places, and ends with 1', async () => {
    const { status, out, err } = await runCli(tree(), [...checkArgs, 'src']);
    expect(status).toBe(1);
    expect(err).toBe('');
    expect(out).toContain('engine.c:3:42');
    expect(out).toContain('static int handle_response(void* handle, header* response) {');
    expect(out).toMatch(/expected: .*const header\*/);
    expect(out).toMatch(/found: .*header\*/);
    expect(out).toContain('engine.c:8:30');
    expect(out).toContain('contract.h:3:9');
    expect(out).toMatch(/^files: 1 seen = 0 scanned out \+ 1 parsed \+ 0 failed$/m);
    expect(out).toMatch(/^sites: \d+ found = /m);
  });

  test('finds nothing in a conforming engine and ends with 0', async () => {
    const { status, out, err } = await runCli(tree({ 'src/engine.c': migratedEngine }), [
      ...checkArgs,
      'src',
    ]);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^files: /);
  });

  test('prints JSON with places from 1', async () => {
    const { status, out } = await runCli(tree(), [...checkArgs, '--reporter', 'json', 'src']);
    expect(status).toBe(1);
    const report = JSON.parse(out);
    expect(Object.keys(report)).toEqual(['findings', 'ledger']);
    expect(report.findings[0]).toMatchObject({ file: 'engine.c', line: 3, column: 42, severity: 'error' });
    expect(report.ledger.files).toEqual({ seen: 1, scannedOut: 0, parsed: 1, failed: 0 });
  });

  test('prints compiler-like lines', async () => {
    const { out } = await runCli(tree(), [...checkArgs, '--reporter', 'gcc', 'src']);
    expect(out).toMatch(/^engine\.c:3:42: error: .* \[mutable-parameter\]$/m);
  });

  test('writes the report to a file', async () => {
    const root = tree();
    const { status, out } = await runCli(root, [...checkArgs, '--output', 'report.txt', 'src'], {
      colour: true,
    });
    expect([status, out]).toEqual([1, '']);
    expect(readFileSync(join(root, 'report.txt'), 'utf8')).toMatch(/^error\[/);
    const refused = await runCli(root, [...checkArgs, '--output', 'nowhere/report.txt', 'src']);
    expect(refused).toMatchObject({ status: 2, err: expect.stringContaining('nowhere/report.txt') });
  });

  test('changes no file', async () => {
    const root = tree();
    await runCli(root, [...checkArgs, 'src']);
    expect(readFileSync(join(root, 'src/engine.c'), 'utf8')).toBe(engine);
  });

  test('takes colours and progress only when told to', async () => {
    const root = tree();
    const plain = await runCli(root, [...checkArgs, 'src']);
    expect(plain.out + plain.err).not.toContain('\u001b');
    const shown = await runCli(root, [...checkArgs, 'src'], { colour: true, progress: true });
    expect(shown.out).toContain('\u001b[31merror[');
    expect(shown.err).toMatch(/\[=* *\] parse/);
    expect(shown.err.endsWith('\r\u001b[2K')).toBe(true);
  });
});

describe('run', () => {
  test('prints a diff and writes nothing', async () => {
    const root = tree();
    const { status, out } = await runCli(root, runArgs);
    expect(status).toBe(0);
    expect(out).toContain('--- a/engine.c\n+++ b/engine.c\n');
    expect(out).toContain('\n-static int handle_response(void* handle, header* response) {\n');
    expect(out).toContain('\n+static int handle_response(void* handle, const header* response) {\n');
    expect(readFileSync(join(root, 'src/engine.c'), 'utf8')).toBe(engine);
  });

  test('carries the diff inside of JSON', async () => {
    const { out } = await runCli(tree(), [...runArgs, '--reporter', 'json']);
    expect(JSON.parse(out).diff).toContain('+++ b/engine.c\n');
  });

  test('writes with --write, and then has nothing left to do', async () => {
    const root = tree();
    const { status, out } = await runCli(root, [...runArgs, '--write']);
    expect(status).toBe(0);
    expect(out).toMatch(/^written engine\.c$/m);
    expect(readFileSync(join(root, 'src/engine.c'), 'utf8')).toBe(migratedEngine);
    const again = await runCli(root, runArgs);
    expect(again.status).toBe(0);
    expect(again.out).not.toContain('+++');
    expect(await runCli(root, [...checkArgs, 'src'])).toMatchObject({ status: 0 });
  });

  test.each([
    ['CRLF', engine.replaceAll('\n', '\r\n'), migratedEngine.replaceAll('\n', '\r\n')],
    ['a BOM', `\uFEFF${engine}`, `\uFEFF${migratedEngine}`],
    ['no final newline', engine.trimEnd(), migratedEngine.trimEnd()],
  ])('keeps %s', async (_, before, after) => {
    const root = tree({ 'src/engine.c': before });
    await runCli(root, [...runArgs, '--write']);
    expect(readFileSync(join(root, 'src/engine.c'), 'utf8')).toBe(after);
  });

  test('refuses a read-only file by name and writes no other', async () => {
    const root = tree({ 'src/other.c': engine.replaceAll('handle_response', 'other') });
    chmodSync(join(root, 'src/engine.c'), 0o444);
    const { status, err } = await runCli(root, [...runArgs, '--write']);
    expect(status).toBe(2);
    expect(err).toContain('  engine.c is read-only\n');
    expect(readFileSync(join(root, 'src/other.c'), 'utf8')).toContain('void* handle, header* response');
  });

  test.skipIf(!has('git'))('refuses uncommitted changes by name, unless allowed', async () => {
    const root = tree();
    git(root, 'init', '-q');
    git(root, 'add', '.');
    git(root, 'commit', '-q', '-m', 'Start');
    writeFileSync(join(root, 'src/engine.c'), `${engine}// changed\n`);
    const refused = await runCli(root, [...runArgs, '--write']);
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('  engine.c has uncommitted changes: commit them, or give --allow-dirty\n');
    const allowed = await runCli(root, [...runArgs, '--write', '--allow-dirty']);
    expect(allowed.status).toBe(0);
    expect(readFileSync(join(root, 'src/engine.c'), 'utf8')).toBe(`${migratedEngine}// changed\n`);
  });

  test('takes codemods by id', async () => {
    const { status, out } = await runCli(tree(), [...runArgs, '--codemod', 'signature-drift']);
    expect(status).toBe(0);
    expect(out).not.toContain('+++');
  });
});

describe('bad input ends with 2 and one clear line', () => {
  test.each([
    ['a missing path', [...checkArgs, 'nowhere'], 'There is no file or folder "nowhere".'],
    [
      'a missing contract',
      ['check', '--contract', 'nowhere.h', 'src'],
      'There is no contract file "nowhere.h".',
    ],
    ['a contract that is no header', ['check', '--contract', 'prose.h', 'src'], 'prose.h'],
    ['a contract of no language', ['check', '--contract', 'src/a.txt', 'src'], '"src/a.txt" is no contract'],
    ['a contract that does not parse', ['check', '--contract', 'broken.h', 'src'], 'broken.h'],
    ['a contract without a slot', ['check', '--contract', 'none.h', 'idle'], 'none.h'],
    ['a tree without sources', [...checkArgs, 'docs'], 'No C/C++ file was found'],
    ['a tree that does not mention the contract', [...checkArgs, 'idle'], 'None of 1 file'],
    [
      'an unknown reporter',
      [...checkArgs, '--reporter', 'jsn'],
      'There is no reporter "jsn". Did you mean "json"?',
    ],
    [
      'an unknown codemod',
      ['run', '--codemod', 'readonly-response-heder'],
      'Did you mean "readonly-response-header"?',
    ],
    ['an unknown format', ['run', '--format', 'on'], '"--format on" is neither auto nor off.'],
    [
      'a missing style',
      [...runArgs, '--clang-format-style', 'nowhere'],
      'There is no clang-format style file',
    ],
    ['an unknown id', ['explain', 'mutable-paramter'], 'Did you mean "mutable-parameter"?'],
    ['no id', ['explain'], 'explain needs an id'],
    ['no command', [], 'No command was given'],
    ['an unknown command', ['chekc'], 'Did you mean "check"?'],
  ])('for %s', async (_, argv, message) => {
    const files = {
      'docs/a.txt': '',
      'idle/a.c': 'int a;\n',
      'none.h': 'int a;\n',
      'prose.h': 'Not a header {{\n',
      'broken.h': contract.replace('response);', 'response'),
      'src/a.txt': '',
    };
    const { status, err } = await runCli(tree(files), argv);
    expect(status).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/^kv-engine-migrate: [^\n]+\n$/);
  });

  test('and the others go on when files are binary or not UTF-8', async () => {
    const root = tree({ 'src/bin.c': Buffer.from([0, 1]), 'src/latin.c': Buffer.from([0xe9]) });
    const { status, out } = await runCli(root, [...checkArgs, 'src']);
    expect(status).toBe(2);
    expect(out).toContain('engine.c:3:42');
    expect(out).toContain('failed bin.c is a binary file\nfailed latin.c is not UTF-8 text\n');
    expect(out).toContain('files: 3 seen = 0 scanned out + 1 parsed + 2 failed');
  });
});

describe('list, explain, help and version', () => {
  test('list every codemod and rule', async () => {
    const { status, out } = await runCli(temporaryTree(), ['list']);
    expect(status).toBe(0);
    for (const { id, summary } of [...codemods, ...rules]) {
      expect(out).toMatch(new RegExp(`^ {2}${id} `, 'm'));
      expect(out).toContain(summary);
    }
  });

  test('explain every one of them', async () => {
    for (const { id, explanation } of [...codemods, ...rules]) {
      const { status, out } = await runCli(temporaryTree(), ['explain', id]);
      expect(status).toBe(0);
      expect(out).toMatch(new RegExp(`^${id} \\(`));
      expect(out).toContain(explanation.trim());
    }
  });

  test('help for the program and each command', async () => {
    expect(await runCli('/', ['--help'])).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('Commands:'),
    });
    for (const { name } of commands) {
      const help = await runCli('/', [name, '--help']);
      expect(help).toMatchObject({
        status: 0,
        err: '',
        out: expect.stringContaining(`kv-engine-migrate ${name}`),
      });
    }
  });

  test('tell the version of the package', async () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(await runCli('/', ['--version'])).toEqual({ status: 0, err: '', out: `${manifest.version}\n` });
  });
});
