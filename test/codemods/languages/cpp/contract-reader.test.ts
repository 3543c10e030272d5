// Slots as headers declare them.
import { expect, test } from 'vitest';
import { LanguageError } from '../../../../codemods/facts/language.ts';
import { cpp } from '../../../../codemods/languages/cpp/index.ts';
import { contractText } from '../../../support/cpp-program.ts';

async function slotsOf(text: string): Promise<readonly string[]> {
  const { slots } = await cpp.readContract([contractText(text)]);
  return slots.map((slot) => `${slot.container}.${slot.name} ${slot.signature}`);
}

test('reads function pointers of a tagged and of an anonymous struct', async () => {
  expect(
    await slotsOf(
      'struct a { int n; int (*open)(void *self); };\ntypedef struct { char *(*name)(const char *of, int); } b;',
    ),
  ).toEqual(['a.open int (*)(void*)', 'b.name char* (*)(const char*, int)']);
});

test('looks through typedefs of function pointers', async () => {
  expect(
    await slotsOf(
      'typedef void (*done_fn)(int);\nusing other_fn = int (*)(char);\nstruct a { done_fn done; other_fn other; };',
    ),
  ).toEqual(['a.done void (*)(int)', 'a.other int (*)(char)']);
});

test('reads virtual member functions, not destructors or plain ones', async () => {
  expect(
    await slotsOf('class drive { public: virtual ~drive(); virtual int on(int &x) = 0; int off(); };'),
  ).toEqual(['drive.on int (drive::*)(int&)']);
});

test('knows what is read-only', async () => {
  const { slots } = await cpp.readContract([
    contractText('struct a { int (*f)(const char *x, char *y, char *const z); };'),
  ]);
  expect(slots[0]?.parameters.map((parameter) => parameter.readOnly)).toEqual([true, false, false]);
});

test('refuses a text without slots', async () => {
  await expect(slotsOf('int x;')).rejects.toThrow(LanguageError);
});

test.each([
  'class Connection { public: void copyToOutputStream(std::string_view data); };',
  'struct evbuffer *conn_output(struct conn *c);',
  'struct conn { struct bufferevent *bev; };',
])('takes a header without slots that declares something to send with: %s', async (text) => {
  expect(await slotsOf(text)).toEqual([]);
});

test('refuses a header that declares neither', async () => {
  await expect(
    slotsOf(
      'class Chart { public: void addIov(const void* outline, size_t points); void addMsgHdr(bool); };',
    ),
  ).rejects.toThrow(/and nothing to send with/);
});
