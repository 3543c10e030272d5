// DCP by hand: every byte is put and read at its offset here, without the server's encoders, so that their faults show.
// Offsets are those of docs/BinaryProtocol.md and docs/dcp/documentation/commands.

/** A message, taken apart by hand. */
export interface RawMessage {
  readonly magic: number;
  readonly opcode: number;
  readonly datatype: number;
  /** Of a request; of a response it is the status. */
  readonly vbucket: number;
  readonly status: number;
  readonly opaque: number;
  readonly cas: bigint;
  readonly extras: DataView;
  readonly key: string;
  readonly value: Buffer;
  /** Everything, header included. */
  readonly bytes: Buffer;
}

/** What is left out is 0 or empty. */
export interface RawFields {
  readonly vbucket?: number;
  readonly status?: number;
  readonly opaque?: number;
  readonly datatype?: number;
  readonly cas?: bigint;
  readonly extras?: Uint8Array;
  readonly key?: string;
  readonly value?: Uint8Array | string;
}

/** Opcodes that these tests put on the wire. */
export const Op = {
  get: 0x00,
  set: 0x01,
  delete: 0x04,
  noop: 0x0a,
  stat: 0x10,
  open: 0x50,
  addStream: 0x51,
  closeStream: 0x52,
  streamReq: 0x53,
  getFailoverLog: 0x54,
  streamEnd: 0x55,
  snapshotMarker: 0x56,
  mutation: 0x57,
  deletion: 0x58,
  expiration: 0x59,
  flush: 0x5a,
  setVbucketState: 0x5b,
  dcpNoop: 0x5c,
  bufferAck: 0x5d,
  control: 0x5e,
  systemEvent: 0x5f,
} as const;

/** A request, magic 0x80. */
export const request = (opcode: number, fields: RawFields = {}): Buffer =>
  message(0x80, opcode, fields.vbucket ?? 0, fields);

/** A response, magic 0x81. */
export const response = (opcode: number, fields: RawFields = {}): Buffer =>
  message(0x81, opcode, fields.status ?? 0, fields);

function message(magic: number, opcode: number, vbucketOrStatus: number, fields: RawFields): Buffer {
  const extras = fields.extras ?? new Uint8Array(0);
  const key = Buffer.from(fields.key ?? '', 'latin1');
  const value = Buffer.from(fields.value ?? '');
  const header = new DataView(new ArrayBuffer(24));
  header.setUint8(0, magic);
  header.setUint8(1, opcode);
  header.setUint16(2, key.length);
  header.setUint8(4, extras.length);
  header.setUint8(5, fields.datatype ?? 0);
  header.setUint16(6, vbucketOrStatus);
  header.setUint32(8, extras.length + key.length + value.length);
  header.setUint32(12, fields.opaque ?? 0);
  header.setBigUint64(16, fields.cas ?? 0n);
  return Buffer.concat([new Uint8Array(header.buffer), extras, key, value]);
}

/** Bytes from numbers, each with its width in bits: `words([seqno, 64], [flags, 32])`, big endian. */
export function words(...fields: readonly (readonly [number | bigint, 8 | 16 | 32 | 64])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, bits]) => sum + bits / 8, 0)));
  let at = 0;
  for (const [number, bits] of fields) {
    if (bits === 64) view.setBigUint64(at, BigInt(number));
    else if (bits === 32) view.setUint32(at, Number(number));
    else if (bits === 16) view.setUint16(at, Number(number));
    else view.setUint8(at, Number(number));
    at += bits / 8;
  }
  return new Uint8Array(view.buffer);
}

/** DCP_OPEN: flags 1 is a producer to talk to, 0 a consumer. */
export const open = (flags: number, name = 'replication:here->there', opaque = 1): Buffer =>
  request(Op.open, { opaque, key: name, extras: words([0, 32], [flags, 32]) });

/** What a stream is asked for with; the rest is 0, the end u64's greatest. */
export interface StreamFields {
  readonly opaque?: number;
  readonly flags?: number;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly uuid?: bigint;
  readonly snapStart?: bigint;
  readonly snapEnd?: bigint;
}

/** The greatest u64. */
export const FOREVER = 0xffff_ffff_ffff_ffffn;

/** DCP_STREAM_REQ. */
export function streamReq(vbucket: number, fields: StreamFields = {}): Buffer {
  const { opaque = 0x57, flags = 0, start = 0n, end = FOREVER, uuid = 0n } = fields;
  const { snapStart = start, snapEnd = start } = fields;
  const extras = words(
    [flags, 32],
    [0, 32],
    [start, 64],
    [end, 64],
    [uuid, 64],
    [snapStart, 64],
    [snapEnd, 64],
  );
  return request(Op.streamReq, { vbucket, opaque, extras });
}

/** DCP_CONTROL. */
export const control = (key: string, value: string, opaque = 0xc0): Buffer =>
  request(Op.control, { key, value, opaque });

/** DCP_BUFFER_ACKNOWLEDGEMENT. */
export const bufferAck = (bytes: number, opaque = 0xba): Buffer =>
  request(Op.bufferAck, { opaque, extras: words([bytes, 32]) });

/** SET with flags and without expiry. */
export const set = (
  key: string,
  value: Uint8Array | string,
  fields: RawFields & { flags?: number } = {},
): Buffer => request(Op.set, { ...fields, key, value, extras: words([fields.flags ?? 0, 32], [0, 32]) });

/** DCP_SNAPSHOT_MARKER. */
export const marker = (vbucket: number, opaque: number, start: bigint, end: bigint, flags = 1): Buffer =>
  request(Op.snapshotMarker, { vbucket, opaque, extras: words([start, 64], [end, 64], [flags, 32]) });

/** What a mutation has beside key and value. */
export interface MutationFields extends RawFields {
  readonly bySeqno: bigint;
  readonly revSeqno?: bigint;
  readonly flags?: number;
  readonly expiration?: number;
  readonly lockTime?: number;
  readonly nmeta?: number;
  readonly nru?: number;
}

/** DCP_MUTATION; where there is meta, it is the value's tail. */
export const mutation = (fields: MutationFields): Buffer =>
  request(Op.mutation, {
    ...fields,
    extras: words(
      [fields.bySeqno, 64],
      [fields.revSeqno ?? 1n, 64],
      [fields.flags ?? 0, 32],
      [fields.expiration ?? 0, 32],
      [fields.lockTime ?? 0, 32],
      [fields.nmeta ?? 0, 16],
      [fields.nru ?? 0, 8],
    ),
  });

/** DCP_DELETION or DCP_EXPIRATION. */
export const removal = (opcode: number, fields: MutationFields): Buffer =>
  request(opcode, {
    ...fields,
    extras: words([fields.bySeqno, 64], [fields.revSeqno ?? 1n, 64], [fields.nmeta ?? 0, 16]),
  });

/** Takes the first message off `bytes`; undefined where it is not whole. */
export function takeMessage(bytes: Buffer): RawMessage | undefined {
  if (bytes.length < 24) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = 24 + view.getUint32(8);
  if (bytes.length < length) return undefined;
  const keyAt = 24 + view.getUint8(4);
  const valueAt = keyAt + view.getUint16(2);
  if (valueAt > length)
    throw new Error(`A message whose parts are longer than its body: ${bytes.toString('hex')}`);
  return {
    magic: view.getUint8(0),
    opcode: view.getUint8(1),
    datatype: view.getUint8(5),
    vbucket: view.getUint16(6),
    status: view.getUint16(6),
    opaque: view.getUint32(12),
    cas: view.getBigUint64(16),
    extras: new DataView(bytes.buffer, bytes.byteOffset + 24, keyAt - 24),
    key: bytes.toString('latin1', keyAt, valueAt),
    value: bytes.subarray(valueAt, length),
    bytes: bytes.subarray(0, length),
  };
}
