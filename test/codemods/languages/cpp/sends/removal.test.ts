import { describe, expect, test } from 'vitest';
import { removeCall, removeStatements } from '../../../../../codemods/languages/cpp/sends/removal.ts';
import { applyEdits } from '../../../../../codemods/runner/text-edits.ts';
import { moveSends, parseText } from '../../../../support/cpp-sends.ts';

async function without(text: string, ...gone: readonly string[]): Promise<string> {
  const { doc, at } = await parseText(text);
  const edits = removeStatements(
    doc,
    gone.map((one) => at(one, 'expression_statement')),
  );
  const result = applyEdits(text, edits);
  return 'overlap' in result ? 'overlap' : result.text;
}

describe('removeStatements', () => {
  test('takes the whole line, and the comment behind the statement', async () => {
    expect(await without('void f() {\n    a();\n    gone(); // why\n    b();\n}\n', 'gone()')).toBe(
      'void f() {\n    a();\n    b();\n}\n',
    );
  });

  test('keeps the comment above, CRLF and tabs', async () => {
    expect(await without('void f() {\r\n\t// why\r\n\tgone();\r\n\tb();\r\n}\r\n', 'gone()')).toBe(
      'void f() {\r\n\t// why\r\n\tb();\r\n}\r\n',
    );
  });

  test('keeps what shares the line', async () => {
    expect(await without('void f() {\n    a(); gone();\n    gone2(); b();\n}\n', 'gone()', 'gone2()')).toBe(
      'void f() {\n    a();\n    b();\n}\n',
    );
  });

  test('leaves no blank line behind a brace, nor two in a row', async () => {
    expect(
      await without(
        'void f() {\n    gone();\n\n    a();\n\n    gone2();\n\n    b();\n}\n',
        'gone()',
        'gone2()',
      ),
    ).toBe('void f() {\n    a();\n\n    b();\n}\n');
  });

  test('takes several lines below each other as one', async () => {
    expect(
      await without('void f() {\n    a();\n    one();\n    two();\n    b();\n}\n', 'one()', 'two()'),
    ).toBe('void f() {\n    a();\n    b();\n}\n');
  });
});

/** What is left of a body once `start()` cannot fail; a statement that goes is `-text`. */
async function leftOf(body: string, success: '0' | 'true' | undefined): Promise<string> {
  const text = `int f(int a) { ${body} }`;
  const { doc, at } = await parseText(text);
  const left = removeCall(doc, at('start()', 'call_expression'), success);
  if (left.how === 'cannot') return 'cannot';
  if (left.how === 'statement') return `-${left.statement.text}`;
  const result = applyEdits(text, [left.edit]);
  return 'overlap' in result ? 'overlap' : result.text.slice('int f(int a) { '.length, -2);
}

describe('removeCall', () => {
  test.each([
    ['start();', '-start();'],
    ['(void)start();', '-(void)start();'],
    ['a |= start();', '-a |= start();'],
    ['a += start();', '-a += start();'],
    ['if (start() != 0) { return -1; }', '-if (start() != 0) { return -1; }'],
    ['if (start()) return -1;', '-if (start()) return -1;'],
    ['if (-1 == start()) return -1;', '-if (-1 == start()) return -1;'],
    ['if (start() < 0) return -1;', '-if (start() < 0) return -1;'],
    ['if (a) start();', '-if (a) start();'],
    ['if (start() != 0 || more()) return -1;', 'if (more()) return -1;'],
    ['if (more() || start()) return -1;', 'if (more()) return -1;'],
    ['if (start() == 0 && more()) a++;', 'if (more()) a++;'],
    ['if (!start() && more()) a++;', 'if (more()) a++;'],
    ['return start();', 'return 0;'],
    ['int rc = start();', 'int rc = 0;'],
    ['if (start() == 0) { a++; }', 'cannot'],
    ['if (start() != 0) { a++; } else { a--; }', 'cannot'],
    ['if (start() != 0 && more()) return -1;', 'cannot'],
    ['if (start() == a) return -1;', 'cannot'],
  ])('of one that answers 0: %s', async (body, left) => {
    expect(await leftOf(body, '0')).toBe(left);
  });

  test.each([
    ['if (!start()) return 1;', '-if (!start()) return 1;'],
    ['return start();', 'return true;'],
    ['return start() && a;', 'return a;'],
    ['if (!start() || !more()) return 1;', 'if (!more()) return 1;'],
  ])('of one that answers true: %s', async (body, left) => {
    expect(await leftOf(body, 'true')).toBe(left);
  });

  test('refuses an answer that is not known', async () => {
    expect(await leftOf('int a = start();', undefined)).toBe('cannot');
  });
});

describe('a label before what goes', () => {
  const OUTPUT = 'struct ship { int sfd; };\nstruct evbuffer *ship_output(struct ship *s);\n';
  const sent = async (body: string): Promise<string> =>
    (await moveSends({ 'a.c': `int load(struct ship *s, int n) {\n${body}}\n` }, OUTPUT)).texts['a.c'] ?? '';

  test('takes the statement that follows', async () => {
    expect(
      await sent(
        'again:\n    if (add_msghdr(s) != 0) return -1;\n    if (n-- > 4) goto again;\n    return 0;\n',
      ),
    ).toBe('int load(struct ship *s, int n) {\nagain:\n    if (n-- > 4) goto again;\n    return 0;\n}\n');
  });

  test('keeps an empty one where a declaration follows', async () => {
    expect(await sent('again:\n    add_msghdr(s);\n    int left = n;\n    return left;\n')).toBe(
      'int load(struct ship *s, int n) {\nagain:\n    {}\n    int left = n;\n    return left;\n}\n',
    );
  });
});
