// What every command's packet has to look like, written down a second time: the validators' table is compared with it.
import { opcodeName } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { bytesOf } from './golden-packets.ts';

// Lengths in bytes;
// `..` is up to the 250 of a key, or without end for a value. `doc` is JSON and SNAPPY, `all` is XATTR too.
const TABLE = `
  opcode                    extras       key      value   cas       datatype
  GET                       0            1..250   0       zero      raw
  GETQ                      0            1..250   0       zero      raw
  GETK                      0            1..250   0       zero      raw
  GETKQ                     0            1..250   0       zero      raw
  GAT                       4            1..250   0       zero      raw
  GATQ                      4            1..250   0       zero      raw
  TOUCH                     4            1..250   0       zero      raw
  SET                       8            1..250   0..     any       doc
  SETQ                      8            1..250   0..     any       doc
  REPLACE                   8            1..250   0..     any       doc
  REPLACEQ                  8            1..250   0..     any       doc
  ADD                       8            1..250   0..     zero      doc
  ADDQ                      8            1..250   0..     zero      doc
  APPEND                    0            1..250   0..     any       doc
  APPENDQ                   0            1..250   0..     any       doc
  PREPEND                   0            1..250   0..     any       doc
  PREPENDQ                  0            1..250   0..     any       doc
  DELETE                    0            1..250   0       any       raw
  DELETEQ                   0            1..250   0       any       raw
  INCREMENT                 20           1..250   0       zero      raw
  INCREMENTQ                20           1..250   0       zero      raw
  DECREMENT                 20           1..250   0       zero      raw
  DECREMENTQ                20           1..250   0       zero      raw
  FLUSH                     0,4          0        0       zero      raw
  FLUSHQ                    0,4          0        0       zero      raw
  STAT                      0            0..250   0       zero      raw
  NOOP                      0            0        0       zero      raw
  VERSION                   0            0        0       zero      raw
  QUIT                      0            0        0       zero      raw
  QUITQ                     0            0        0       zero      raw
  SASL_LIST_MECHS           0            0        0       zero      raw
  ISASL_REFRESH             0            0        0       zero      raw
  SSL_CERTS_REFRESH         0            0        0       zero      raw
  RBAC_REFRESH              0            0        0       zero      raw
  GET_CTRL_TOKEN            0            0        0       zero      raw
  AUDIT_CONFIG_RELOAD       0            0        0       zero      raw
  GET_ADJUSTED_TIME         0            0        0       zero      raw
  VERBOSITY                 4            0        0       zero      raw
  HELLO                     0            0..250   0..     zero      raw
  SASL_AUTH                 0            1..250   0..     zero      raw
  SASL_STEP                 0            1..250   0..     zero      raw
  GET_LOCKED                0,4          1..250   0       zero      raw
  UNLOCK_KEY                0            1..250   0       not-zero  raw
  GET_META                  0,1          1..250   0       zero      raw
  GETQ_META                 0,1          1..250   0       zero      raw
  SET_WITH_META             24,26,28,30  1..250   0..     any       all
  SETQ_WITH_META            24,26,28,30  1..250   0..     any       all
  ADD_WITH_META             24,26,28,30  1..250   0..     any       all
  ADDQ_WITH_META            24,26,28,30  1..250   0..     any       all
  DEL_WITH_META             24,26,28,30  1..250   0..     any       all
  DELQ_WITH_META            24,26,28,30  1..250   0..     any       all
  SET_CTRL_TOKEN            8            0        0       any       raw
  SHUTDOWN                  0            0        0       not-zero  raw
  IOCTL_GET                 0            1..128   0       zero      raw
  IOCTL_SET                 0            1..128   0..128  zero      raw
  AUDIT_PUT                 4            0        1..     zero      raw
  CREATE_BUCKET             0            1..100   1..     any       raw
  DELETE_BUCKET             0            1..250   0..     any       raw
  LIST_BUCKETS              0            0        0       any       raw
  SELECT_BUCKET             0            0..1023  0       any       raw
  GET_ALL_VB_SEQNOS         0,4          0        0       zero      raw
  OBSERVE_SEQNO             0            0        8       any       raw
  GET_ERROR_MAP             0            0        2       zero      raw
  GET_CMD_TIMER             1            0..250   0       zero      raw
  SET_DRIFT_COUNTER_STATE   9            0        0       any       raw
  COLLECTIONS_SET_MANIFEST  0            0        1..     zero      raw
  DCP_OPEN                  8            1..250   0..     any       raw
  DCP_ADD_STREAM            4            0        0       any       raw
  DCP_CLOSE_STREAM          0            0        0       any       raw
  DCP_GET_FAILOVER_LOG      0            0        0       any       raw
  DCP_FLUSH                 0            0        0       any       raw
  DCP_NOOP                  0            0        0       any       raw
  DCP_STREAM_REQ            48           0        0..     any       raw
  DCP_STREAM_END            4            0        0       any       raw
  DCP_BUFFER_ACKNOWLEDGEMENT 4           0        0       any       raw
  DCP_SNAPSHOT_MARKER       20           0        0       any       raw
  DCP_MUTATION              31           1..250   0..     any       all
  DCP_DELETION              18           1..250   0..     any       xattr
  DCP_EXPIRATION            18           1..250   0       any       raw
  DCP_SET_VBUCKET_STATE     1            0        0       any       raw
  DCP_CONTROL               0            1..250   1..     any       raw
  DCP_SYSTEM_EVENT          12           0..250   0..     any       all`;

/** One command of the table; lengths as least and most. */
export interface Row {
  readonly name: string;
  readonly opcode: number;
  readonly extras: readonly number[];
  readonly key: readonly [number, number];
  readonly value: readonly [number, number];
  readonly cas: string;
  readonly datatypes: number;
}

const DATATYPES: Readonly<Record<string, number>> = { raw: 0, doc: 3, xattr: 4, all: 7 };
const ENDLESS = 100_000;

function lengths(text: string): [number, number] {
  const [least, most] = text.split('..');
  return [Number(least), most === undefined ? Number(least) : most === '' ? ENDLESS : Number(most)];
}

const byName = new Map(Array.from({ length: 256 }, (_, opcode) => [opcodeName(opcode), opcode]));

/** The table's rows. */
export const rows: readonly Row[] = TABLE.trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [name, extras, key, value, cas, datatype] = line.trim().split(/ +/) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return {
      name,
      opcode: byName.get(name)!,
      extras: extras.split(',').map(Number),
      key: lengths(key),
      value: lengths(value),
      cas,
      datatypes: DATATYPES[datatype]!,
    };
  });

// Where zeros in the extras are not a valid message: by command, bytes that are.
const EXTRAS: Readonly<Record<string, string>> = {
  SET_CTRL_TOKEN: '0000000000000001',
  DCP_SET_VBUCKET_STATE: '01',
  GET_ALL_VB_SEQNOS: '00000001',
};

/** A packet that the row takes, its shortest, unless told otherwise. */
export function packetOf(
  row: Row,
  change: Partial<Record<'extlen' | 'keylen' | 'valuelen', number>> = {},
): PacketFields {
  const extlen = change.extlen ?? row.extras[0]!;
  const extras = Buffer.alloc(extlen);
  const template = EXTRAS[row.name];
  if (template !== undefined && extlen > 0) bytesOf(template).copy(extras);
  const valuelen = change.valuelen ?? row.value[0];
  // A DCP_OPEN with a value says that it knows collections.
  if (row.name === 'DCP_OPEN' && valuelen > 0 && extlen >= 8) extras[7] = 16;
  return {
    opcode: row.opcode,
    extras,
    key: Buffer.alloc(change.keylen ?? row.key[0], 'k'),
    value: Buffer.alloc(valuelen),
    cas: row.cas === 'not-zero' ? 0x0123456789abcdefn : 0n,
  };
}
