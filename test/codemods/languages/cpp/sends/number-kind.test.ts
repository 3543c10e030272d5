import { describe, expect, test } from 'vitest';
import { moveSends } from '../../../../support/cpp-sends.ts';

const STREAM =
  '#include <string_view>\nclass Ship { public: void copyToOutputStream(std::string_view data); void addIov(const void* p, size_t n); };\n';
const CRATE = 'struct Crate { uint16_t len; uint32_t big; uint8_t key; };\n';

/** The length that a copy is given for a length that was added. */
async function lengthOf(length: string): Promise<string> {
  const head =
    'void load(Ship& s, const char* q, const char* end, const Crate* w, double d, bool b, long n, size_t z) {\n';
  const { texts } = await moveSends({ 'a.cc': `${CRATE}${head}    s.addIov(q, ${length});\n}\n` }, STREAM);
  return /\{q, (.*)\}\);$/m.exec(texts['a.cc'] ?? '')?.[1] ?? texts['a.cc'] ?? '';
}

describe('a length in braces', () => {
  test.each([
    'w ? w->len : 0',
    'b ? w->len : w->key',
    'end - q',
    'end - q - 2',
    '(end - q) + w->len',
    'std::distance(q, end)',
    'd',
    'd * z',
    'z * 1.5',
    '-n',
    '~w->len',
    'n + w->big',
    'w->len * 2',
    'w->len << 2',
  ])('is cast: %s', async (length) => {
    expect(await lengthOf(length)).toBe(`static_cast<size_t>(${length})`);
  });

  test.each([
    '4',
    '2 * 4',
    '3ul',
    'z',
    'z + n',
    'w->len',
    'w->big',
    'w ? w->big : 0',
    'b ? z : 3',
    '(end - q) + z',
    'w->len * 2u',
    'sizeof(*w) - 1',
    'strlen(q) + 1',
  ])('stays as it is: %s', async (length) => {
    expect(await lengthOf(length)).toBe(length);
  });

  test('of nothing stays nothing', async () => {
    const text = 'void load(Ship& s) {\n    s.addIov(nullptr, 0);\n}\n';
    const { texts } = await moveSends({ 'a.cc': text }, STREAM);
    expect(texts['a.cc']).toBe('void load(Ship& s) {\n    s.copyToOutputStream({nullptr, 0});\n}\n');
  });
});
