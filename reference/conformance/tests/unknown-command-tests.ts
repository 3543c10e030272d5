// Commands that only the engine knows: what it sends for them itself, by copy and by reference.
import {
  type AddResponse,
  EngineErrorCode,
  HEADER_LENGTH,
  type ProtocolBinaryRequestHeader,
} from '../../engine/contract.ts';
import { writeRequestHeader } from '../../protocol/header.ts';
import { opcodeName } from '../../protocol/opcode.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { bytesOf, expectValue, mustPut } from '../documents.ts';
import { codeName, demand, demandCode, show } from '../failure.ts';
import type { Harness } from '../harness.ts';
import type { MockCookie } from '../mock-core/mock-cookie.ts';
import { isU64 } from '../result-shapes.ts';
import { sentProblem } from '../sent-packets.ts';

const { ENGINE_ENOTSUP, ENGINE_SUCCESS } = EngineErrorCode;
const KEY = 'chart';
const VALUE_LENGTH = 20_000;

/** Opcodes that a core may not know, from 0x60 up; without those that tests steer servers with (0xfb to 0xfd). */
const opcodes = Array.from({ length: 0x100 - 0x60 }, (_, i) => 0x60 + i).filter(
  (op) => op < 0xfb || op > 0xfd,
);

/** Requests with a body that some engine may want: nothing, the key of a document, all three parts. */
const bodies: readonly { extras: string; key: string; value: string }[] = [
  { extras: '', key: '', value: '' },
  { extras: '', key: KEY, value: '' },
  { extras: '\0\0\0\0', key: KEY, value: 'a note in the margin' },
];

function request(
  opcode: number,
  opaque: number,
  body: { extras: string; key: string; value: string },
): ProtocolBinaryRequestHeader {
  const { extras, key, value } = body;
  const bodylen = extras.length + key.length + value.length;
  const bytes = Buffer.alloc(HEADER_LENGTH + bodylen);
  writeRequestHeader(bytes, 0, opcode, key.length, extras.length, 0, 0, bodylen, opaque, 0n);
  bytes.write(extras + key + value, HEADER_LENGTH, 'latin1');
  const lengths = { keylen: key.length, extlen: extras.length, bodylen };
  return {
    request: { magic: 0x80, opcode, datatype: 0, vbucket: 0, opaque, cas: 0n, ...lengths },
    bytes: new Uint8Array(bytes),
  };
}

/** Sends every opcode with every body, each on a connection of its own; the connections stay open. */
async function sendAll(harness: Harness): Promise<MockCookie[]> {
  const cookies: MockCookie[] = [];
  for (const opcode of opcodes) {
    for (const [index, body] of bodies.entries()) {
      const opaque = 0xa000_0000 + opcode * 0x100 + index;
      const packet = request(opcode, opaque, body);
      const cookie = harness.core.createCookie();
      cookies.push(cookie);
      let responses = 0;
      const code = await harness.unknownCommand(
        cookie,
        packet,
        responder(harness, cookie, () => responses++),
      );
      // The request's memory is the core's: what was sent may not lean on it.
      packet.bytes.fill(0x7e);
      const text = `unknownCommand with opcode ${opcodeName(opcode)}`;
      const sent = cookie.connection.sent();
      const problem = sentProblem(sent, opcode, opaque);
      demand(problem === undefined, `${text} sent ${problem}.`);
      const isSilent = code === ENGINE_SUCCESS || (responses === 0 && sent.length === 0);
      demand(isSilent, `${text} answered ${codeName(code)}, which the core answers, and responded as well.`);
    }
  }
  harness.core.violations.check();
  return cookies;
}

function responder(harness: Harness, owner: MockCookie, onResponse: () => void): AddResponse {
  return (key, extras, body, datatype, status, cas, cookie) => {
    onResponse();
    const isRight =
      [key, extras, body].every((part) => typeof part?.length === 'number') &&
      [datatype, status].every((number) => Number.isInteger(number) && number >= 0 && number <= 0xffff) &&
      isU64(cas);
    const { violations } = harness.core;
    if (!isRight) {
      const parts = [key, extras, body, datatype, status, cas].map(show);
      violations.add(`unknownCommand responded with (${parts.join(', ')})`);
    }
    if (cookie !== owner) violations.add('unknownCommand responded with another cookie than the command had');
    if (owner.phase !== 'running') violations.add('unknownCommand responded after it had returned');
    return true;
  };
}

async function answersOrRefuses(context: TestContext): Promise<void> {
  const harness = await context.start();
  await mustPut(harness, KEY, new Uint8Array(VALUE_LENGTH).fill(1));
  const cookies = await sendAll(harness);
  for (const cookie of cookies) harness.core.disconnect(cookie);
  const opaque = 0xb000_0000;
  const cookie = harness.core.createCookie();
  const packet = request(0xee, opaque, { extras: '', key: '', value: '' });
  const code = await harness.unknownCommand(
    cookie,
    packet,
    responder(harness, cookie, () => {}),
  );
  demandCode('unknownCommand after all that', code, ENGINE_SUCCESS, ENGINE_ENOTSUP);
  await mustPut(harness, KEY, 'redrawn');
  await expectValue(harness, KEY, 'redrawn');
}

async function lendsWhatStays(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  await mustPut(harness, KEY, new Uint8Array(VALUE_LENGTH).fill(1));
  const cookies = await sendAll(harness);
  const lending = cookies.filter((cookie) => cookie.connection.outstanding > 0);
  // The documents go on, while the kernel has not taken the responses.
  for (let i = 0; i < 3; i++) await mustPut(harness, KEY, new Uint8Array(VALUE_LENGTH).fill(0x10 + i));
  demandCode('remove', (await harness.remove(KEY)).status, ENGINE_SUCCESS);
  await mustPut(harness, KEY, bytesOf('x'.repeat(VALUE_LENGTH)));
  demandCode('flush', await harness.flush(), ENGINE_SUCCESS);
  await mustPut(harness, KEY, new Uint8Array(VALUE_LENGTH).fill(0x77));
  for (const [index, cookie] of cookies.entries()) {
    // The kernel took it, or the connection died: released once, either way.
    if (index % 2 === 0) cookie.connection.settle();
    else harness.core.disconnect(cookie);
  }
  harness.core.violations.check();
  await expectValue(harness, KEY, new Uint8Array(VALUE_LENGTH).fill(0x77));
  return lending.length > 0 ? undefined : 'unknownCommand sent nothing by reference for any opcode.';
}

/** What an engine sends through its connection. */
export const unknownCommandTests: readonly TestDefinition[] = [
  { name: 'unknown commands are answered once or refused', group: 'send-path', body: answersOrRefuses },
  {
    name: 'memory sent by reference stays as it is until released',
    group: 'send-path',
    body: lendsWhatStays,
  },
];
