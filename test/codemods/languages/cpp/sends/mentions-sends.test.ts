import { describe, expect, test } from 'vitest';
import { mentionsSends } from '../../../../../codemods/languages/cpp/sends/mentions-sends.ts';

describe('mentionsSends', () => {
  const holds = mentionsSends();
  test.each([
    'c->addMsgHdr(true);',
    'if (add_iov (c, p, n) != 0) return -1;',
    'struct msghdr *msglist;',
    'sendmsg(c->sfd, &msg, 0);',
    'if (c->iovused == 0) return;',
    'case Connection::TransmitResult::Complete:',
  ])('takes %s', (text) => {
    expect(holds(text)).toBe(true);
  });

  test.each([
    '// the raw engine item iovec, see addIov()',
    '/* Initial size of the sendmsg() scatter/gather array. */ #define IOV_LIST_INITIAL 10',
    'struct iovec value[1];',
    'int iovused_high_watermark;',
    'add_stat(cookie, callback, "iovused_high_watermark", value);',
  ])('leaves %s', (text) => {
    expect(holds(text)).toBe(false);
  });
});
