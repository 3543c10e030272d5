// A server that speaks UDP as well: one message for each datagram stays, and every stream goes to an evbuffer.
import { describe, expect, test } from 'vitest';
import { harbour, moveLoop } from '../../../../support/send-loop-text.ts';

const ADDRESS = `  if (s->is_raft && s->tide_known) {
    crate->msg_name = &s->shore;
    crate->msg_namelen = s->shore_size;
  }
`;
const HEADER = '  if (s->is_raft) return load(s, NULL, 8);\n';
const moved = async (text: string): Promise<string> => (await moveLoop(text)).texts['harbour.c'] ?? '';

describe('a send loop with datagrams', () => {
  test('begins messages for datagrams alone', async () => {
    expect(await moved(harbour({ address: ADDRESS, header: HEADER }))).toContain(`  struct msghdr *crate;
  if (!s->is_raft) {
    return 0;
  }

  if (s->crate_room == s->crates_used) {`);
  });

  test('copies what is added for a stream, and counts it', async () => {
    const after = await moved(harbour({ address: ADDRESS, header: HEADER }));
    expect(after).toContain(`  if (!s->is_raft) {
    if (evbuffer_add(s->out, goods, weight) != 0) {
      ropes_missing++;
      return -1;
    }
    s->ropes_used++;
    return 0;
  }`);
    expect(after.indexOf('if (weight == 0) return 0;')).toBeLessThan(after.indexOf('evbuffer_add('));
  });

  test('sends datagrams with sendmsg and its flags, and streams from the evbuffer', async () => {
    const after = await moved(harbour({ address: ADDRESS, header: HEADER }));
    expect(after).toContain(
      'if (s->is_raft ? s->crate_now < s->crates_used : evbuffer_get_length(s->out) > 0) {',
    );
    expect(after).toContain(
      'ssize_t gone = s->is_raft ? sendmsg(s->gangway, crate, 0) : evbuffer_write(s->out, s->gangway);',
    );
    expect(after).toContain('      if (s->is_raft) {\n        while (crate->msg_iovlen > 0');
  });

  test('keeps arrays, counts and constants, and drains beside each reset', async () => {
    const after = await moved(harbour({ address: ADDRESS, header: HEADER }));
    expect(after).toContain(
      '  s->ropes_used = 0;\n  evbuffer_drain(s->out, evbuffer_get_length(s->out));\n  if (next_crate(s) != 0) abort();',
    );
    expect(after).toContain('#define CRATES_AT_FIRST 2');
    expect(after).toContain('    free(s->crates);\n  if (s->out)\n    evbuffer_free(s->out);');
    expect(after).toContain('s->crates == NULL || s->out == NULL) return NULL;');
  });

  test('tells them by a function, a comparison with a constant, or what returned before', async () => {
    const by = async (test: string): Promise<string> =>
      moved(
        harbour({ address: ADDRESS.replace('s->is_raft', test), header: HEADER.replace('s->is_raft', test) }),
      );
    expect(await by('is_raft(s)')).toContain('if (!is_raft(s)) {');
    expect(await by('s->kind == raft_kind')).toContain('if (!(s->kind == raft_kind)) {');
    const early = await moved(
      harbour({ header: '  if (!s->is_raft) return 0;\n  if (load(s, NULL, 8) != 0) return -1;\n' }),
    );
    expect(early).toContain('s->is_raft ? sendmsg(');
  });

  test('may read the counts where only datagrams come', async () => {
    const work = `static void stamp(ship_t *s) { for (int i = 0; i < s->crates_used; i++) s->crates[i].msg_iov[0].iov_len = 8; }
static void drive(ship_t *s) { if (s->is_raft && s->crate_now == 0) stamp(s); }
`;
    const { reasons, texts } = await moveLoop(harbour({ address: ADDRESS, header: HEADER, work }));
    expect(reasons).toEqual([]);
    expect(texts['harbour.c']).toContain(work);
  });

  test('go on counting bytes where streams ask by the counts whether anything is queued', async () => {
    const work = 'static int is_idle(ship_t *s) { return s->crates_used <= 1 && s->crate_bytes <= 0; }\n';
    const { reasons, texts } = await moveLoop(harbour({ address: ADDRESS, header: HEADER, work }));
    expect(reasons).toEqual([]);
    expect(texts['harbour.c']).toContain(
      '    s->crate_bytes += weight;\n    s->ropes_used++;\n    return 0;\n',
    );
    expect(texts['harbour.c']).not.toContain('if (!s->is_raft) {\n    return 0;\n  }');
    const other = work.replace('&& s->crate_bytes <= 0', '|| s->crate_bytes <= 0');
    expect(
      (await moveLoop(harbour({ address: ADDRESS, header: HEADER, work: other }))).reasons.join(),
    ).toContain('explain queue-state-read');
  });

  test('points only streams to memory that is stored to later', async () => {
    const work =
      'static void sail(ship_t *s) {\n  load(s, s->hold, 8);\n  wait_for_wind(s);\n  s->hold[0] = 1;\n}\n';
    expect(await moved(harbour({ address: ADDRESS, header: HEADER, work }))).toContain(
      '(s->is_raft ? load(s, s->hold, 8) : (s->ropes_used++, evbuffer_add_reference(s->out, s->hold, 8, NULL, NULL)));',
    );
  });

  test('changes nothing the second time', async () => {
    const { texts } = await moveLoop(harbour({ address: ADDRESS, header: HEADER }));
    const again = await moveLoop(texts);
    expect([again.texts, again.reasons]).toEqual([texts, []]);
  });
});
