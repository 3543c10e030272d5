import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProtocolBinaryResponseHeader } from '../../../reference/engine/contract.ts';
import { observedMutableResponse, readOnlyResponse } from '../../../reference/engine/guard.ts';

/** The header as an engine sees it that ignores the types, or has none. */
type Untyped = ProtocolBinaryResponseHeader & Record<string, unknown>;

/** A stream request answered with one entry of a failover log: uuid 0x0102030405060708, seqno 9. */
function streamReqResponse(): Buffer {
  const packet = Buffer.alloc(24 + 16);
  packet.set([0x81, 0x53, 0x00, 0x00, 0x00, 0x00, 0x00, 0x23]);
  packet.writeUInt32BE(16, 8);
  packet.writeUInt32BE(0xfeedf00d, 12);
  packet.writeBigUInt64BE(0x8000_0000_0000_0001n, 16);
  packet.set([1, 2, 3, 4, 5, 6, 7, 8], 24);
  packet.writeBigUInt64BE(9n, 32);
  return packet;
}

const FIELDS = {
  magic: 0x81,
  opcode: 0x53,
  keylen: 0,
  extlen: 0,
  datatype: 0,
  status: 0x23,
  bodylen: 16,
  opaque: 0xfeedf00d,
  cas: 0x8000_0000_0000_0001n,
};

describe('a read-only response', () => {
  const packet = streamReqResponse();
  const response = readOnlyResponse(packet, 'replica');

  test('has every field of the header, decoded', () => {
    expect({ ...response.response }).toEqual(FIELDS);
    expect(Object.keys(response)).toEqual(['response', 'bytes']);
    const all = Buffer.from('83560102030405060708090affffffff0000000000000000', 'hex');
    expect({ ...readOnlyResponse(all, 'replica').response }).toEqual({
      magic: 0x83,
      opcode: 0x56,
      keylen: 0x0102,
      extlen: 3,
      datatype: 4,
      status: 0x0506,
      bodylen: 0x0708090a,
      opaque: 0xffffffff,
      cas: 0n,
    });
  });

  test('is refused to packets without a whole header', () => {
    expect(() => readOnlyResponse(packet.subarray(0, 23), 'replica')).toThrow(RangeError);
    expect(() => readOnlyResponse(packet.subarray(0, 24), 'replica')).not.toThrow();
  });

  test('names the engine, the slot and the field that was written', () => {
    const { response: fields } = response as Untyped;
    expect(() => {
      fields.status = 0;
    }).toThrow(
      new TypeError(
        'engine "replica": dcp.responseHandler wrote to response.response.status, but the response header is read-only',
      ),
    );
  });

  const header = response as Untyped;
  const { response: fields, bytes } = header;
  const buffer = bytes as Buffer;
  const writes: [field: string, write: () => unknown][] = [
    ['response.response', () => Object.assign(header, { response: FIELDS })],
    ['response.bytes', () => Object.assign(header, { bytes: new Uint8Array(24) })],
    ['response.note', () => Object.assign(header, { note: 'seen' })],
    ['response.response', () => Reflect.deleteProperty(header, 'response')],
    ['response', () => Object.freeze(header)],
    ['response', () => Object.setPrototypeOf(header, null)],
    ['response.response.opaque', () => Object.assign(fields, { opaque: 1 })],
    ['response.response.opaque', () => fields.opaque++],
    ['response.response.cas', () => Reflect.set(fields, 'cas', 0n)],
    ['response.response.keylen', () => Reflect.deleteProperty(fields, 'keylen')],
    ['response.response.status', () => Object.defineProperty(fields, 'status', { value: 0 })],
    ['response.response.status', () => Reflect.defineProperty(fields, 'status', { get: () => 0 })],
    ['response.response', () => Object.setPrototypeOf(fields, { status: 0 })],
    ['response.response', () => Object.preventExtensions(fields)],
    ['response.response.__proto__', () => Reflect.set(fields, '__proto__', null)],
    ['response.bytes[7]', () => Object.assign(bytes, { 7: 0 })],
    ['response.bytes[24]', () => Reflect.set(bytes, 24, 0)],
    ['response.bytes[99]', () => Reflect.set(bytes, 99, 0)],
    ['response.bytes.note', () => Reflect.set(bytes, 'note', 'seen')],
    ['response.bytes.length', () => Reflect.set(bytes, 'length', 0)],
    ['response.bytes[24]', () => Object.defineProperty(bytes, 24, { value: 0 })],
    ['response.bytes[24]', () => Reflect.deleteProperty(bytes, '24')],
    ['response.bytes', () => Object.setPrototypeOf(bytes, null)],
    ['response.bytes', () => Object.preventExtensions(bytes)],
    ['response.bytes[33]', () => Reflect.set(bytes.subarray(24).subarray(8, 16), 1, 0)],
    ['response.bytes[39]', () => Reflect.set(bytes.subarray(-1), 0, 0)],
    ['response.bytes.set', () => bytes.set([0])],
    ['response.bytes.fill', () => bytes.fill(0)],
    ['response.bytes.fill', () => bytes.subarray(24).fill(0)],
    ['response.bytes.copyWithin', () => bytes.copyWithin(0, 8)],
    ['response.bytes.reverse', () => bytes.reverse()],
    ['response.bytes.sort', () => bytes.sort()],
    ['response.bytes.write', () => buffer.write('text')],
    ['response.bytes.writeUInt16BE', () => buffer.writeUInt16BE(0, 6)],
    ['response.bytes.writeBigUInt64BE', () => buffer.writeBigUInt64BE(0n, 16)],
    ['response.bytes.swap16', () => buffer.swap16()],
    ['response.bytes.setUint16', () => (bytes as unknown as DataView).setUint16(6, 0)],
    ['response.bytes[6]', () => Buffer.prototype.writeUInt16BE.call(buffer, 1, 6)],
    ['response.bytes[0]', () => Array.prototype.fill.call(bytes, 0)],
    ['response.bytes.buffer', () => bytes.buffer],
    ['response.bytes.buffer', () => new Uint8Array(bytes.buffer).fill(0)],
    ['response.bytes.buffer', () => new DataView(bytes.buffer, bytes.byteOffset).setUint8(0, 0)],
    ['response.bytes.buffer', () => bytes.subarray(24).buffer],
  ];

  test.each(writes)('refuses to write to %s (%#)', (field, write) => {
    const before = Buffer.from(packet);
    expect(write).toThrow(TypeError);
    expect(write).toThrow(`engine "replica": dcp.responseHandler`);
    expect(write).toThrow(` ${field}, but the response header is read-only`);
    expect(packet.equals(before)).toBe(true);
    expect({ ...fields }).toEqual(FIELDS);
  });

  test('tells the observer of a write before it throws', () => {
    const noted: string[] = [];
    const observed = readOnlyResponse(packet, 'replica', (field) => noted.push(field)) as Untyped;
    expect(() => observed.bytes.fill(0)).toThrow(TypeError);
    expect(() => Object.assign(observed.response, { status: 0, opaque: 0 })).toThrow(TypeError);
    expect(() => Reflect.set(observed.bytes, 24, 0)).toThrow(TypeError);
    expect(noted).toEqual(['response.bytes.fill', 'response.response.status', 'response.bytes[24]']);
  });

  test('keeps what native methods insist on out of reach', () => {
    for (const write of [
      () => Uint8Array.prototype.set.call(bytes, [0]),
      () => Uint8Array.prototype.fill.call(bytes, 0),
      () => new DataView(bytes as unknown as ArrayBuffer),
      () => structuredClone(bytes),
    ]) {
      expect(write).toThrow();
    }
    expect(bytes instanceof Uint8Array).toBe(false);
    expect(ArrayBuffer.isView(bytes)).toBe(false);
  });

  test('never hands its memory to a callback', () => {
    const leaked: unknown[] = [];
    const spy = (...args: unknown[]): boolean => {
      leaked.push(...args.filter((arg) => typeof arg === 'object'));
      return false;
    };
    bytes.every(spy);
    bytes.some(spy);
    bytes.find(spy);
    bytes.findIndex(spy);
    bytes.forEach(spy);
    bytes.reduce((_sum, ...args) => Number(spy(...args)), 0);
    expect(leaked).toEqual([]);
  });

  test('gives copies that may be written', () => {
    const copies = [
      Buffer.from(bytes),
      Uint8Array.from(bytes),
      new Uint8Array(bytes),
      new Uint8Array([...bytes]),
      bytes.slice(),
    ];
    for (const copy of copies) {
      expect(Buffer.compare(copy, packet)).toBe(0);
      copy.fill(0);
    }
    const changed = { ...fields, status: 0 };
    expect(changed.status).toBe(0);
    expect(packet).toEqual(streamReqResponse());
    // A Buffer's own slice would share the memory.
    expect(Buffer.isBuffer(bytes.slice(24))).toBe(false);
  });

  test('can be looked at', () => {
    expect(inspect(response)).toContain('opcode: 83');
    expect(inspect(bytes)).toContain('129, 83');
    expect(JSON.parse(JSON.stringify(bytes.subarray(24, 26)))).toEqual({ 0: 1, 1: 2 });
    expect(24 in bytes).toBe(true);
    expect(99 in bytes).toBe(false);
  });

  test('reads as the plain bytes do, by every method and at every place', () => {
    const plain = (memory: Uint8Array) => ({
      length: memory.length,
      byteLength: memory.byteLength,
      all: [...memory],
      entries: [...memory.entries()],
      keys: [...memory.keys()],
      values: [...memory.values()],
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 48 }),
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: 0, max: 255 }),
        (memory, from, to, byte) => {
          const guarded = readOnlyResponse(memory, 'replica').bytes as Uint8Array;
          const look = (view: Uint8Array): unknown => ({
            ...plain(view.subarray(from, to)),
            at: view.at(from),
            index: view[from],
            slice: [...view.slice(from, to)],
            defaults: [...view.slice(), ...view.subarray(), view.lastIndexOf(byte)],
            found: [view.includes(byte), view.indexOf(byte), view.includes(byte, from)],
            places: [view.indexOf(byte, from), view.lastIndexOf(byte, from)],
            every: view.every((value) => value < byte),
            some: view.some((value, i) => value === byte && i > from),
            find: view.find((value) => value > byte),
            findIndex: view.findIndex((value) => value > byte),
            reduce: view.reduce((sum, value, i) => sum + value * i, byte),
          });
          expect(look(guarded)).toEqual(look(memory));
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('an observed mutable response', () => {
  function observe(): { packet: Buffer; noted: string[]; header: Untyped; finish: () => void } {
    const packet = streamReqResponse();
    const noted: string[] = [];
    const { header, finish } = observedMutableResponse(packet, (field) => noted.push(field));
    return { packet, noted, header: header as Untyped, finish };
  }

  test('is the packet itself, decoded, and tells nothing of an engine that only reads', () => {
    const { packet, noted, header, finish } = observe();
    expect({ ...header.response }).toEqual(FIELDS);
    expect(header.bytes).toBe(packet);
    expect(structuredClone(header)).toEqual({ response: FIELDS, bytes: new Uint8Array(packet) });
    finish();
    expect(noted).toEqual([]);
  });

  test('takes every write to a field and tells of it at once, also where the value stays', () => {
    const { noted, header, finish } = observe();
    header.response.status = 0;
    header.response.opaque += 1;
    header.response.magic = 0x81;
    expect(noted).toEqual([
      'response.response.status',
      'response.response.opaque',
      'response.response.magic',
    ]);
    expect({ ...header.response }).toEqual({ ...FIELDS, status: 0, opaque: 0xfeedf00e });
    finish();
    expect(noted).toHaveLength(3);
  });

  test('tells in the end of bytes that changed, whatever changed them', () => {
    const { packet, noted, header, finish } = observe();
    header.bytes[24] = 0xff;
    new DataView(header.bytes.buffer, header.bytes.byteOffset).setUint16(26, 0x0aff);
    header.bytes.fill(0, 0, 1);
    expect(noted).toEqual([]);
    finish();
    expect(noted).toEqual(['0', '24', '26', '27'].map((i) => `response.bytes[${i}]`));
    expect(packet[24]).toBe(0xff);
  });

  test('tells of members that were replaced, taken away, redefined or added', () => {
    const { noted, header, finish } = observe();
    Reflect.deleteProperty(header.response, 'cas');
    Object.defineProperty(header.response, 'status', { value: 7 });
    Object.assign(header, { bytes: new Uint8Array(24), note: 'seen' });
    expect(noted).toEqual(['response.bytes']);
    finish();
    expect(noted.slice(1)).toEqual(['response.note', 'response.response.status', 'response.response.cas']);
    expect(header.response.status).toBe(7);
  });

  test('is refused to packets without a whole header', () => {
    expect(() => observedMutableResponse(new Uint8Array(23), () => {})).toThrow(RangeError);
  });
});
