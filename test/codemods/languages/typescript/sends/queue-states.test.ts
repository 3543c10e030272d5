import { describe, expect, test } from 'vitest';
import { queueStates } from '../../../../../codemods/languages/typescript/sends/queue-states.ts';
import { lookAt } from './look-at.ts';

const HELPERS = `declare const head: Uint8Array;
declare const body: Uint8Array;
declare function isFull(): boolean;
declare function count(): number;
`;

/** What is told of a slot with this body that is entered with nothing queued, and what it leaves queued. */
async function walked(text: string, more = '') {
  const slot = `${HELPERS}${more}\nexport function slot(connection: Connection, parts: Uint8Array[]) {\n${text}\n}\n`;
  const { look, fn, lineOf } = await lookAt(slot);
  const told: string[] = [];
  const tell =
    (what: string) =>
    (by: Parameters<typeof lineOf>[0], queued: Parameters<typeof lineOf>[0]): void => {
      told.push(`${lineOf(by)} ${what} ${lineOf(queued)}`);
    };
  const states = queueStates(look, {
    discarded: tell('discards'),
    overtaken: tell('overtakes'),
    answered: tell('takes the place of'),
  });
  const endings = states.run(fn('slot'), undefined).map(({ queued, value }) => {
    return `${String(value)}: ${queued === undefined ? 'nothing' : lineOf(queued)}`;
  });
  return { told: [...new Set(told)], endings: [...new Set(endings)].sort() };
}

const ADD = 'connection.addIov(head);';
const BEGIN = 'connection.addMsgHdr(true);';
const DISCARDED = ['connection.addMsgHdr(true) discards connection.addIov(head)'];

describe('a message header', () => {
  test.each([
    ['behind an add', `${ADD} ${BEGIN}`],
    ['behind an add on one of two paths', `if (isFull()) ${ADD} ${BEGIN}`],
    ['in the next round of a loop', `for (const part of parts) { ${BEGIN} connection.addIov(head); }`],
    [
      'in the next round after continue',
      `while (isFull()) { ${BEGIN} ${ADD} if (isFull()) continue; break; }`,
    ],
    ['behind a do loop', `do { ${ADD} } while (isFull()); ${BEGIN}`],
    ['behind a callback', `parts.forEach(() => { ${ADD} }); ${BEGIN}`],
    ['behind a conjunction', `isFull() && connection.addIov(head); ${BEGIN}`],
    ['in a clause that is fallen into', `switch (count()) { case 1: ${ADD} default: ${BEGIN} }`],
    ['in a catch', `try { ${ADD} isFull(); } catch { ${BEGIN} }`],
    ['in what is finally done', `try { ${ADD} } finally { ${BEGIN} }`],
    ['in what is finally done before an answer', `try { ${ADD} return 0; } finally { ${BEGIN} }`],
    ['in what is finally done before a jump', `for (;;) { try { ${ADD} break; } finally { ${BEGIN} } }`],
    [
      'in what is finally done when it throws',
      `try { ${ADD} throw new Error('full'); } finally { ${BEGIN} }`,
    ],
    ['behind two loops that are left at once', `out: for (;;) { for (;;) { ${ADD} break out; } } ${BEGIN}`],
    ['in the next round of the outer loop', `out: for (;;) { ${BEGIN} for (;;) { ${ADD} continue out; } }`],
    ['behind a block that is left', `done: { ${ADD} if (isFull()) break done; return 0; } ${BEGIN}`],
    ['where a count has changed', `let n = 0; ${ADD} n += 1; if (n !== 0) ${BEGIN}`],
    ['where a count was stepped', `let n = 0; ${ADD} n++; if (n !== 0) ${BEGIN}`],
    [
      'where a closure has set a flag',
      `let is = false; const mark = () => { is = true; }; ${ADD} mark(); if (is) ${BEGIN}`,
    ],
    ['where a number came from the left of or', `${ADD} const code = count() || 0; if (code === 7) ${BEGIN}`],
  ])('discards what is queued %s', async (_where, text) => {
    expect((await walked(text)).told).toEqual(DISCARDED);
  });

  test.each([
    ['before an add', `${BEGIN} ${ADD}`],
    ['that does not reset', `${ADD} connection.addMsgHdr(false);`],
    ['behind a transmit', `${ADD} connection.transmit(); ${BEGIN}`],
    ['in the other branch', `if (isFull()) { ${ADD} } else { ${BEGIN} }`],
    ['behind an answer', `if (isFull()) { ${ADD} return 1; } ${BEGIN}`],
    ['behind a throw', `if (isFull()) { ${ADD} throw new Error('full'); } ${BEGIN}`],
    ['in another clause', `switch (count()) { case 1: ${ADD} break; default: ${BEGIN} }`],
    [
      'where a flag says that nothing is',
      `let is = false; if (isFull()) { ${ADD} is = true; } if (!is) ${BEGIN}`,
    ],
    [
      'where a flag and another say so',
      `let is = true; if (isFull()) { ${ADD} is = false; } if (is && isFull()) ${BEGIN}`,
    ],
    ['behind a loop that is never left', `while (true) { ${ADD} connection.transmit(); } ${BEGIN}`],
    ['in a function that is not called', `${ADD} const later = () => { ${BEGIN} }; return later;`],
  ])('discards nothing %s', async (_where, text) => {
    expect((await walked(text)).told).toEqual([]);
  });

  test('discards what a helper has queued', async () => {
    const helper = `function say(connection: Connection) { ${ADD} }`;
    expect((await walked(`say(connection); ${BEGIN}`, helper)).told).toEqual(DISCARDED);
  });

  test('discards what a helper queued before it threw, whoever tries it', async () => {
    const helper = `function say(connection: Connection): void { ${ADD} throw new Error('full'); }`;
    const trying = `try { say(connection); } catch { ${BEGIN} }`;
    const other = `export function other(connection: Connection) { try { say(connection); } catch { isFull(); } }`;
    const { told } = await walked(`if (isFull()) other(connection); else ${trying}`, `${helper}\n${other}`);
    expect(told).toEqual(DISCARDED);
  });

  test('discards what a function that calls itself has left', async () => {
    const nest = `function nest(connection: Connection, depth: number): void {
  if (depth > 0) { nest(connection, depth - 1); ${BEGIN} }
  ${ADD}
}`;
    expect((await walked('nest(connection, 3);', nest)).told).toEqual(DISCARDED);
  });
});

test('sendmsg overtakes what is queued', async () => {
  const send = 'connection.sendmsg({ msgIov: [] })';
  expect((await walked(`${ADD} ${send};`)).told).toEqual([`${send} overtakes connection.addIov(head)`]);
  expect((await walked(`${send}; ${ADD}`)).told).toEqual([]);
});

test("the core's response takes the place of what is queued", async () => {
  const { told } = await walked(
    `${ADD} respond('key', '', body, 0, connection);`,
    'declare const respond: AddResponse;',
  );
  expect(told).toEqual([
    "respond('key', '', body, 0, connection) takes the place of connection.addIov(head)",
  ]);
});

describe('an ending', () => {
  test('says what is queued with each answer', async () => {
    const { endings } = await walked(`if (isFull()) return 8; ${ADD} return 9;`);
    expect(endings).toEqual(['8: nothing', '9: connection.addIov(head)']);
  });

  test('is what is finally answered', async () => {
    const { endings } = await walked(`try { ${ADD} return 9; } finally { return 7; }`);
    expect(endings).toEqual(['7: connection.addIov(head)', '7: nothing']);
  });

  test('follows a constant through a helper', async () => {
    const { endings } = await walked(
      'return code(false);',
      'function code(is: boolean) { const ok = 0; return ok; }',
    );
    expect(endings).toEqual(['0: nothing']);
  });

  test('keeps every path where there are too many to know all of their variables', async () => {
    const flags = Array.from({ length: 8 }, (_, at) => `f${at}`);
    const lines = flags.map((flag) => `let ${flag} = 0; if (isFull()) { ${flag} = 1; }`);
    const { endings } = await walked(`${lines.join('\n')} if (f0 === 1) ${ADD} return f7;`);
    expect(endings).toEqual(expect.arrayContaining([expect.stringContaining('connection.addIov(head)')]));
    expect(endings).toEqual(expect.arrayContaining([expect.stringContaining('nothing')]));
  });
});
