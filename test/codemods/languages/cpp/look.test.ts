// Each kind of write, alias and escape that one look at a header's place can find.
import { describe, expect, test } from 'vitest';
import { lookAtHandler } from '../../../support/cpp-program.ts';

describe('a write', () => {
  const writes: readonly (readonly [string, string, string])[] = [
    ['assignment to a member', 'block->id = 1; return 0;', 'assignment to block->id'],
    ['compound assignment', 'block->id += 1; return 0;', 'assignment to block->id'],
    ['increment', 'block->id++; return 0;', 'increment of block->id'],
    ['assignment to a nested member', 'block->inner.a = 1; return 0;', 'assignment to block->inner.a'],
    ['assignment to an element', 'block->label[0] = 1; return 0;', 'assignment to block->label[0]'],
    ['assignment to the whole', '*block = block_header(); return 0;', 'assignment to *block'],
    ['store by index', 'block[0].id = 1; return 0;', 'assignment to block[0].id'],
    ['library call', 'memset(block, 0, 4); return 0;', 'memset() into block'],
    ['library call into a member', 'strcpy(block->label, "a"); return 0;', 'strcpy() into block->label'],
    [
      'swap of members',
      'std::swap(block->label[0], block->label[1]); return 0;',
      'std::swap() with block->label[0]',
    ],
    [
      'fill by iterators',
      'std::fill(std::begin(block->label), nullptr, 0); return 0;',
      'std::fill() into std::begin(block->label)',
    ],
    ['structured binding', 'auto &[id, label, inner, next] = *block; id = 2; return 0;', 'assignment to id'],
    [
      'value of an assignment',
      'block_header *p; (p = block)->id = 1; return 0;',
      'assignment to (p = block)->id',
    ],
    [
      'either of two',
      '(self ? block : nullptr)->id = 1; return 0;',
      'assignment to (self ? block : nullptr)->id',
    ],
  ];
  for (const [name, body, how] of writes) {
    test(`is found: ${name}`, async () => {
      const facts = await lookAtHandler(body);
      expect(facts.writes.map((write) => write.how)).toContain(how);
    });
  }

  const reads: readonly (readonly [string, string])[] = [
    ['a read', 'return block->id + block->label[1];'],
    ['a copy that is written', 'block_header own = *block; own.id = 1; return own.id;'],
    ['a store behind a pointer member', 'block->next->id = 1; return 0;'],
    ['memcpy out of it', 'char own[4]; memcpy(own, block, 4); return own[0];'],
    ['a binding by value', 'auto [id, label, inner, next] = *block; id = 2; return id;'],
    ['sizeof', 'return sizeof(*block);'],
    ['a variable that hides it', '{ int block = 1; block = 2; } return 0;'],
  ];
  for (const [name, body] of reads) {
    test(`is not: ${name}`, async () => {
      const facts = await lookAtHandler(body);
      expect({ writes: facts.writes, escapes: facts.escapes }).toEqual({ writes: [], escapes: [] });
    });
  }
});

describe('a flow', () => {
  const flows: readonly (readonly [string, string, string, string])[] = [
    ['an initialiser', 'block_header *p = block; return p->id;', 'p', 'alias'],
    ['an assignment', 'block_header *p; p = block; return p->id;', 'p', 'alias'],
    ['braces', 'block_header *p{block}; return p->id;', 'p', 'alias'],
    ['brackets', 'block_header *p(block); return p->id;', 'p', 'alias'],
    ['a reference', 'block_header &p = *block; return p.id;', 'p', 'alias'],
    ['arithmetic', 'block_header *p = block + 1; return p->id;', 'p', 'alias'],
    ['an array member', 'unsigned char *p = block->label; return *p;', 'p', 'alias'],
    ['a search', 'auto p = std::find(block->label, block->label + 8, 1); return *p;', 'p', 'alias'],
    ['a C cast', 'return ((char *)block)[0];', 'the cast to char*', 'cast'],
    ['a C++ cast', 'return *reinterpret_cast<char *>(block);', 'the cast to char*', 'cast'],
    ['a call', 'return helper(block);', 'header of helper', 'argument'],
    ['a call by reference', 'return by_reference(*block);', 'header of by_reference', 'argument'],
    ['its own assignment', 'block = block + 1; return block->id;', 'block of on_block', 'alias'],
  ];
  const helpers =
    'static int helper(block_header *header) { return header->id; }\nstatic int by_reference(block_header &header) { return header.id; }';
  for (const [name, body, to, how] of flows) {
    test(`goes through ${name}`, async () => {
      const facts = await lookAtHandler(body, helpers);
      expect(facts.flows.map((flow) => `${flow.how} ${flow.to.name}`)).toContain(`${how} ${to}`);
      expect(facts.escapes).toEqual([]);
    });
  }

  test('does not follow an object that is passed by value', async () => {
    const facts = await lookAtHandler(
      'return take(*block);',
      'int take(block_header header) { return header.id = 1; }',
    );
    expect(facts).toMatchObject({ writes: [], flows: [], escapes: [] });
  });
});

describe('an escape', () => {
  const escapes: readonly (readonly [string, string, string, string])[] = [
    [
      'a field',
      'keep.last = block; return 0;',
      'struct keeper { block_header *last; } keep;',
      'stored in keep.last',
    ],
    [
      'an initialiser of a struct',
      'keeper k = { block }; return 0;',
      'struct keeper { block_header *last; };',
      'initialiser of keeper',
    ],
    [
      'an unknown function',
      'return elsewhere(block);',
      '',
      'elsewhere, whose declaration is not in this tree',
    ],
    ['an unknown function by reference', 'return elsewhere(*block);', '', 'by reference to elsewhere'],
    ['a macro', 'return ID(block);', '#define ID(x) ((x)->id)', 'the macro ID'],
    ['the address of the pointer', 'move(&block); return 0;', '', 'address of the pointer'],
    ['a function pointer', 'int (*f)(block_header *) = 0; return f(block);', '', 'function pointer f'],
    ['const_cast', 'return const_cast<block_header *>(block)->id;', '', 'const_cast'],
    [
      'a reference to a pointer',
      'skip(block); return 0;',
      'void skip(block_header *&p) { ++p; }',
      'pointer itself by reference',
    ],
    [
      'spelled template arguments',
      'return id<block_header>(block);',
      'template <typename T> int id(T *t) { return t->id; }',
      'template arguments',
    ],
    ['an exception', 'throw block;', '', 'it is thrown'],
    ['delete', 'delete block; return 0;', '', 'deleted'],
    [
      'an integer that is kept',
      'unsigned long n = (unsigned long)block; return n != 0;',
      '',
      'turned into an integer',
    ],
    ['a pair', 'auto p = std::make_pair(block, 1); return 0;', '', 'std::make_pair keeps it'],
    [
      'a capture of another name',
      'auto f = [b = block] { return b->id; }; return f();',
      '',
      'under another name',
    ],
    [
      'an overloaded operator',
      'log l; l << *block; return 0;',
      'struct log {}; log &operator<<(log &l, block_header &h) { return l; }',
      'operator<< is overloaded',
    ],
    [
      'the address of the function',
      'return 0;',
      'static int on_block(void *, block_header *);\nvoid *handler = (void *)on_block;',
      'expects on_block as it is',
    ],
  ];
  for (const [name, body, before, reason] of escapes) {
    test(`is ${name}`, async () => {
      const facts = await lookAtHandler(body, before);
      expect(facts.escapes.map((escaped) => escaped.reason).join('\n')).toContain(reason);
    });
  }

  test('is none where a const function pointer, a const parameter or a discarding macro takes it', async () => {
    const facts = await lookAtHandler(
      'UNUSED(block); (void)block; int (*f)(const block_header *) = 0; return f(block) + reads(block);',
      '#define UNUSED(x) (void)(x)\nint reads(const block_header *header);',
    );
    expect(facts).toMatchObject({ writes: [], flows: [], escapes: [] });
  });

  test('is none for an address that is only tested', async () => {
    const facts = await lookAtHandler('return ((unsigned long)block & 7) == 0;');
    expect(facts.escapes).toEqual([]);
  });
});
