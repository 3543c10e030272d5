// Where functions are put into slots, and that each finds its function.
import { describe, expect, test } from 'vitest';
import { openCpp } from '../../../support/cpp-program.ts';

const HANDLER = 'static int on_block(void *self, struct block_header *block) { return block->id; }\n';

async function boundIn(text: string): Promise<readonly string[]> {
  const { program } = await openCpp({ 'tape.cc': text });
  return program.implementations().map((one) => `${one.slot.name} ${one.implementer} ${one.confidence}`);
}

describe('a function is bound', () => {
  test.each([
    ['by an assignment', 'void init(tape_ops *o) { o->on_block = on_block; }'],
    ['by its address', 'void init(tape_ops *o) { o->on_block = &on_block; }'],
    [
      'through a cast',
      'void init(tape_ops *o) { o->on_block = (int (*)(void *, const block_header *))on_block; }',
    ],
    ['by a designated initialiser', 'struct tape_ops o = { .on_block = on_block };'],
    ['by position', 'struct tape_ops o = { nullptr, on_block };'],
    ['in an array of tables', 'struct tape_ops o[] = { { nullptr, on_block } };'],
    ['at a designated element', 'struct tape_ops o[] = { [2] = { nullptr, on_block } };'],
    ['by a compound literal', 'void init(tape_ops *o) { *o = (struct tape_ops){ nullptr, on_block }; }'],
    [
      'in a branch of an initialiser',
      'struct tape_ops o = {\n#ifdef FAST\n .open = nullptr,\n#else\n .on_block = on_block,\n#endif\n};',
    ],
    [
      'in a nested table',
      'struct unit { int n; struct tape_ops ops; };\nstruct unit u = { .n = 1, .ops = { .on_block = on_block } };',
    ],
  ])('%s', async (_, text) => {
    expect(await boundIn(HANDLER + text)).toEqual(['on_block on_block certain']);
  });

  test('once for each branch of a condition', async () => {
    const other = HANDLER.replace('on_block', 'other');
    expect(
      await boundIn(
        `${HANDLER}${other}void init(tape_ops *o, int n) { o->on_block = n ? on_block : other; }`,
      ),
    ).toEqual(['on_block on_block certain', 'on_block other certain']);
  });

  test('as a lambda', async () => {
    expect(
      await boundIn(
        'void init(tape_ops *o) { o->on_block = [](void *, block_header *b) { return b->id; }; }',
      ),
    ).toEqual(['on_block lambda certain']);
  });
});

test('a member of another struct is no slot', async () => {
  expect(
    await boundIn(
      `${HANDLER}struct mine { int (*on_block)(void *, block_header *); } m;\nvoid init() { m.on_block = on_block; }`,
    ),
  ).toEqual([]);
});

test('what no declaration explains is unresolved', async () => {
  const { program } = await openCpp({
    'tape.c': 'void init(struct tape_ops *o) { o->on_block = made_elsewhere; }',
  });
  expect(program.unresolved().map((one) => one.text)).toEqual(['made_elsewhere']);
});
