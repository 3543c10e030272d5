// Which handler runs an opcode. Nothing is decided here but that.
import type { CommandDefinition } from './command.ts';
import { appendCommands } from './handlers/append.ts';
import { arithmeticCommands } from './handlers/arithmetic.ts';
import { bucketCommands } from './handlers/bucket.ts';
import { dcpConnectionCommands } from './handlers/dcp-connection.ts';
import { dcpReplicaCommands } from './handlers/dcp-replica.ts';
import { dcpResponses } from './handlers/dcp-responses.ts';
import { dcpStreamsCommands } from './handlers/dcp-streams.ts';
import { flushCommands } from './handlers/flush.ts';
import { getCommands } from './handlers/get.ts';
import { helloCommands } from './handlers/hello.ts';
import { lockCommands } from './handlers/lock.ts';
import { noopCommands } from './handlers/noop.ts';
import { removeCommands } from './handlers/remove.ts';
import { saslCommands } from './handlers/sasl.ts';
import { statCommands } from './handlers/stat.ts';
import { storeCommands } from './handlers/store.ts';
import { touchCommands } from './handlers/touch.ts';
import { unknownCommand } from './handlers/unknown-command.ts';
import { verbosityCommands } from './handlers/verbosity.ts';
import { Magic } from './protocol/magic.ts';
import { Opcode } from './protocol/opcode.ts';
import type { RequestFrame } from './protocol/request-frame.ts';
import type { Session } from './session.ts';

/** Every command that the core knows, by family. */
const commands: readonly CommandDefinition[] = [
  ...appendCommands,
  ...arithmeticCommands,
  ...bucketCommands,
  ...dcpConnectionCommands,
  ...dcpReplicaCommands,
  ...dcpStreamsCommands,
  ...flushCommands,
  ...getCommands,
  ...helloCommands,
  ...lockCommands,
  ...noopCommands,
  ...removeCommands,
  ...saslCommands,
  ...statCommands,
  ...storeCommands,
  ...touchCommands,
  ...verbosityCommands,
];

const byOpcode: readonly CommandDefinition[] = Array.from(
  { length: 256 },
  (_, opcode) => commands.find((each) => each.opcode === opcode) ?? { opcode, run: unknownCommand },
);

/** What handles a packet: every request has a command; undefined for a response that nobody asked for. */
export function handlerFor(frame: RequestFrame, session: Session): CommandDefinition | undefined {
  return frame.magic === Magic.ClientRequest
    ? commandFor(frame.opcode)
    : responseHandlerFor(frame.opcode, session);
}

/** The command for a request's opcode; every opcode has one. */
export function commandFor(opcode: number): CommandDefinition {
  return byOpcode[opcode] as CommandDefinition;
}

const responses: readonly (CommandDefinition | undefined)[] = Array.from({ length: 256 }, (_, opcode) =>
  dcpResponses.find((each) => each.opcode === opcode),
);

/** What handles a client's response; undefined where nobody asked for one, and the connection is to be closed. */
function responseHandlerFor(opcode: number, session: Session): CommandDefinition | undefined {
  return session.dcp === 'none' ? undefined : responses[opcode];
}

/**
 * Whether a packet of a DCP peer is handled although the send queue is full: it may be what empties the queue, or what
 * shows that the peer is alive (kv_engine 4e25af71b).
 */
export function mayPassFullQueue(frame: RequestFrame): boolean {
  if (frame.magic === Magic.ClientResponse) return true;
  return frame.opcode === Opcode.DcpBufferAcknowledgement || frame.opcode === Opcode.DcpNoop;
}
