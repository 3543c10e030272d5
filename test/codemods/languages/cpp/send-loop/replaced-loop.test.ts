// A server without datagrams: its loop becomes an evbuffer, and nothing of the message headers is left.
import { describe, expect, test } from 'vitest';
import { harbour, moveLoop } from '../../../../support/send-loop-text.ts';

const moved = async (text: string): Promise<string> => (await moveLoop(text)).texts['harbour.c'] ?? '';

describe('a send loop without datagrams', () => {
  test('keeps no message header, no vector and no sendmsg', async () => {
    const after = await moved(harbour());
    expect(after).not.toMatch(
      /msghdr|iovec|sendmsg|msg_iov|iov_base|crate_now|more_ropes|next_crate|rope_room/,
    );
  });

  test('adds and writes with the results that it had', async () => {
    const after = await moved(harbour());
    expect(after).toContain(`static int load(ship_t *s, const void *goods, int weight) {
  if (weight == 0) return 0;
  if (evbuffer_add(s->out, goods, weight) != 0) {
    ropes_missing++;
    return -1;
  }
  return 0;
}`);
    expect(after).toContain(`static enum voyage cast_off(ship_t *s) {
  if (evbuffer_get_length(s->out) > 0) {
    ssize_t gone = evbuffer_write(s->out, s->gangway);
    if (gone > 0) {
      bytes_shipped += gone;
      return UNDER_WAY;
    }
    if (gone == -1 && errno == EAGAIN) return BECALMED;
    return WRECKED;
  }
  return ARRIVED;
}`);
  });

  test('drops what is queued where the counts were set to zero', async () => {
    expect(await moved(harbour())).toContain(`static void clear_deck(ship_t *s) {
  evbuffer_drain(s->out, evbuffer_get_length(s->out));
}`);
  });

  test('makes one buffer where there were two arrays, tests it once and frees it once', async () => {
    const after = await moved(harbour());
    expect(after).toContain(`  s->gangway = gangway;
  s->out = evbuffer_new();
  s->hold_room = KNOTS;
  if (s->out == NULL || s->hold == NULL) return NULL;`);
    expect(after).toContain(`static void scrap(ship_t *s) {
  if (s->out != NULL)
    evbuffer_free(s->out);
  free(s);
}`);
  });

  test('removes the constants that only the arrays needed, and leaves the others', async () => {
    const after = await moved(harbour({ work: 'static int lines(void) { return ROPES_AT_FIRST; }\n' }));
    expect(after).not.toContain('CRATES_AT_FIRST');
    expect(after).toContain('#define ROPES_AT_FIRST 8');
    expect(after).toContain('#define KNOTS 12');
  });

  test('removes prototypes whose parameters have no names, and keeps the one that is still called', async () => {
    const after = await moved(harbour());
    expect(after).toContain('static int load(ship_t *, const void *, int);\nstatic int load(');
  });

  test('goes on counting what was added where "nothing is queued" is asked', async () => {
    const work = 'static void flag(ship_t *s) { if (s->ropes_used == 0) load(s, s->hold, s->hold_room); }\n';
    const after = await moved(harbour({ work }));
    expect(after).toContain('if (s->ropes_used == 0) load(s, s->hold, s->hold_room);');
    expect(after).toContain('  s->ropes_used++;\n  return 0;');
    expect(after).toContain('  evbuffer_drain(s->out, evbuffer_get_length(s->out));\n  s->ropes_used = 0;\n');
    expect(after).toContain('  int ropes_used; /* how many ropes there are */');
    expect(after).not.toContain('rope_room');
  });

  test('takes a chain of assignments apart', async () => {
    const work = 'static void flag(ship_t *s) { s->hold_room = s->crates_used = s->crate_now = 0; }\n';
    expect(await moved(harbour({ work }))).toContain(
      '{ s->hold_room = 0; evbuffer_drain(s->out, evbuffer_get_length(s->out)); }',
    );
  });

  test('removes a failed beginning from a chain of branches', async () => {
    const work = `static void flag(ship_t *s, int kind) {
  if (next_crate(s) < 0) {
    scrap(s);
  } else if (kind == 1) {
    load(s, "one", 3);
  } else {
    load(s, "two", 3);
  }
}
`;
    expect(await moved(harbour({ work }))).toContain(`static void flag(ship_t *s, int kind) {
  if (kind == 1) {
    load(s, "one", 3);
  } else {`);
  });

  test('leaves arrays that are made smaller to nobody', async () => {
    const work = `static void trim(ship_t *s) {
  if (s->crate_room > CRATES_AT_FIRST) {
    struct msghdr *less = realloc(s->crates, CRATES_AT_FIRST * sizeof(s->crates[0]));
    if (less) {
      s->crates = less;
      s->crate_room = CRATES_AT_FIRST;
    }
  }
  s->hold_room = KNOTS;
}
`;
    expect(await moved(harbour({ work }))).toContain(
      'static void trim(ship_t *s) {\n  s->hold_room = KNOTS;\n}',
    );
  });

  test('empties the buffer before the socket is closed', async () => {
    const work = 'static void moor(ship_t *s) {\n  event_del(&s->tide);\n  close(s->gangway);\n}\n';
    expect(await moved(harbour({ work }))).toContain(
      '  evbuffer_drain(s->out, evbuffer_get_length(s->out));\n  close(s->gangway);',
    );
  });

  test('takes a name that the connection leaves free', async () => {
    expect(await moved(harbour({ members: '  int out; int output;\n' }))).toContain(
      'struct evbuffer *outbuf;',
    );
  });

  test('includes what declares evbuffers where only events are included', async () => {
    const after = await moved(harbour({ head: '#include <event2/event.h>\n' }));
    expect(after.startsWith('#include <event2/buffer.h>\n#include <event2/event.h>\n')).toBe(true);
    expect(await moved(harbour())).not.toContain('event2/buffer.h');
  });

  test('ignores the signal that MSG_NOSIGNAL kept away, unless somebody does already', async () => {
    const main = 'int main(void) {\n  int port = 11211;\n  serve(port);\n}\n';
    const flags = 'MSG_NOSIGNAL';
    expect(await moved(harbour({ flags, work: main }))).toContain(
      '  int port = 11211;\n  signal(SIGPIPE, SIG_IGN);\n  serve(port);',
    );
    const ignoring = main.replace('serve', 'signal(SIGPIPE, SIG_IGN); serve');
    expect((await moved(harbour({ flags, work: ignoring }))).split('SIG_IGN')).toHaveLength(2);
  });

  test('changes nothing the second time', async () => {
    const { texts } = await moveLoop(harbour());
    const again = await moveLoop(texts);
    expect(again.texts).toEqual(texts);
    expect(again.reasons).toEqual([]);
  });

  test('keeps carriage returns', async () => {
    const after = await moved(harbour().replaceAll('\n', '\r\n'));
    expect(after).not.toMatch(/[^\r]\n/);
    expect(after).toContain('evbuffer_write(s->out, s->gangway)');
  });
});
