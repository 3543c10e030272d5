import { describe, expect, test } from 'vitest';
import { moveSends } from '../../../../support/cpp-sends.ts';

const STREAM = 'class Ship { public: void copyToOutputStream(std::string_view data); };\n';
const HEAD =
  'struct Head { int cas; int length; };\nvoid answer(Ship& ship, Head& head, int* other, int cas) {\n';
const ADD = '    ship.addIov(&head, sizeof(head));\n';
const COPY = '    ship.copyToOutputStream({reinterpret_cast<const char*>(&head), sizeof(head)});\n';

/** The body after the move, or `review`. */
async function moved(statements: string): Promise<string> {
  const { texts, reviews } = await moveSends({ 'a.cc': `${HEAD}${statements}}\n` }, STREAM);
  return reviews.length > 0 ? 'review' : (texts['a.cc'] ?? '').slice(HEAD.length, -2);
}

describe('a store that moves above the add', () => {
  test('takes the place of a message header that stood there', async () => {
    expect(await moved(`    ship.addMsgHdr(true);\n${ADD}    head.cas = cas;\n`)).toBe(
      `    head.cas = cas;\n${COPY}`,
    );
  });

  test('leaves one blank before the comment of a line that it shared', async () => {
    expect(await moved(`${ADD.trimEnd()} head.cas = 4; // late\n`)).toBe(
      `    head.cas = 4; ${COPY.trim()} // late\n`,
    );
  });

  test('passes what has nothing to do with it', async () => {
    expect(await moved(`${ADD}    int tide = 4;\n    head.cas = htonl(cas);\n`)).toBe(
      `    head.cas = htonl(cas);\n${COPY}    int tide = 4;\n`,
    );
  });

  test.each([
    ['what it is computed from is set in between', `${ADD}    cas = 4;\n    head.cas = cas;\n`],
    ['that is set through a pointer', `${ADD}    *other = 4;\n    head.cas = *other;\n`],
    ['it is read in between', `${ADD}    cas = head.cas;\n    head.cas = 4;\n`],
    ['a call stands in between', `${ADD}    ship.touch();\n    head.cas = 4;\n`],
    ['it is computed by a call that may do anything', `${ADD}    head.cas = ship.next();\n`],
    ['the add reads it', '    ship.addIov(&head, head.length);\n    head.length = 0;\n'],
    ['the add moves what it goes through', '    ship.addIov(other++, 4);\n    *other = 7;\n'],
    ['it stands in a branch', `${ADD}    if (cas > 0) head.cas = 4;\n`],
  ])('stays for review where %s', async (_, statements) => {
    expect(await moved(statements)).toBe('review');
  });
});
