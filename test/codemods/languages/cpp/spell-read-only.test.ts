// `const` is spelled once, where the type stands; a copy is declared where writes are local.
import { describe, expect, test } from 'vitest';
import type { Spelling } from '../../../../codemods/facts/place.ts';
import { applyEdits } from '../../../../codemods/runner/text-edits.ts';
import { handlerPlace, handlerText } from '../../../support/cpp-program.ts';

const LIKE = {
  name: 'block',
  type: 'const struct block_header*',
  readOnly: true,
  optional: false,
  rest: false,
  range: { file: 'contract.h', start: 0, end: 0 },
};

function applied(text: string, spelling: Spelling): string {
  if ('cannot' in spelling) return spelling.cannot;
  const result = applyEdits(text, spelling.edits);
  return 'overlap' in result ? 'overlap' : result.text;
}

async function parameter(spelled: string): Promise<string> {
  const text = handlerText('return 0;').replace('struct block_header *block', spelled);
  const { program, place } = await handlerPlace({ 'tape.cc': text });
  return /void \*self, (.*?)\) \{/.exec(applied(text, program.spellReadOnly(place, LIKE)))?.[1] ?? '';
}

test.each([
  ['struct block_header *block', 'const struct block_header *block'],
  ['block_header\t*const block', 'const block_header\t*const block'],
  ['/* it */ block_header *', '/* it */ const block_header *'],
  ['block_header block[]', 'const block_header block[]'],
  ['const block_header *block', 'const block_header *block'],
  ['block_header const *block', 'block_header const *block'],
])('a parameter %s becomes %s', async (before, after) => {
  expect(await parameter(before)).toBe(after);
});

describe('a local copy', () => {
  async function copied(body: string): Promise<string> {
    const text = handlerText(body);
    const { program, place } = await handlerPlace({ 'tape.cc': text });
    return applied(text, program.spellCopy(place, LIKE, program.look(place).writes));
  }

  test('takes every use after it', async () => {
    expect(await copied('block->id = 1; return block->id;')).toContain(
      'const struct block_header *block) { struct block_header block_copy = *block; block_copy.id = 1; return block_copy.id; }',
    );
  });

  test('does not take the name of another variable', async () => {
    expect(await copied('int block_copy = 1; block->id = 1; return block->id + block_copy;')).toContain(
      'block_copy2.id = 1',
    );
  });

  test.each([
    ['nobody reads it', 'block->id = 1; return 0;', 'nothing in the function reads it after the write'],
    ['its bytes are reached', 'block->label[0] = 1; return block->label[0];', 'array or an address'],
    ['it goes on whole', 'block->id = 1; elsewhere(block); return block->id;', 'passed on whole'],
    [
      'it is tested first',
      'if (!block) return 1; block->id = 1; return block->id;',
      'checks the pointer before',
    ],
  ])('is refused where %s', async (_, body, reason) => {
    expect(await copied(body)).toContain(reason);
  });
});
