// SASL: the mechanisms, and logins with PLAIN (RFC 4616). What a login allows is not decided here.
import type { Command, CommandDefinition, Handler } from '../command.ts';
import type { EngineErrorCode } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Status } from '../protocol/status.ts';

const MECHANISM = 'PLAIN';
const AUTHENTICATED: Buffer = Buffer.from('Authenticated');

interface Credentials {
  readonly user: string;
  readonly password: string;
}

const listMechanisms: Handler = (command) => {
  if (!hasLogins(command)) return command.fail(Status.UnknownCommand);
  return command.respond({ value: Buffer.from(MECHANISM) });
};

/** A login that fails takes away the one before it. */
const authenticate: Handler = (command) => {
  const { host, request, session } = command;
  if (!hasLogins(command)) return command.fail(Status.UnknownCommand);
  host.stats.authCmds += 1;
  session.user = undefined;
  if (request.key().toString().toUpperCase() !== MECHANISM) return refuse(command, Status.AuthError);
  const credentials = readPlain(request.value());
  if (credentials === undefined) return refuse(command, host.profile.malformedLoginStatus);
  const { password, user } = credentials;
  if (host.hasUsers && !host.authenticate(user, password)) return refuse(command, Status.AuthError);
  session.user = user;
  return command.respond({ value: AUTHENTICATED });
};

/** PLAIN is one message: there is no login that could take a step. */
const step: Handler = (command) => {
  if (!hasLogins(command)) return command.fail(Status.UnknownCommand);
  command.host.stats.authCmds += 1;
  return refuse(command, command.host.profile.malformedLoginStatus);
};

const hasLogins = ({ host }: Command): boolean => host.hasUsers || host.profile.saslWithoutUsers;

function refuse(command: Command, status: number): EngineErrorCode {
  const { host, request, session } = command;
  host.stats.authErrors += 1;
  host.log('warn', 'login refused', { agent: session.agent, mechanism: request.keyText() });
  return command.fail(status);
}

/** `authzid NUL user NUL password`; undefined where it is not that. On whose behalf the user acts is not looked at. */
function readPlain(message: Buffer): Credentials | undefined {
  const first = message.indexOf(0);
  const second = first === -1 ? -1 : message.indexOf(0, first + 1);
  if (second === -1) return undefined;
  return {
    user: message.subarray(first + 1, second).toString(),
    password: message.subarray(second + 1).toString(),
  };
}

/** The commands of this file. */
export const saslCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.SaslListMechs, run: listMechanisms, beforeLogin: true },
  { opcode: Opcode.SaslAuth, run: authenticate, beforeLogin: true },
  { opcode: Opcode.SaslStep, run: step, beforeLogin: true },
];
