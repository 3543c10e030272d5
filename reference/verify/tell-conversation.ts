// A conversation as it was played, in lines: what clients sent, when time passed, who hung up.
import type { Conversation } from './conversation.ts';
import { describeBytes } from './describe-bytes.ts';
import type { Recording } from './recording.ts';

/** One line for each packet and event, in order. */
export function tellConversation({ steps }: Conversation, { connections }: Recording): readonly string[] {
  return steps.flatMap((step, at): readonly string[] => {
    const name = `step ${at + 1}`;
    if (step.kind === 'time') return [`${name}: ${step.seconds} s pass`];
    if (step.kind === 'hang-up')
      return [
        `${name}: client ${step.slot} ${step.how === 'end' ? 'ends its side' : 'resets its connection'}`,
      ];
    const sent = connections.flatMap((each) => each.sent.filter((packet) => packet.step === at));
    if (sent.length === 0) return [`${name}: client ${step.slot} has nothing to say`];
    const manner = step.kind === 'abandon' ? ' (and resets without reading)' : '';
    return sent.map(({ bytes }) => `${name}: client ${step.slot} sends ${describeBytes(bytes)}${manner}`);
  });
}
