// The store of records moved to an evbuffer by hand: once rightly, and once for each thing that is easily done wrongly.

/** What may be done wrongly. */
export type Slip =
  | 'keeps-what-is-dropped'
  | 'asks-the-buffer-what-was-queued'
  | 'patches-the-copy'
  | 'dies-of-a-closed-pipe';

const RESET = `    c->msg_now = 0;
    c->msg_used = 0;
    c->vec_used = 0;
`;

const FLUSH = `static enum flushed flush_out(struct client *c) {
    if (evbuffer_get_length(c->out) == 0) {
        return FLUSHED_ALL;
    }
    int count = evbuffer_write(c->out, c->fd);
    if (count > 0) {
        bytes_sent += (uint64_t)count;
        return FLUSHED_SOME;
    }
`;

/** The text on an evbuffer; `slip` is the one thing that is wrong with it. */
export function recordsByHand(input: string, slip?: Slip): string {
  let text = input;
  const replace = (from: string, to: string): void => {
    if (!text.includes(from)) throw new Error(`the store of records has no ${from}`);
    text = text.replaceAll(from, to);
  };
  const cut = (from: string, until: string, to: string): void => {
    const start = text.indexOf(from);
    const end = text.indexOf(until, start);
    if (start === -1 || end === -1) throw new Error(`the store of records has no ${from}`);
    text = text.slice(0, start) + to + text.slice(end);
  };
  replace('#include <event2/event.h>', '#include <event2/buffer.h>\n#include <event2/event.h>');
  cut('    struct iovec *vec;', '    struct record **held;', '    struct evbuffer *out;\n\n');
  cut('/* Begins another message', '/* Queues a piece', '');
  cut('static int push_vec', 'static bool watch', PUSH);
  cut('static enum flushed flush_out', '    if (count == -1 && (errno == EAGAIN', FLUSH);
  replace(
    RESET,
    slip === 'keeps-what-is-dropped' ? '' : '    evbuffer_drain(c->out, evbuffer_get_length(c->out));\n',
  );
  replace('    next_message(c);\n', '');
  cut('    if (next_message(c) != 0) {\n        say(', '    c->head.kind', '');
  replace('    if (next_message(c) != 0) {\n        c->phase = PHASE_CLOSE;\n    } else if', '    if');
  if (slip !== 'patches-the-copy') {
    const store = '    c->head.stamp = record->stamp;\n';
    const begin = '    begin_reply(c, 7, (uint32_t)record->length);\n';
    replace(begin + store, store + begin);
  }
  if (slip === 'asks-the-buffer-what-was-queued') {
    replace('c->vec_used == 0', 'evbuffer_get_length(c->out) == 0');
  } else {
    replace('c->vec_used == 0', 'c->text != NULL');
    replace(
      '                    c->phase = PHASE_CLOSE;\n                    break;\n                }\n',
      '                    c->phase = PHASE_CLOSE;\n                    break;\n                }\n                c->text = NULL;\n',
    );
  }
  replace('    free(c->vec);\n    free(c->msgs);\n', '    evbuffer_free(c->out);\n');
  replace('    c->vec_room = VECS_AT_FIRST;\n    c->msg_room = MESSAGES_AT_FIRST;\n', '');
  cut('    c->vec = calloc', '    c->held = calloc', '    c->out = evbuffer_new();\n');
  replace('c->vec == NULL || c->msgs == NULL', 'c->out == NULL');
  if (slip !== 'dies-of-a-closed-pipe') {
    replace(
      '    base = event_base_new();\n',
      '    base = event_base_new();\n    signal(SIGPIPE, SIG_IGN);\n',
    );
  }
  return text;
}

const PUSH = `static int push_vec(struct client *c, const void *piece, size_t length) {
    return evbuffer_add(c->out, piece, length);
}

`;
