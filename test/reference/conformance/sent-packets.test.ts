// Bytes that an engine sent: whole packets that answer the request, or words for what they are instead.
import { expect, test } from 'vitest';
import { responsePacket } from '../../../reference/conformance/dcp/response-packet.ts';
import { sentProblem } from '../../../reference/conformance/sent-packets.ts';

const [OPCODE, OPAQUE] = [0xe5, 77];
const spec = { opcode: OPCODE, opaque: OPAQUE };
const problem = (...packets: Uint8Array[]): string | undefined =>
  sentProblem(Buffer.concat(packets), OPCODE, OPAQUE);
const body = Buffer.from('a body');

test('takes no packet, one, or several', () => {
  expect(problem()).toBeUndefined();
  expect(problem(responsePacket(spec))).toBeUndefined();
  expect(problem(responsePacket({ ...spec, body, keylen: 2 }), responsePacket(spec))).toBeUndefined();
});

test('says what is wrong with a packet', () => {
  const request = responsePacket(spec);
  request[0] = 0x80;
  expect(problem(request)).toBe("a packet with the magic 0x80 in place of a response's 0x81");
  expect(problem(responsePacket({ ...spec, bodylen: 6 }))).toBe(
    'a packet that is 6 bytes shorter than its header says',
  );
  expect(problem(responsePacket({ ...spec, body }), body)).toBe('6 bytes behind the last packet');
  expect(problem(responsePacket({ ...spec, body, keylen: 7 }))).toBe(
    'a packet whose key and extras are longer than its body of 6 bytes',
  );
  expect(problem(responsePacket({ ...spec, opcode: 0xe6 }))).toBe('a response to opcode 0xe6');
  expect(problem(responsePacket(spec), responsePacket({ ...spec, opaque: 78 }))).toBe(
    'a response with the opaque 0x4e',
  );
});
