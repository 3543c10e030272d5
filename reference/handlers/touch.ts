// TOUCH, GAT and GATQ: another expiry for a document, and the document if wanted.
import type { Command, CommandDefinition } from '../command.ts';
import {
  EngineErrorCode as Code,
  type EngineErrorCode,
  type EngineFailed,
  type Item,
} from '../engine/contract.ts';
import { writeU32 } from '../protocol/header.ts';
import { Opcode } from '../protocol/opcode.ts';

function getAndTouch(
  command: Command,
  answer: (command: Command, item: Item) => EngineErrorCode,
): EngineErrorCode | EngineFailed {
  const { engine, host, request } = command;
  const found = engine.getAndTouch(engine, command.cookie, command.key, request.vbucket, request.u32(0));
  if (found.status === Code.ENGINE_EWOULDBLOCK) return found;
  host.stats.cmdTouch += 1;
  if (found.status === Code.ENGINE_SUCCESS) {
    host.stats.touchHits += 1;
    return answer(command, found.item);
  }
  if (found.status === Code.ENGINE_KEY_ENOENT) host.stats.touchMisses += 1;
  return found;
}

const sendItem = (command: Command, item: Item): EngineErrorCode =>
  command.sendDocument(item, command.infoOf(item), false);

function sayTouched(command: Command, item: Item): EngineErrorCode {
  command.keep(item);
  const { cas, flags } = command.infoOf(item);
  if (!command.host.profile.touchSendsFlags) return command.succeed(cas);
  const extras = Buffer.alloc(4);
  writeU32(extras, 0, flags);
  return command.respond({ extras, cas });
}

/** The commands of this file. */
export const touchCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Touch, run: (command) => getAndTouch(command, sayTouched) },
  { opcode: Opcode.Gat, run: (command) => getAndTouch(command, sendItem) },
  { opcode: Opcode.Gatq, run: (command) => getAndTouch(command, sendItem), quiet: 'miss' },
];
