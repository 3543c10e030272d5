import { describe, expect, test } from 'vitest';
import { moveSends } from '../../../../support/cpp-sends.ts';

const OUTPUT =
  'struct ship { char wbuf[64]; char *wcurr; };\nstruct evbuffer *ship_output(struct ship *s);\n';

/** What is left for review in one C file. */
async function reviewsOf(text: string): Promise<readonly string[]> {
  return (await moveSends({ 'a.c': text }, OUTPUT)).reviews.map((review) => review.replace('a.c:', ''));
}

describe('a store that an add may have seen', () => {
  test.each([
    [
      'two calls down',
      'static void inner(char *p) { p[0] = 1; }\nstatic void outer(char *p) { inner(p); }\nvoid f(struct ship *s) {\n    add_iov(s, s->wbuf, 8);\n    outer(s->wbuf);\n}\n',
      '5 store-after-add',
    ],
    [
      'through a member that was pointed there',
      'void f(struct ship *s) {\n    s->wcurr = s->wbuf;\n    add_iov(s, s->wcurr, 8);\n    if (s) s->wbuf[3] = 4;\n}\n',
      '4 store-after-add',
    ],
    [
      'through another member of a union',
      'union head { struct { int cas; } f; char bytes[8]; };\nvoid f(struct ship *s, union head *h) {\n    add_iov(s, h->bytes, 8);\n    if (s) h->f.cas = 4;\n}\n',
      '4 store-after-add',
    ],
    [
      'in the next round of a loop',
      'void f(struct ship *s, char *h, int n) {\n    while (n--) {\n        add_iov(s, h, 8);\n        h[0] = n;\n    }\n}\n',
      '4 store-after-add',
    ],
    [
      'by the same helper, called again',
      'static char head[8];\nstatic void add_head(struct ship *s, int n) {\n    head[0] = n;\n    add_iov(s, head, 8);\n}\nvoid f(struct ship *s) {\n    add_head(s, 1);\n    add_head(s, 2);\n}\n',
      '8 store-after-add',
    ],
    [
      'by a helper that sets the counters back',
      'static void begin(struct ship *s) {\n    s->msgused = 0;\n    add_msghdr(s);\n    add_iov(s, "HEAD", 4);\n}\nvoid f(struct ship *s) {\n    begin(s);\n    begin(s);\n}\n',
      '8 queue-then-discard',
    ],
    [
      'by a macro that is given it',
      'struct head { int len; };\n#define SET_LEN(h, n) \\\n    ((h)->len = (n))\nvoid f(struct ship *s, struct head *h) {\n    add_iov(s, h, sizeof *h);\n    SET_LEN(h, 4);\n}\n',
      '6 store-after-add',
    ],
    [
      'by a macro that a helper uses',
      'struct head { int len; };\n#define WIPE(h) memset((h), 0, sizeof *(h))\nstatic void wipe(struct head *h) { WIPE(h); }\nvoid f(struct ship *s, struct head *h) {\n    add_iov(s, h, sizeof *h);\n    wipe(h);\n}\n',
      '6 store-after-add',
    ],
    [
      'by a macro that names it',
      'struct head { int len; };\n#define LEN(n) (head->len = (n))\nvoid f(struct ship *s, struct head *head) {\n    add_iov(s, head, sizeof *head);\n    LEN(4);\n}\n',
      '5 store-after-add',
    ],
    [
      'to an element that a round further out has added already',
      'struct head { int cas; };\nvoid f(struct ship *s, struct head *list, int n) {\n    for (int j = 0; j < n; j++)\n        for (int i = 0; i < n; i++) {\n            list[i].cas = j;\n            add_iov(s, &list[i], sizeof(list[i]));\n        }\n}\n',
      '5 store-after-add',
    ],
    [
      'to an element by another name',
      'struct head { int cas; };\nvoid f(struct ship *s, struct head *list, int n) {\n    struct head *p = list;\n    for (int i = 0; i < n; i++) {\n        p->cas = i;\n        add_iov(s, &list[i], sizeof(list[i]));\n    }\n}\n',
      '5 store-after-add',
    ],
    [
      'to an element that was added with the one before it',
      'struct head { int cas; };\nvoid f(struct ship *s, struct head *list, int n) {\n    for (int i = 0; i < n; i++) {\n        list[i].cas = i;\n        add_iov(s, &list[i], 2 * sizeof(list[i]));\n    }\n}\n',
      '4 store-after-add',
    ],
  ])('%s', async (_, text, review) => {
    expect(await reviewsOf(text)).toEqual([review]);
  });

  test.each([
    [
      'memory that is made anew in every round',
      'void f(struct ship *s, int n) {\n    while (n--) {\n        char *p = malloc(8);\n        p[0] = n;\n        add_iov(s, p, 8);\n    }\n}\n',
    ],
    [
      'a pointer that was set to other memory',
      'void f(struct ship *s, char *p, char *q) {\n    add_iov(s, p, 8);\n    p = q;\n    p[0] = 1;\n}\n',
    ],
    [
      'what was sent before the store',
      'void f(struct ship *s, char *p) {\n    add_iov(s, p, 8);\n    ship_drain(s);\n    p[0] = 1;\n}\n',
    ],
    [
      'what a macro only looks at',
      'struct head { int len; };\n#define SHOW(h, n) do { int wide = (h)->len == (n); show(wide); } while (0)\nvoid f(struct ship *s, struct head *h) {\n    add_iov(s, h, sizeof *h);\n    SHOW(h, 4);\n}\n',
    ],
    [
      'another member that a macro sets',
      '#define SET_STATE(s, to) ((s)->state = (to))\nvoid f(struct ship *s) {\n    add_iov(s, s->wbuf, 8);\n    SET_STATE(s, 4);\n}\n',
    ],
    [
      'what a macro that is not in the tree gets',
      'struct head { int len; };\nvoid f(struct ship *s, struct head *h) {\n    add_iov(s, h, sizeof *h);\n    ASSERT_HEAD(h);\n}\n',
    ],
    [
      'the element of every round, set before it is added',
      'struct head { int cas; };\nvoid f(struct ship *s, struct head *list, int n) {\n    for (int i = 0; i < n; i++) {\n        list[i].cas = i;\n        add_iov(s, &list[i], sizeof(list[i]));\n    }\n}\n',
    ],
  ])('but not %s', async (_, text) => {
    expect(await reviewsOf(text)).toEqual([]);
  });
});
