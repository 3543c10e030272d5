// HELLO: which features a connection has. Each HELLO starts from none (kv_engine hello_packet_executor.cc).
import type { Command, CommandDefinition, Handler } from '../command.ts';
import { Datatype } from '../protocol/datatype.ts';
import { Feature } from '../protocol/feature.ts';
import { readU16, writeU16 } from '../protocol/header.ts';
import { Opcode } from '../protocol/opcode.ts';

/** Bytes of a client's name that are kept. */
const MAX_AGENT_LENGTH = 256;

const hello: Handler = (command) => {
  const { request, session } = command;
  session.agent = request.key().subarray(0, MAX_AGENT_LENGTH).toString();
  session.datatypes = 0;
  session.xattr = false;
  session.mutationExtras = false;
  session.xerror = false;
  const asked = request.value();
  const granted = new Set<number>();
  for (let at = 0; at < asked.length; at += 2) {
    const feature = readU16(asked, at);
    if (!granted.has(feature) && grant(command, feature, granted)) granted.add(feature);
  }
  const value = Buffer.alloc(granted.size * 2);
  let at = 0;
  for (const feature of granted) {
    writeU16(value, at, feature);
    at += 2;
  }
  return command.respond({ value });
};

/**
 * Turns a feature on; false where the server has it not. Of the two about delay the first decides: packets are never
 * delayed, whatever it says. Where values are bytes and nothing else, there is no datatype to speak about.
 */
function grant(command: Command, feature: number, granted: ReadonlySet<number>): boolean {
  const { engine, session } = command;
  switch (feature) {
    case Feature.Tcpnodelay:
      return !granted.has(Feature.Tcpdelay);
    case Feature.Tcpdelay:
      return !granted.has(Feature.Tcpnodelay);
    case Feature.MutationSeqno:
      session.mutationExtras = true;
      return true;
    case Feature.Xattr:
      if (session.ignoresDatatype || command.settle(engine.isXattrEnabled(engine)) !== true) return false;
      session.datatypes |= Datatype.Xattr;
      session.xattr = true;
      return true;
    case Feature.Xerror:
      session.xerror = true;
      return true;
    case Feature.SelectBucket:
      return true;
    case Feature.Json:
      if (session.ignoresDatatype) return false;
      session.datatypes |= Datatype.Json;
      return true;
    default:
      return false;
  }
}

/** The commands of this file. */
export const helloCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Hello, run: hello, beforeLogin: true },
];
