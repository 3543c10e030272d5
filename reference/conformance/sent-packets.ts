// Whether the bytes that an engine sent on its own are whole packets, and answers to the request.
import { HEADER_LENGTH } from '../protocol/header.ts';
import { Magic } from '../protocol/magic.ts';
import { RequestFrame } from '../protocol/request-frame.ts';

/** Magic of a response with framing extras (kv_engine, 2018). */
const FLEX_RESPONSE = 0x18;

/** What is wrong with the bytes as answers to a request; undefined where nothing is. */
export function sentProblem(sent: Uint8Array, opcode: number, opaque: number): string | undefined {
  const bytes = Buffer.from(sent);
  const frame = new RequestFrame();
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < HEADER_LENGTH) return `${bytes.length - at} bytes behind the last packet`;
    frame.read(bytes, at);
    const end = at + HEADER_LENGTH + frame.bodylen;
    if (frame.magic !== Magic.ClientResponse && frame.magic !== FLEX_RESPONSE) {
      return `a packet with the magic 0x${frame.magic.toString(16)} in place of a response's 0x81`;
    }
    if (end > bytes.length)
      return `a packet that is ${end - bytes.length} bytes shorter than its header says`;
    if (frame.keylen + frame.extlen > frame.bodylen && frame.magic === Magic.ClientResponse) {
      return `a packet whose key and extras are longer than its body of ${frame.bodylen} bytes`;
    }
    if (frame.opcode !== opcode) return `a response to opcode 0x${frame.opcode.toString(16)}`;
    if (frame.opaque !== opaque) return `a response with the opaque 0x${frame.opaque.toString(16)}`;
    at = end;
  }
  return undefined;
}
