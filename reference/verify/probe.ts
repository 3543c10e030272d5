// Finds the opcodes that an engine answers beside those of the core: conversations ask for them more often.
import { encodePacket, type Packet, PacketParser } from '../protocol/packet.ts';
import { Status } from '../protocol/status.ts';
import type { Conversation, RequestPlan, Step } from './conversation.ts';
import { play, type SideOptions } from './side.ts';

/** Those of `opcodes` to which the engine says something else than that it does not know them, or which it hangs up on. */
export async function probe(opcodes: readonly number[], side: SideOptions): Promise<readonly number[]> {
  const steps: Step[] = [];
  for (const opcode of opcodes) {
    // One connection for each: an engine may close it.
    for (const [at, key] of ['', 'user::1'].entries())
      steps.push({ kind: 'send', slot: opcode * 2 + at, requests: [plan(opcode, key)], seed: opcode });
  }
  const conversation: Conversation = {
    run: 0,
    seed: 0,
    profile: 'couchbase',
    send: 'auto',
    injection: 0,
    steps,
  };
  const { connections } = await play(conversation, side);
  const known = new Set<number>();
  for (const { slot, received, closedIn } of connections) {
    const [answer] = packetsIn(received);
    const isKnown =
      answer === undefined ? closedIn !== undefined : answer.vbucketOrStatus !== Status.UnknownCommand;
    if (isKnown) known.add(slot >> 1);
  }
  return [...known].sort((one, other) => one - other);
}

function plan(opcode: number, key: string): RequestPlan {
  return { kind: 'bytes', bytes: encodePacket({ opcode, opaque: opcode, key }) };
}

function packetsIn(bytes: Buffer): readonly Packet[] {
  try {
    return new PacketParser().push(bytes);
  } catch {
    return [];
  }
}
