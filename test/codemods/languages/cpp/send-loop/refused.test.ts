// Send loops that are left to a person: with the reason, at the place, and without an edit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lineOf, wants } from '../../../../support/fixture-cases.ts';
import { type HarbourParts, harbour, moveLoop } from '../../../../support/send-loop-text.ts';

const FIXTURES = join(import.meta.dirname, '../../../../../fixtures/buffer-copy-send/cpp');

const refused: readonly (readonly [string, HarbourParts, RegExp])[] = [
  ['an event loop that is not libevent', { head: '#include <sys/epoll.h>\n' }, /explain other-event-loop/],
  [
    'messages that carry file descriptors',
    { work: 'static void lend(ship_t *s, void *fds) { s->crates[0].msg_control = fds; }\n' },
    /control data.*explain descriptor-passing/,
  ],
  [
    'a sendmsg of its own',
    { work: 'ssize_t sendmsg(int fd, const struct msghdr *m, int flags) { return spy(fd, m, flags); }\n' },
    /explain sendmsg-shim/,
  ],
  [
    'a function that goes through the vectors',
    { work: 'static void log_all(const struct msghdr *m) { note(m->msg_iov[0].iov_base); }\n' },
    /log_all goes through the vectors.*explain iov-walked/,
  ],
  [
    'a vector that is filled later',
    { work: 'static void fill(ship_t *s, int at, void *goods) { s->ropes[at].iov_base = goods; }\n' },
    /s->ropes is used outside of the loop.*explain iov-walked/,
  ],
  [
    'a count of messages that decides something',
    { work: 'static int is_idle(ship_t *s) { return s->crates_used <= 1; }\n' },
    /explain queue-state-read/,
  ],
  [
    'datagrams that no condition tells',
    { address: '  crate->msg_name = &s->shore;\n' },
    /nothing says which connections are datagrams.*explain datagram/,
  ],
  [
    'a flag that evbuffer_write has not',
    { flags: 'MSG_MORE' },
    /nothing like MSG_MORE.*explain unknown-flow/,
  ],
  ['MSG_NOSIGNAL without a main', { flags: 'MSG_NOSIGNAL' }, /nothing here ignores SIGPIPE/],
];

describe('a send loop that is refused', () => {
  test.each(refused)('for %s', async (_, parts, reason) => {
    const text = harbour(parts);
    const { texts, reasons } = await moveLoop(text);
    expect(texts['harbour.c']).toBe(text);
    expect(reasons.join('\n')).toMatch(reason);
  });

  test('for a function of the loop that does something else as well', async () => {
    const { reasons } = await moveLoop(
      harbour().replace('  s->crates_used++;\n', '  s->crates_used++;\n  crates_begun++;\n'),
    );
    expect(reasons.join()).toContain('next_crate goes with the messages, but does more than that');
  });

  test('for arrays that are parts of the connection: the evbuffer has no place to be made at', async () => {
    const text = harbour()
      .replace('struct msghdr *crates;', 'struct msghdr crates[4];')
      .replace('  s->crates = malloc(sizeof(struct msghdr) * s->crate_room);\n', '');
    const { texts, reasons } = await moveLoop(text);
    expect(texts['harbour.c']).toBe(text);
    expect(reasons).toHaveLength(1);
  });

  test('not for a sendmsg of Windows', async () => {
    const shim =
      'static inline int sendmsg(int s, const struct msghdr *m, int f) { return m->msg_iov[0].iov_len; }\n';
    const { texts, reasons } = await moveLoop({ 'harbour.c': harbour(), 'win32/shim.h': shim });
    expect(reasons).toEqual([]);
    expect(texts['win32/shim.h']).toBe(shim);
    expect(texts['harbour.c']).toContain('evbuffer_write(');
  });

  test('not for a message of its own in another function', async () => {
    const work =
      'static void ring(int fd, void *bell) { struct iovec v = { bell, 1 }; struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 }; sendmsg(fd, &m, 0); }\n';
    const { texts } = await moveLoop(harbour({ work }));
    expect(texts['harbour.c']).toContain('evbuffer_write(');
    expect(texts['harbour.c']).toContain(work);
  });

  test.each(['on-epoll', 'with-cipher'])('as the fixture %s says, at its place', async (name) => {
    const file = `owned-loop-${name}.input.c`;
    const text = readFileSync(join(FIXTURES, file), 'utf8');
    const { verdict, texts } = await moveLoop({ [file]: text });
    const said = verdict.findings.map(({ range, reason }) => ({
      file,
      line: lineOf(text, range.start),
      what: /explain ([\w-]+)/.exec(reason ?? '')?.[1],
    }));
    expect(said).toEqual(wants({ [file]: text }, 'want review'));
    expect(texts[file]).toBe(text);
  });
});

describe('a whole server among the fixtures', () => {
  test.each(['records', 'tides'])('%s moves as its expected output has it', async (name) => {
    const read = (kind: string): string =>
      readFileSync(join(FIXTURES, `owned-loop-${name}.${kind}.c`), 'utf8');
    const { texts, reasons } = await moveLoop(read('input'));
    expect(texts['harbour.c']).toBe(read('output'));
    expect(reasons).toEqual([]);
  });
});
