// The 24 byte headers of a request and of a response as engines see them. No encoding, no decoding.

/** The fields of a response's first 24 bytes, as numbers in host order (docs/BinaryProtocol.md, "Response header"). */
export interface ResponseFields {
  /** 0x81 from a client, 0x83 from a server. */
  magic: number;
  /** The command that is answered, 0x00 to 0xff. */
  opcode: number;
  /** Length of the key in bytes. */
  keylen: number;
  /** Length of the extras in bytes. */
  extlen: number;
  /** Bits: JSON 1, SNAPPY 2, XATTR 4. */
  datatype: number;
  /** 0x0000 is success; the others are in the protocol's status table. */
  status: number;
  /** Extras, key and value together, in bytes. */
  bodylen: number;
  /** The request's u32, handed back unchanged. */
  opaque: number;
  /** u64. */
  cas: bigint;
}

/** The fields of a request's first 24 bytes, as numbers in host order (docs/BinaryProtocol.md, "Request header"). */
export interface RequestFields {
  /** 0x80 from a client, 0x82 from a server. */
  magic: number;
  opcode: number;
  /** Length of the key in bytes. */
  keylen: number;
  /** Length of the extras in bytes. */
  extlen: number;
  /** Bits: JSON 1, SNAPPY 2, XATTR 4. */
  datatype: number;
  /** Where a response has its status. */
  vbucket: number;
  /** Extras, key and value together, in bytes. */
  bodylen: number;
  /** Chosen by the client, handed back in the response. */
  opaque: number;
  /** u64; 0 where the command asks for no comparison. */
  cas: bigint;
}

/**
 * A response packet: the header's fields, and every byte of the packet, so that the body starts at `bytes[24]`.
 * kv_engine's union `protocol_binary_response_header` with the body that follows it in memory (include/memcached/protocol_binary.h).
 */
export interface ProtocolBinaryResponseHeader {
  response: ResponseFields;
  /** Header and body, as they came off the wire (big endian). */
  bytes: Uint8Array;
}

/** A request packet, in the same way; what `unknownCommand` gets. Mutable in the old contract and in today's. */
export interface ProtocolBinaryRequestHeader {
  request: RequestFields;
  /** Header and body, as they came off the wire (big endian). */
  bytes: Uint8Array;
}

/** Length of a header in bytes; where the body starts in `bytes` (docs/BinaryProtocol.md). */
export const HEADER_LENGTH = 24;
