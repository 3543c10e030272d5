import { describe, expect, test, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { contract, engine } from '../support/small-engine.ts';
import { temporaryTree } from '../support/temporary-tree.ts';

const loaded = vi.hoisted(() => new Set<string>());
vi.mock('ts-morph', async (original) => {
  loaded.add('ts-morph');
  return await original();
});
vi.mock('web-tree-sitter', async (original) => {
  loaded.add('web-tree-sitter');
  return await original();
});

const typescriptEngine = `import type { DcpInterface } from 'kv-engine-migrate/engine';
export const dcp: Partial<DcpInterface> = {};
`;

// In this order: what was loaded stays loaded.
describe('a command line loads no parser', () => {
  test.each([
    ['help', ['--help']],
    ['help of a command', ['check', '--help']],
    ['the version', ['--version']],
    ['the lists', ['list']],
    ['a tree that does not mention the contract', ['check', 'idle']],
  ])('for %s', async (_, argv) => {
    const root = temporaryTree({ 'idle/a.c': 'int a;\n', 'idle/a.ts': 'export const a = 1;\n' });
    await runCli(root, argv);
    expect([...loaded]).toEqual([]);
  });

  test('but the one of C and C++ for a C tree', async () => {
    const root = temporaryTree({
      'src/engine.c': engine,
      'src/idle.ts': 'export const a = 1;\n',
      'contract.h': contract,
    });
    expect(await runCli(root, ['check', '--contract', 'contract.h', 'src'])).toMatchObject({ status: 1 });
    expect([...loaded]).toEqual(['web-tree-sitter']);
    loaded.clear();
  });

  test('but the one of TypeScript for a TypeScript tree', async () => {
    const root = temporaryTree({ 'engine.ts': typescriptEngine, 'idle.c': 'int a;\n' });
    await runCli(root, ['check']);
    expect([...loaded]).toEqual(['ts-morph']);
  });
});
