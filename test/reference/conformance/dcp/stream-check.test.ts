// What is wrong with a stream, told by its messages alone.
import { describe, expect, test } from 'vitest';
import type { DcpMessage, DocumentMessage } from '../../../../reference/conformance/dcp/dcp-message.ts';
import { isSameMessage, messageText } from '../../../../reference/conformance/dcp/dcp-message.ts';
import { checkStream } from '../../../../reference/conformance/dcp/stream-check.ts';
import type { Seen } from '../../../../reference/conformance/documents.ts';

const OPAQUE = 5;

const marker = (startSeqno: bigint, endSeqno: bigint): DcpMessage => ({
  kind: 'marker',
  opaque: OPAQUE,
  vbucket: 0,
  startSeqno,
  endSeqno,
  flags: 1,
});

function document(key: string, bySeqno: bigint, rest: Partial<DocumentMessage> = {}): DocumentMessage {
  const value = Buffer.from(`${key} ${bySeqno}`);
  const numbers = { opaque: OPAQUE, vbucket: 0, revSeqno: 1n, flags: 0, datatype: 0, exptime: 0 };
  return { kind: 'mutation', key, bySeqno, value, cas: bySeqno, ...numbers, ...rest };
}

const end: DcpMessage = { kind: 'streamEnd', opaque: OPAQUE, vbucket: 0, flags: 0 };
const noop: DcpMessage = { kind: 'other', name: 'noop', opaque: 9, parameters: [] };

/** What the engine shows of a document that a message brought. */
function seen({ value, flags, datatype, exptime, cas, bySeqno }: DocumentMessage): Seen {
  return { value, flags, datatype, exptime, cas, seqno: bySeqno, documentState: 0xf0 };
}

const [anchor, buoy] = [document('anchor', 1n), document('buoy', 3n)];
const documents = new Map([anchor, buoy].map((message) => [message.key, seen(message)]));
const check = (...messages: DcpMessage[]): void =>
  checkStream(messages, { opaque: OPAQUE, documents, removed: ['crane'] });

describe('a stream', () => {
  test('passes in order, in snapshots, with older versions and other messages in between', () => {
    check(marker(1n, 2n), anchor, noop, document('buoy', 2n), marker(3n, 9n), buoy, end);
    check(marker(1n, 5n), anchor, buoy, document('crane', 4n), document('crane', 5n, { kind: 'deletion' }));
  });

  test('fails where its seqnos do not rise', () => {
    expect(() => check(marker(1n, 3n), buoy, anchor)).toThrow(
      'the mutation of "anchor" at seqno 1 came after seqno 3: seqnos have to rise.',
    );
    expect(() => check(marker(1n, 3n), anchor, anchor)).toThrow(/came after seqno 1/);
    const later = { opaque: OPAQUE, startSeqno: 1n, documents: new Map() };
    expect(() => checkStream([marker(1n, 3n), anchor], later)).toThrow(/came after seqno 1/);
  });

  test('fails where a snapshot does not cover its changes', () => {
    expect(() => check(anchor)).toThrow('came before any snapshot marker.');
    expect(() => check(marker(1n, 2n), anchor, buoy)).toThrow('at seqno 3 is outside of its snapshot 1..2.');
    expect(() => check(marker(2n, 1n))).toThrow('the snapshot 2..1 ends before it begins.');
    expect(() => check(marker(1n, 3n), anchor, marker(2n, 3n))).toThrow('comes after one that ends at 3.');
  });

  test('fails where documents are missing, other ones, or too many', () => {
    expect(() => check(marker(1n, 3n), anchor)).toThrow('the stream never brought "buoy".');
    const other = document('buoy', 3n, { flags: 1 });
    expect(() => check(marker(1n, 3n), anchor, other)).toThrow('the flags of "buoy" in the stream');
    const dead = document('buoy', 4n, { kind: 'deletion' });
    expect(() => check(marker(1n, 4n), anchor, buoy, dead)).toThrow('expected "mutation", got "deletion"');
    const crane = document('crane', 4n);
    expect(() => check(marker(1n, 4n), anchor, buoy, crane)).toThrow('the stream left "crane" alive');
  });

  test('fails where it goes on after its end, or speaks for another stream', () => {
    expect(() => check(marker(1n, 3n), anchor, end, buoy)).toThrow('the stream went on after its end');
    expect(() => check(marker(1n, 3n), { ...anchor, opaque: 6 })).toThrow('the opaque of a mutation');
    expect(() => check({ ...end, vbucket: 1 })).toThrow('the vbucket of a streamEnd');
  });
});

describe('messages', () => {
  test('are the same where every part is', () => {
    expect(isSameMessage(anchor, document('anchor', 1n))).toBe(true);
    expect(isSameMessage(anchor, { ...anchor, value: Buffer.from('other') })).toBe(false);
    expect(isSameMessage(marker(1n, 2n), marker(1n, 3n))).toBe(false);
  });

  test('are named in failures', () => {
    expect([anchor, marker(1n, 2n), end, noop].map(messageText)).toEqual([
      'mutation of "anchor" at seqno 1',
      'marker 1..2',
      'streamEnd 0',
      'noop ',
    ]);
  });
});
