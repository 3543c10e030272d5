import { describe, expect, test } from 'vitest';
import { memoryReader, overlaps } from '../../../../../codemods/languages/cpp/sends/memory.ts';
import { parseText } from '../../../../support/cpp-sends.ts';

const BEFORE = `#include <string>
struct header { int cas; char label[8]; };
struct conn { char wbuf[64]; char *text; struct header head; };
`;

/** Whether storing to the lvalue in `store(...)` changes what \`add(...)\` points to. */
async function isSame(body: string): Promise<boolean> {
  const { library, doc, at } = await parseText(
    `${BEFORE}void f(conn *c, conn *d, std::string s, header h) { ${body} }`,
  );
  const argument = (name: string) =>
    at(`${name}(`, 'call_expression').childForFieldName('arguments')?.namedChildren[0];
  const [added, stored] = [argument('add'), argument('store')];
  if (!added || !stored) throw new Error('the body has no add or no store');
  const reader = memoryReader(library, doc);
  return reader.object(stored).some((one) => reader.pointee(added).some((other) => overlaps(one, other)));
}

describe('memoryReader', () => {
  test.each([
    ['add(&h); store(h.cas);'],
    ['add(&h.cas); store(h);'],
    ['add(h.label + 2); store(h.label[0]);'],
    ['add(c->wbuf); store(c->wbuf[3]);'],
    ['header *p = &h; add(p); store(p->cas);'],
    ['header *p = (header *)c->wbuf; add(c->wbuf); store(p->cas);'],
    ['header *p; p = reinterpret_cast<header *>(c->wbuf); add(p); store(c->wbuf[0]);'],
    ['auto &alias = h; add(&h); store(alias.cas);'],
    ['add(s.data()); store(s[0]);'],
    ['add(s.c_str()); store(s);'],
    ['add(c->text); store(*c->text);'],
    ['char *p = c->text; add(p + 4); store(p[9]);'],
    ['char *p = malloc(8); char *q = p; add(q); store(p[0]);'],
  ])('knows the same memory: %s', async (body) => {
    expect(await isSame(body)).toBe(true);
  });

  test.each([
    ['add(&h.cas); store(h.label[0]);'],
    ['add(c->wbuf); store(d->wbuf[0]);'],
    ['add(c->wbuf); store(c->head.cas);'],
    ['add(c->text); store(c->text);'],
    ['char *p = malloc(8); add(p); p = malloc(8); store(p[0]);'],
    ['char *p = c->text; char *q = d->text; add(p); store(q[0]);'],
    ['header copy = h; add(&h); store(copy.cas);'],
    ['add("text"); store(h.cas);'],
  ])('knows other memory: %s', async (body) => {
    expect(await isSame(body)).toBe(false);
  });

  test('follows a pointer that may have been set twice to both', async () => {
    const body = 'char *p = c->text; if (d) p = d->text; add(d->text); store(p[0]);';
    expect(await isSame(body)).toBe(true);
  });
});
