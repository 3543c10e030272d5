// Messages that a function assembles and hands to sendmsg: what becomes of the call, its answer and what stands around it.
import { describe, expect, test } from 'vitest';
import { moveSends } from '../../../../support/cpp-sends.ts';

const OUTPUT = 'struct ship { int sfd; };\nstruct evbuffer *ship_output(struct ship *s);\n';
const STREAM =
  '#include <string_view>\nclass Ship { public: int getFd(); void copyToOutputStream(std::string_view data); };\n';
const CARGO =
  'int send_cargo(struct ship *s, struct iovec *iov, int n) {\n    struct msghdr msg = {0};\n    msg.msg_iov = iov;\n    msg.msg_iovlen = n;\n';

/** The body's lines that end up behind the opening line of a C function. */
async function inC(body: string): Promise<{ readonly text: string; readonly reviews: readonly string[] }> {
  const { texts, reviews } = await moveSends({ 'a.c': `${CARGO}${body}}\n` }, OUTPUT);
  const text = (texts['a.c'] ?? '').split('\n').slice(1, -2);
  return { text: text.join('\n'), reviews: reviews.map((one) => one.replace('a.c:', '')) };
}

async function inStream(body: string): Promise<readonly string[]> {
  const { texts, reviews } = await moveSends(
    { 'a.cc': `bool send_cargo(Ship& s, const char* p, size_t n) {\n${body}}\n` },
    STREAM,
  );
  expect(reviews).toEqual([]);
  return (texts['a.cc'] ?? '').split('\n').slice(1, -2);
}

describe('a message that may have no bytes', () => {
  test('is added part by part, and the branch of a failure stays as it is laid out', async () => {
    const body =
      '    if (sendmsg(s->sfd, &msg, 0) < 0) {\n#ifdef LOUD\n        perror("ship");\n#endif\n        goto lost;\n    }\n    return 0;\nlost:\n    return -1;\n';
    expect((await inC(body)).text).toBe(
      [
        '    for (int i = 0; i < n; i++) {',
        '        if (evbuffer_add(ship_output(s), iov[i].iov_base, iov[i].iov_len) != 0) {',
        '#ifdef LOUD',
        '            perror("ship");',
        '#endif',
        '            goto lost;',
        '        }',
        '    }',
        '    return 0;',
        'lost:',
        '    return -1;',
      ].join('\n'),
    );
  });

  test('sets a variable that is asked for a failure, as long as there is none', async () => {
    const body =
      '    ssize_t sent = sendmsg(s->sfd, &msg, 0);\n    if (sent >= 0) return 0;\n    return -1;\n';
    expect((await inC(body)).text).toBe(
      [
        '    ssize_t sent = 0;',
        '    for (int i = 0; sent == 0 && i < n; i++) {',
        '        sent = evbuffer_add(ship_output(s), iov[i].iov_base, iov[i].iov_len);',
        '    }',
        '    if (sent >= 0) return 0;',
        '    return -1;',
      ].join('\n'),
    );
  });

  test.each([
    ['a failure that goes on', '    if (sendmsg(s->sfd, &msg, 0) < 0) perror("ship");\n    return 0;\n'],
    [
      'a failure that has another side',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) return -1; else n = 0;\n    return n;\n',
    ],
    ['an answer inside of an expression', '    return sendmsg(s->sfd, &msg, 0) < 0 ? -1 : 0;\n'],
  ])('is left for review with %s', async (_, body) => {
    expect((await inC(body)).reviews).toEqual([expect.stringMatching(/ unknown-flow$/)]);
  });

  test('needs no loop for one part', async () => {
    const text =
      'int send_crate(struct ship *s, char *p, size_t n) {\n    struct iovec v = {p, n};\n    struct msghdr msg = {0, 0, &v, 1};\n    if (-1 == sendmsg(s->sfd, &msg, 0)) return -1;\n    return 0;\n}\n';
    const { texts } = await moveSends({ 'a.c': text }, OUTPUT);
    expect(texts['a.c']).toBe(
      'int send_crate(struct ship *s, char *p, size_t n) {\n    struct iovec v = {p, n};\n    if (evbuffer_add(ship_output(s), v.iov_base, v.iov_len) != 0) return -1;\n    return 0;\n}\n',
    );
  });
});

describe('what goes on around a message', () => {
  test.each([
    [
      'a close behind it',
      '    sendmsg(s->sfd, &msg, 0);\n    close(s->sfd);\n    return 0;\n',
      '6 work-between-sends',
    ],
    [
      'a shutdown behind its test',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) return -1;\n    shutdown(s->sfd, SHUT_WR);\n    return 0;\n',
      '6 work-between-sends',
    ],
    [
      'a look at why it failed',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) return errno == EPIPE ? -2 : -1;\n    return 0;\n',
      '5 partial-write-visible',
    ],
    [
      'its errno as an answer',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) return -errno;\n    return 0;\n',
      '5 partial-write-visible',
    ],
  ])('is left for review: %s', async (_, body, review) => {
    expect((await inC(body)).reviews).toEqual([review]);
  });

  test.each([
    [
      'a close where it failed',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) {\n        close(s->sfd);\n        return -1;\n    }\n    return 0;\n',
    ],
    [
      'a close behind a label for failures',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) goto lost;\n    return 0;\nlost:\n    close(s->sfd);\n    return -1;\n',
    ],
    ['a close of another file', '    sendmsg(s->sfd, &msg, 0);\n    close(manifest);\n    return 0;\n'],
    [
      'an errno that is printed',
      '    if (sendmsg(s->sfd, &msg, 0) < 0) {\n        log_line("%s", strerror(errno));\n        return -1;\n    }\n    return 0;\n',
    ],
    [
      "another call's errno",
      '    sendmsg(s->sfd, &msg, 0);\n    if (stat("quay", &quay) != 0 && errno == ENOENT) return 1;\n    return 0;\n',
    ],
  ])('does not matter: %s', async (_, body) => {
    const { text, reviews } = await inC(body);
    expect(reviews).toEqual([]);
    expect(text).not.toContain('sendmsg');
  });
});

describe('a message to a stream that throws by itself', () => {
  const PARTS = '    iovec v{const_cast<char*>(p), n};\n';
  const MADE = `${PARTS}    auto msg = msghdr{};\n    msg.msg_iov = &v;\n    msg.msg_iovlen = 1;\n`;
  const COPY = '    s.copyToOutputStream({reinterpret_cast<const char*>(v.iov_base), v.iov_len});';

  test.each([
    [
      'a throw',
      '    if (::sendmsg(s.getFd(), &msg, 0) == -1)\n        throw std::system_error(errno, std::system_category());\n    return true;\n',
    ],
    [
      'a throw of braces',
      '    if (::sendmsg(s.getFd(), &msg, 0) < 0) throw std::system_error{errno, std::system_category()};\n    return true;\n',
    ],
    [
      'a variable and a throw',
      '    const auto sent = ::sendmsg(s.getFd(), &msg, 0);\n    if (sent < 0) throw std::runtime_error("gone");\n    return true;\n',
    ],
    [
      'a throw in one if',
      '    if (auto sent = ::sendmsg(s.getFd(), &msg, 0); sent < 0) throw std::runtime_error("gone");\n    return true;\n',
    ],
  ])('does without %s', async (_, body) => {
    expect(await inStream(`${MADE}${body}`)).toEqual([PARTS.trimEnd(), COPY, '    return true;']);
  });

  test('has succeeded where it is asked for that', async () => {
    const body = '    bool ok = ::sendmsg(s.getFd(), &msg, 0) >= 0;\n    return ok;\n';
    expect(await inStream(`${MADE}${body}`)).toEqual([
      PARTS.trimEnd(),
      COPY,
      '    bool ok = true;',
      '    return ok;',
    ]);
  });

  test('reads a header in the order of its fields', async () => {
    const made = `${PARTS}    msghdr msg{nullptr, 0, &v, 1, nullptr, 0, 0};\n`;
    expect(await inStream(`${made}    ::sendmsg(s.getFd(), &msg, 0);\n    return true;\n`)).toEqual([
      PARTS.trimEnd(),
      COPY,
      '    return true;',
    ]);
  });
});
