// Headers whose lengths lie, as they were used against memcached: nothing that follows is taken for a command.
import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { encodePacket, type HeaderFields, rawHeader } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { profileNames, sendWays } from '../../support/send-ways.ts';
import { serveOver } from '../../support/serve-over.ts';
import { turn, until } from '../../support/until.ts';

const INT_MAX = 0x7fff_ffff;

/** Commands that store: memcached computed the length of their value without looking. */
const stores = {
  SET: Opcode.Set,
  SETQ: Opcode.Setq,
  ADD: Opcode.Add,
  ADDQ: Opcode.Addq,
  REPLACE: Opcode.Replace,
  APPEND: Opcode.Append,
  APPENDQ: Opcode.Appendq,
  PREPEND: Opcode.Prepend,
  PREPENDQ: Opcode.Prependq,
  INCREMENT: Opcode.Increment,
  SASL_AUTH: Opcode.SaslAuth,
  SASL_STEP: Opcode.SaslStep,
  STAT: Opcode.Stat,
  TOUCH: Opcode.Touch,
  HELLO: Opcode.Hello,
  DCP_OPEN: Opcode.DcpOpen,
  DCP_MUTATION: Opcode.DcpMutation,
  'an unknown command': 0xe0,
} as const;

/** What its lengths are, with what they led to. */
const lies: Readonly<Record<string, HeaderFields>> = {
  // CVE-2016-8704, CVE-2016-8705, CVE-2016-8706: the value's length is below 0.
  'a key longer than the body': { keylen: 0xfa, extlen: 0, bodylen: 0 },
  'a key and extras one byte longer than the body': { keylen: 4, extlen: 8, bodylen: 11 },
  'extras alone longer than the body': { keylen: 0, extlen: 8, bodylen: 0 },
  'the longest key there can be, and no body': { keylen: 0xffff, extlen: 0, bodylen: 8 },
  // CVE-2020-10931: more extras than there was room for.
  'the longest extras there can be, and no body': { keylen: 0, extlen: 0xff, bodylen: 0 },
  'extras and a key that are more than 16 bits together': { keylen: 0xffff, extlen: 0xff, bodylen: 0x0_00fe },
  // CVE-2011-4971, and bodies that are negative as an int.
  'a body of -1': { keylen: 4, extlen: 8, bodylen: 0xffff_ffff },
  'a body of -24': { keylen: 4, extlen: 8, bodylen: 0xffff_ffe8 },
  'a body of the least int': { keylen: 4, extlen: 8, bodylen: 0x8000_0000 },
  'a body of the greatest int': { keylen: 4, extlen: 8, bodylen: INT_MAX },
  'a body one byte too long': { keylen: 4, extlen: 8, bodylen: 30 * 1024 * 1024 + 1 },
};

const poison = Buffer.concat([encodePacket(set('poison', 'drunk')), encodePacket(noop(0xdead))]);

describe.each(profileNames)('a connection, as %s', (profile) => {
  it.each(Object.entries(sendWays))(
    'closes at a header that lies, and runs nothing behind it, %s',
    async (_, options) => {
      await using bed = await serveOver('pair', { ...options, profile });
      const watcher = await bed.connect();
      let refused = 0;
      for (const [name, opcode] of Object.entries(stores)) {
        for (const [lie, fields] of Object.entries(lies)) {
          const client = await bed.connect();
          // A copy of the poison at every place where a body could be thought to begin or end.
          client.send(noop(1), rawHeader({ opcode, ...fields, opaque: 2 }), poison, Buffer.alloc(8), poison);
          const answered = (await client.rest()).map((each) => each.opaque);
          expect(answered, `${name} with ${lie}`).toEqual([1]);
          refused += 1;
          client.wire.destroy();
        }
      }
      expect(bed.server.stats.invalidRequests).toBe(refused);
      expect((await watcher.request(get('poison'))).vbucketOrStatus).toBe(Status.KeyEnoent);
      expect(bed.server.stats.cmdSet).toBe(0);
      await until('all are gone', () => bed.server.connections().length === 1);
    },
  );

  it('waits for a body as long as its header says, and takes nothing within it for a request', async () => {
    await using bed = await serveOver('pair', { profile });
    const client = await bed.connect();
    // A body that consists of requests.
    const body = Buffer.concat(Array.from({ length: 2000 }, () => poison));
    const request = encodePacket(set('trap', body, 1));
    for (let at = 0; at < request.length; at += 999) {
      client.send(request.subarray(at, at + 999));
      if (at % 7 === 0) await turn();
    }
    client.send(get('poison', 2), get('trap', 3));
    const [stored, missed, found] = await client.take(3);
    expect([stored?.opaque, stored?.vbucketOrStatus]).toEqual([1, Status.Success]);
    expect([missed?.opaque, missed?.vbucketOrStatus]).toEqual([2, Status.KeyEnoent]);
    expect(found?.value.equals(body)).toBe(true);
  });

  it('takes the longest extras there can be for no command, and finds the next request', async () => {
    await using bed = await serveOver('pair', { profile });
    for (const opcode of Object.values(stores)) {
      const client = await bed.connect();
      const extras = Buffer.alloc(255, poison);
      client.send({ opcode, extras, key: 'k', value: poison, opaque: 1 }, noop(2));
      const isKnown = opcode !== 0xe0;
      const packets = isKnown && profile === 'memcached' ? await client.rest() : await client.take(2);
      const wanted = isKnown ? Status.Einval : Status.UnknownCommand;
      expect(packets[0]?.vbucketOrStatus, `opcode ${opcode}`).toBe(wanted);
      client.wire.destroy();
    }
    const watcher = await bed.connect();
    expect((await watcher.request(get('poison'))).vbucketOrStatus).toBe(Status.KeyEnoent);
  });
});
