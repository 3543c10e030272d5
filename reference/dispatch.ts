// Which handler runs an opcode. Nothing is decided here but that.
import type { CommandDefinition } from './command.ts';
import { appendCommands } from './handlers/append.ts';
import { arithmeticCommands } from './handlers/arithmetic.ts';
import { bucketCommands } from './handlers/bucket.ts';
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

/** The command for a request's opcode; every opcode has one. */
export function commandFor(opcode: number): CommandDefinition {
  return byOpcode[opcode] as CommandDefinition;
}

/** What handles a client's response; undefined where nobody asked for one, and the connection is to be closed. */
export function responseHandlerFor(_opcode: number, _session: Session): CommandDefinition | undefined {
  return undefined;
}

/** Whether a packet of a DCP peer is handled although the send queue is full: it may be what empties the queue. */
export function mayPassFullQueue(frame: RequestFrame): boolean {
  return frame.magic === Magic.ClientResponse || frame.opcode === Opcode.DcpBufferAcknowledgement;
}
