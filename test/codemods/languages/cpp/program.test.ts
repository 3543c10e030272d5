// What the facts of a whole tree say: comparisons, guards, hidden methods, empty slots, peers, parse health.
import { describe, expect, test } from 'vitest';
import { openCpp } from '../../../support/cpp-program.ts';

async function kinds(parameters: string, returns: string = 'int'): Promise<readonly string[]> {
  const { program } = await openCpp({
    'tape.cc': `static ${returns} h(${parameters}) { return 0; }\nvoid init(tape_ops *o) { o->on_block = h; }`,
  });
  return program.implementations().flatMap((one) => one.mismatches.map((mismatch) => mismatch.kind));
}

describe('a signature', () => {
  test.each([
    ['conforms', 'void *self, const block_header *block', []],
    ['conforms in another spelling', 'void *, struct block_header const *const', []],
    ['is mutable', 'void *self, block_header *block', ['mutable-parameter']],
    [
      'is read-only where the slot is not',
      'const void *self, const block_header *block',
      ['read-only-parameter'],
    ],
    ['has another type', 'void *self, const int *block', ['parameter-type']],
    ['has fewer', 'void *self', ['fewer-parameters']],
    ['has more', 'void *self, const block_header *block, int n', ['extra-required-parameter']],
    ['is swapped', 'const block_header *block, void *self', ['swapped-parameters']],
  ])('%s', async (_, parameters, expected) => {
    expect(await kinds(parameters)).toEqual(expected);
  });

  test('returns something else', async () => {
    expect(await kinds('void *self, const block_header *block', 'char')).toEqual(['return-type']);
  });
});

test('a guard that tests one slot and calls another is crossed', async () => {
  const call = (tested: string): string =>
    `int f(tape_ops *o) { if (o->${tested}) { return o->open(0); } return 0; }`;
  const crossed = await openCpp({ 'a.cc': call('on_block') });
  const honest = await openCpp({ 'a.cc': call('open') });
  expect(crossed.program.guards().map((guard) => [guard.tested.name, guard.called.name])).toEqual([
    ['on_block', 'open'],
  ]);
  expect(honest.program.guards()).toEqual([]);
});

test('a derived method that differs in const hides the virtual one', async () => {
  const { program } = await openCpp({
    'a.cc':
      'struct base { virtual int use(const block_header *h); };\nstruct derived : base { int use(block_header *h); };\nvoid init(tape_ops *o) { o->open = 0; }',
  });
  expect(
    program
      .implementations()
      .flatMap((one) => one.mismatches.map((mismatch) => `${one.implementer} ${mismatch.kind}`)),
  ).toEqual(['derived::use hides-base']);
});

test('a slot beside a filled one is unassigned', async () => {
  const { program } = await openCpp({
    'a.c':
      'static int h(void *s, const struct block_header *b) { return 0; }\nvoid init(struct tape_ops *o) { o->on_block = h; }',
  });
  expect(program.unassigned().map((one) => one.slot.name)).toEqual(['open']);
});

test('declarations are peers by signature, and statics of other files are not', async () => {
  const { program } = await openCpp({
    'a.c':
      'int h(void *s, struct block_header *b);\nint h(void *self, struct block_header *block) { return 0; }\nvoid init(struct tape_ops *o) { o->on_block = h; }',
    'b.c': 'static int h(void *s, struct block_header *b) { return 1; }',
    'h.h': 'int h(void *, struct block_header *);',
  });
  const place = program.implementations()[0]?.parameters[1];
  const peers = place === undefined ? [] : program.look(place).peers.map((peer) => peer.to.range.file);
  expect(peers.sort()).toEqual(['a.c', 'h.h']);
});

test('a broken statement is told, and a result that parses worse is refused', async () => {
  const good = 'void init(struct tape_ops *o) { o->on_block = h; }\n';
  const { program } = await openCpp({ 'a.c': good, 'b.c': `${good}int f( { ;;` });
  expect(
    program
      .health()
      .filter((file) => file.broken.length > 0)
      .map((file) => file.file),
  ).toEqual(['b.c']);
  expect(program.verify(new Map([['a.c', good.replace(';', ')(')]]))).toHaveLength(1);
  expect(program.verify(new Map([['a.c', good]]))).toEqual([]);
});
