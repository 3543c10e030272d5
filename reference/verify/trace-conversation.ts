// A recorded trace as a conversation: the packets that clients sent, when they sent them.
import { HEADER_LENGTH } from '../protocol/header.ts';
import { Random } from '../random.ts';
import type { Conversation, RequestPlan, Step } from './conversation.ts';
import type { TraceEvent } from './trace.ts';

/** Makes the conversation. Chunks are cut anew; a packet that was never sent as a whole is sent as far as it came. */
export function traceConversation(
  events: readonly TraceEvent[],
  choices: Pick<Conversation, 'seed' | 'profile' | 'send' | 'injection'>,
): Conversation {
  const random = new Random(choices.seed);
  const tails = new Map<number, Buffer>();
  const steps: Step[] = [];
  let seconds = 0;
  const send = (slot: number, packets: readonly Buffer[]): void => {
    const requests = packets.map((bytes): RequestPlan => ({ kind: 'bytes', bytes }));
    if (requests.length > 0) steps.push({ kind: 'send', slot, requests, seed: random.u32() });
  };
  for (const event of events) {
    const { connection: slot } = event;
    const passed = Math.floor(event.at / 1000) - seconds;
    if (passed > 0) {
      steps.push({ kind: 'time', seconds: passed });
      seconds += passed;
    }
    const tail = tails.get(slot) ?? Buffer.alloc(0);
    if ('bytes' in event) {
      const { packets, rest } = cutPackets(Buffer.concat([tail, event.bytes]));
      tails.set(slot, rest);
      send(slot, packets);
    } else {
      if (tail.length > 0) send(slot, [tail]);
      tails.delete(slot);
      steps.push({ kind: 'hang-up', slot, how: event.event === 'end' ? 'end' : 'reset' });
    }
  }
  for (const [slot, tail] of tails) if (tail.length > 0) send(slot, [tail]);
  return { ...choices, run: 0, steps };
}

/** The whole packets at the front, by the lengths in their headers, and what is left. */
function cutPackets(bytes: Buffer): { readonly packets: readonly Buffer[]; readonly rest: Buffer } {
  const packets: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER_LENGTH) {
    const end = at + HEADER_LENGTH + bytes.readUInt32BE(at + 8);
    if (end > bytes.length) break;
    packets.push(bytes.subarray(at, end));
    at = end;
  }
  return { packets, rest: bytes.subarray(at) };
}
