// What the codemod makes of facts: all of a flow or none of it, with the way the header took.
import { describe, expect, test } from 'vitest';
import { readOnlyChanges } from '../../codemods/contract/read-only-changes.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { readonlyResponseHeader } from '../../codemods/readonly-response-header.ts';
import { contractText, handlerText, openCpp, TAPE_CONTRACT } from '../support/cpp-program.ts';

async function run(text: string): Promise<Verdict> {
  const { program, contract } = await openCpp({ 'tape.cc': text });
  const before = await cpp.readContract([contractText(TAPE_CONTRACT.replace('const struct', 'struct'))]);
  return readonlyResponseHeader.decide({
    program,
    language: cpp,
    contract,
    changes: readOnlyChanges(before, contract),
  });
}

describe('edits', () => {
  test('the parameter, its alias and the helper behind it together', async () => {
    const helper = 'static int id(block_header *header) { return header->id; }';
    const { findings, sites } = await run(
      handlerText('block_header *alias = block; return id(alias);', helper),
    );
    expect(findings.map((finding) => finding.applicability)).toEqual(['automatic', 'automatic', 'automatic']);
    expect(sites).toEqual({ found: 3, edited: 3, fine: 0, review: 0 });
  });

  test('nothing on a way that ends in a write, and tells that way', async () => {
    const helper = 'static int id(block_header *header) { return header->id = 1; }';
    const { findings, sites } = await run(
      handlerText('block_header *alias = block; return id(alias);', helper),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ applicability: 'review', edits: [] });
    expect(findings[0]?.related.map((one) => one.message)).toEqual([
      'it starts here: block of on_block',
      'it is aliased by alias',
      'it is passed to header of id',
      expect.stringContaining('tape_ops.on_block takes const struct block_header*'),
    ]);
    expect(sites).toEqual({ found: 3, edited: 0, fine: 0, review: 3 });
  });

  test('nothing where all is read-only already', async () => {
    const { findings, sites } = await run(
      handlerText('return block->id;').replace('struct block_header', 'const struct block_header'),
    );
    expect(findings).toEqual([]);
    expect(sites).toEqual({ found: 1, edited: 0, fine: 1, review: 0 });
  });
});

test('a function that nobody declares is left for review', async () => {
  const { findings } = await run('void init(struct tape_ops *ops) { ops->on_block = made_by_macro; }');
  expect(findings).toMatchObject([
    { applicability: 'review', reason: expect.stringContaining('no declaration of made_by_macro') },
  ]);
});
