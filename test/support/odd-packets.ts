// Packets that no client should send, or that only some servers know: seeded, each meant for a connection of its own.
import { Opcode } from '../../reference/protocol/opcode.ts';
import { rawHeader } from '../../reference/protocol/packet.ts';
import { Seeded } from './differential-commands.ts';

type Lengths = readonly [extlen: number, keylen: number, valueLength: number];

/** What the lengths should be, for commands that everybody knows and for some that only this server does. */
const lengths: readonly (readonly [opcodes: readonly number[], Lengths])[] = [
  [
    [Opcode.Get, Opcode.Getq, Opcode.Getk, Opcode.Getkq, Opcode.Delete, Opcode.Deleteq, Opcode.Stat],
    [0, 8, 0],
  ],
  [
    [Opcode.Set, Opcode.Setq, Opcode.Add, Opcode.Addq, Opcode.Replace, Opcode.Replaceq],
    [8, 8, 5],
  ],
  [
    [Opcode.Append, Opcode.Appendq, Opcode.Prepend, Opcode.Prependq],
    [0, 8, 5],
  ],
  [
    [Opcode.Increment, Opcode.Incrementq, Opcode.Decrement, Opcode.Decrementq],
    [20, 8, 0],
  ],
  [
    [Opcode.Touch, Opcode.Gat, Opcode.Gatq],
    [4, 8, 0],
  ],
  [
    [Opcode.Flush, Opcode.Flushq, Opcode.Noop, Opcode.Version, Opcode.Quit, Opcode.Quitq],
    [0, 0, 0],
  ],
  [
    [Opcode.SaslListMechs, Opcode.ListBuckets, Opcode.SetVbucket],
    [0, 0, 0],
  ],
  [
    [Opcode.SaslAuth, Opcode.SaslStep],
    [0, 8, 12],
  ],
  [
    [Opcode.GetLocked, Opcode.Verbosity],
    [4, 0, 0],
  ],
  [[Opcode.Hello], [0, 8, 4]],
  [
    [Opcode.SelectBucket, Opcode.UnlockKey, Opcode.GetMeta],
    [0, 8, 0],
  ],
  [[Opcode.DcpOpen], [8, 8, 0]],
  [
    [Opcode.Rget, 0x6f],
    [0, 8, 3],
  ],
];

/** So many packets, with lengths, cas, datatype, vbucket and magic that may be wrong. */
export function* oddPackets(seed: number, count: number): Generator<Buffer> {
  const seeded = new Seeded(seed);
  for (let i = 0; i < count; i++) {
    const [opcodes, right] = seeded.pick(lengths);
    const opcode = seeded.pick(opcodes);
    let [extlen, keylen, valueLength] = right;
    switch (seeded.below(6)) {
      case 0:
        extlen = seeded.pick([0, 1, 3, 4, 8, 20, 24]);
        break;
      case 1:
        keylen = seeded.pick([0, 8, 250, 251, 300]);
        break;
      case 2:
        valueLength = seeded.pick([0, 1, 3, 8]);
        break;
      default:
    }
    const rightLength = extlen + keylen + valueLength;
    const isLying = seeded.below(12) === 0;
    const header = rawHeader({
      magic: seeded.below(40) === 0 ? seeded.pick([0x81, 0x82, 0x83, 0x47]) : 0x80,
      opcode,
      keylen,
      extlen,
      datatype: seeded.below(10) === 0 ? seeded.pick([1, 2, 4, 0xff]) : 0,
      vbucketOrStatus: seeded.below(15) === 0 ? seeded.pick([1, 1023, 0xffff]) : 0,
      bodylen: isLying ? seeded.pick([0, keylen >> 1, keylen, 0x7fff_ffff, 0xffff_ffff]) : rightLength,
      opaque: i,
      cas: seeded.below(8) === 0 ? 7n : 0n,
    });
    // Every packet is about a document of its own.
    const key = Buffer.from(keylen === 0 ? '' : `${i}`.padStart(keylen, 'k'));
    yield Buffer.concat([header, Buffer.alloc(extlen), key, Buffer.alloc(valueLength, 'v')]);
  }
}
